const encrypted = 'Google could not decrypt the identifiers; nothing of ours is encrypted, so that this is a fault of the sender';
const storeSales = 'Google counts store sales only in larger numbers; this should befall no conversion of the web';

/**
 * Why Data Manager did not count an event that it had taken, as it tells after the fact; a test holds it to the enumeration that Google
 * publishes. https://developers.google.com/data-manager/api/reference/rest/v1/ProcessingErrorReason
 */
const sentences: Record<string, string> = {
  PROCESSING_ERROR_REASON_UNSPECIFIED: 'Google does not say why',
  PROCESSING_ERROR_REASON_INVALID_CUSTOM_VARIABLE: 'a custom variable is not valid; mend it in Google Ads',
  PROCESSING_ERROR_REASON_CUSTOM_VARIABLE_NOT_ENABLED: 'a custom variable is not enabled; enable it in Google Ads',
  PROCESSING_ERROR_REASON_EVENT_TOO_OLD: "the conversion is older than the conversion action's window; widen it for the next ones",
  PROCESSING_ERROR_REASON_DENIED_CONSENT: "consent to the use of the person's data for ads is denied, by them or by the account's default",
  PROCESSING_ERROR_REASON_NO_CONSENT: 'the account has not let its data be used in the services of Google Ads; change that in Google Ads',
  PROCESSING_ERROR_REASON_UNKNOWN_CONSENT: 'Google could not tell whether there is consent; send it with the conversion, or set a default',
  PROCESSING_ERROR_REASON_DUPLICATE_GCLID: 'Google has a conversion of this click at this time already',
  PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID: 'Google has a conversion with this event id already',
  PROCESSING_ERROR_REASON_INVALID_GBRAID: 'Google could not read the gbraid; look at how it is recorded',
  PROCESSING_ERROR_REASON_INVALID_GCLID: 'Google could not read the gclid; look at how it is recorded',
  PROCESSING_ERROR_REASON_INVALID_WBRAID: 'Google could not read the wbraid; look at how it is recorded',
  PROCESSING_ERROR_REASON_INVALID_MERCHANT_ID: 'the merchant id is not a number; this should befall no conversion of ours',
  PROCESSING_ERROR_REASON_INTERNAL_ERROR: 'an internal error of Google after it had taken the event; replay it under the same event id',
  PROCESSING_ERROR_REASON_DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED:
    'the customer data terms are not accepted; accept them in Google Ads',
  PROCESSING_ERROR_REASON_INVALID_EVENT: 'Google found the event not valid',
  PROCESSING_ERROR_REASON_INVALID_FORMAT: 'a field of the event has not the form that Google expects',
  PROCESSING_ERROR_OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER: 'the click is of an ad of another account; send the conversion there',
  PROCESSING_ERROR_REASON_ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID:
    'a conversion action that counts one per click takes no gbraid or wbraid; let it count every conversion',
  PROCESSING_ERROR_REASON_INSUFFICIENT_MATCHED_TRANSACTIONS: storeSales,
  PROCESSING_ERROR_REASON_INSUFFICIENT_TRANSACTIONS: storeSales,
  ...Object.fromEntries(
    [
      ...['DECRYPTION_ERROR', 'DEK_DECRYPTION_ERROR', 'INVALID_WIP', 'INVALID_KEK', 'WIP_AUTH_FAILED', 'KEK_PERMISSION_DENIED'],
      ...['AWS_AUTH_FAILED', 'USER_IDENTIFIER_DECRYPTION_ERROR'],
    ].map((reason) => [`PROCESSING_ERROR_REASON_${reason}`, encrypted]),
  ),
};

/** The plain sentence of a reason; null where no table knows it. */
export const findSentence = (reason: string): string | null => sentences[reason] ?? null;
