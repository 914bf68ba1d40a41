import type { Outcome } from '@waybill/shared/conversion';

/** Every ending but success. */
export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

type Kind = 'rejected' | 'retry' | 'config' | 'throttled';

const minuteMs = 60_000;

/**
 * Reasons and statuses of the Data Manager API, each with what happened and how to mend it.
 * https://developers.google.com/data-manager/api/reference/rest/v1/ErrorReason
 */
const table: Record<Kind, Record<string, string>> = {
  rejected: {
    REQUIRED_FIELD_MISSING: 'a required field was missing',
    INVALID_FORMAT: 'a field has not the form that Google expects',
    INVALID_HEX_ENCODING: 'an identifier was not in hex; this is a fault of the sender',
    INVALID_BASE64_ENCODING: 'an identifier was not in base64; this is a fault of the sender',
    INVALID_SHA256_FORMAT: 'an identifier was not a SHA-256',
    INVALID_ARGUMENT: 'Google refused a field of the event',
    FUTURE_TIMESTAMP: 'the conversion time is in the future for Google; look at the clock of its source',
    EVENT_TIME_INVALID: 'Google could not use the conversion time',
    TRANSACTION_ID_INVALID: 'Google refused the transaction id',
    INVALID_CURRENCY_CODE: 'Google does not know this currency code',
    INVALID_CONVERSION_VALUE: 'Google does not take this value',
    INVALID_COUNTRY_CODE: 'Google does not know this country code',
    TOO_MANY_USER_IDENTIFIERS: 'the event had more than ten identifiers',
    DUPLICATE_EVENT: 'the event stood twice in the request; this is a fault of the sender',
    OUT_OF_RANGE: 'a field lies outside the range that Google takes',
    FIELD_VALUE_TOO_LONG: 'a field is longer than Google takes',
  },
  config: {
    UNAUTHENTICATED: 'Google refused the access token; consent again for this account',
    PERMISSION_DENIED: 'the credential may not use this account; grant it access, or mend loginCustomerId',
    ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'the consent lacks the scope auth/datamanager; consent again with it',
    ACCESS_TOKEN_EXPIRED: 'Google calls an access token expired that was just renewed; consent again if it goes on',
    SERVICE_DISABLED: 'the Data Manager API is not enabled in the Cloud project; enable it',
    NOT_FOUND: 'Google does not know the account or conversion action; mend DESTINATIONS_FILE',
    DESTINATION_ACCOUNT_NOT_FOUND: 'Google does not know the account; mend DESTINATIONS_FILE',
    INVALID_DESTINATION: 'Google does not take events for this account and action; mend DESTINATIONS_FILE',
    UNKNOWN_CONVERSION_ACTION: 'the account has no such conversion action; mend DESTINATIONS_FILE',
    CONVERSION_ACTION_NOT_ACTIVE: 'the conversion action is not active; enable it in Google Ads',
    INVALID_CONVERSION_ACTION_TYPE: 'the conversion action does not take uploads; make one of type UPLOAD_CLICKS',
    OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH: 'the manager account does not manage this one; mend loginCustomerId',
    DESTINATION_ACCOUNT_DATA_POLICY_NOT_ACCEPTED: 'the customer data terms are not accepted; accept them in Google Ads',
    DATA_POLICY_NOT_ACCEPTED: 'the customer data terms are not accepted; accept them in Google Ads',
    invalid_grant: 'the refresh token was revoked or has expired; consent again and renew the credentials',
    invalid_client: 'Google does not know the OAuth client; mend clientId and clientSecret',
    unauthorized_client: 'the OAuth client may not use this refresh token; consent again with this client',
  },
  retry: {
    INTERNAL: 'an internal error of Google',
    INTERNAL_ERROR: 'an internal error of Google',
    UNAVAILABLE: 'Google was not available',
    DEADLINE_EXCEEDED: 'Google took too long',
    ABORTED: 'Google broke the request off',
  },
  throttled: {
    RESOURCE_EXHAUSTED: 'more requests than Google allows to this project',
    RATE_LIMIT_EXCEEDED: 'more requests in a minute than Google allows to this project',
    QUOTA_EXCEEDED: 'the daily quota of this project is used up',
  },
};

const outcomes = new Map<string, Failure>(
  Object.entries(table).flatMap(([kind, rows]) =>
    Object.entries(rows).map(([code, reason]) => [
      code,
      kind === 'throttled' ? { kind, code, reason, afterMs: minuteMs } : ({ kind, code, reason } as Failure),
    ]),
  ),
);

/** What the table says of a code, or null. */
export const findFailure = (code: string): Failure | null => outcomes.get(code) ?? null;

/** What a code of Google means; one that no table knows is held. */
export const toFailure = (code: string): Failure =>
  findFailure(code) ?? { kind: 'held', code, reason: `Google answered ${code}, which the table of codes does not know` };
