import type { Outcome } from '@waybill/shared/conversion';
import type { Failure } from './error-codes.ts';

const sixHoursMs = 6 * 60 * 60_000;
const dayMs = 24 * 60 * 60_000;
const minuteMs = 60_000;

type Kind = 'duplicate' | 'rejected' | 'later' | 'retry' | 'throttled' | 'config';

/** Codes of the Google Ads API, each with what happened and how to mend it. https://developers.google.com/google-ads/api/reference/rpc/latest/ConversionUploadErrorEnum.ConversionUploadError */
const table: Record<Kind, Record<string, string>> = {
  duplicate: {
    CALL_CONVERSION_ALREADY_EXISTS: 'Google has this conversion of a call already',
    CLICK_CONVERSION_ALREADY_EXISTS: 'Google has this conversion already',
    CONVERSION_ALREADY_RETRACTED: 'Google has retracted this conversion already',
    RESTATEMENT_ALREADY_EXISTS: 'Google has this restatement already',
    MORE_RECENT_RESTATEMENT_FOUND: 'Google has a later restatement of this conversion',
    CONVERSION_ALREADY_ENHANCED: 'Google has enhanced this conversion already',
    ORDER_ID_ALREADY_IN_USE: 'Google has a conversion with this event id already',
  },
  later: {
    TOO_RECENT_CALL: 'the call is too recent for Google; it is taken after six hours',
    CALL_NOT_FOUND: 'Google does not know the call yet; it is asked again after six hours',
    CLICK_NOT_FOUND: 'Google does not know the click yet; it is asked again after six hours',
    TOO_RECENT_EVENT: 'the click is too recent for Google; it is taken after six hours',
    TOO_RECENT_CONVERSION_ACTION: 'the conversion action is too recent for Google; it is taken after six hours',
    TOO_RECENT_CONVERSION: 'the conversion is too recent to be adjusted; Google takes that after a day',
    CONVERSION_NOT_FOUND: 'Google does not know the conversion yet; it is asked again after a day',
    EVENT_NOT_FOUND: 'Google does not know the click yet; it is asked again after six hours',
  },
  retry: {
    INTERNAL_ERROR: 'an internal error of Google',
    TRANSIENT_ERROR: 'a passing error of Google',
    DEADLINE_EXCEEDED: 'Google took too long',
  },
  throttled: {
    RESOURCE_EXHAUSTED: 'more operations than Google allows to this project',
    RESOURCE_TEMPORARILY_EXHAUSTED: 'more requests in a short time than Google allows',
  },
  config: {
    NO_CONVERSION_ACTION_FOUND: 'the account has no such conversion action; mend DESTINATIONS_FILE',
    INVALID_CONVERSION_ACTION: 'the account has no such conversion action; mend DESTINATIONS_FILE',
    INVALID_CONVERSION_ACTION_TYPE: 'the conversion action does not take uploads; make one of type UPLOAD_CLICKS',
    UNAUTHORIZED_CUSTOMER: 'the conversion action belongs to another account; mend DESTINATIONS_FILE',
    INVALID_CUSTOMER_FOR_CALL: 'the call belongs to another account; send the conversion there',
    CUSTOMER_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS: 'the policy of customer data forbids identifiers; look into Google Ads',
    INVALID_CUSTOMER_FOR_CLICK: 'the click belongs to another account; send the conversion there',
    CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS: 'the customer data terms are not accepted; accept them in Google Ads',
    CUSTOMER_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS: 'enhanced conversions for leads are not enabled; enable them in Google Ads',
    CUSTOMER_DATA_POLICY_PROHIBITS_ENHANCEMENT: 'the policy of customer data forbids enhancements; look into Google Ads',
    CUSTOM_VARIABLE_NOT_ENABLED: 'a custom variable is not enabled; enable it in Google Ads',
    CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE: 'Google has closed this upload to new users; set GOOGLE_TRANSPORT=data-manager',
    USER_PERMISSION_DENIED: 'the credential may not use this account; grant it access, or give loginCustomerId',
    PERMISSION_DENIED:
      'the consent lacks the scope auth/adwords, or the API is not enabled in the Cloud project; consent again, or enable it',
    CUSTOMER_NOT_ENABLED: 'the account is not active; look into Google Ads',
    CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION: 'the Cloud project has no production access; ask Google for it',
    UNSUPPORTED_VERSION: 'this version of the Google Ads API is no longer served; raise google-ads-api',
    OAUTH_TOKEN_INVALID: 'Google refused the access token; consent again for this account',
    OAUTH_TOKEN_EXPIRED: 'Google calls an access token expired that was just renewed; consent again if it goes on',
    OAUTH_TOKEN_REVOKED: 'the consent was withdrawn; consent again and renew the credentials',
    CUSTOMER_NOT_FOUND: 'Google does not know the account; mend DESTINATIONS_FILE',
    invalid_grant: 'the refresh token was revoked or has expired; consent again and renew the credentials',
  },
  rejected: {
    UNPARSEABLE_CALLERS_PHONE_NUMBER: "the caller's number is not one",
    CONVERSION_PRECEDES_CALL: 'the conversion is not after the call',
    EXPIRED_CALL: "the call is outside the action's window",
    DUPLICATE_CALL_CONVERSION_IN_REQUEST: 'the conversion stood twice in the request; this is a fault of the sender',
    CONVERSION_TRACKING_NOT_ENABLED_AT_CALL_TIME: 'conversion tracking was not enabled when the call happened',
    CONVERSION_NOT_COMPLIANT_WITH_ATT_POLICY: "the click may not be measured under Apple's App Tracking Transparency",
    CUSTOM_VARIABLE_VALUE_CONTAINS_PII: 'Google takes the value of a custom variable for something personal',
    EXTERNAL_ATTRIBUTION_DATA_NOT_SET_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION: 'the action is attributed outside and needs its data',
    EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION_NOT_PERMITTED_WITH_USER_IDENTIFIER: 'the action is attributed outside and takes no identifiers',
    UNPARSEABLE_GCLID: 'the gclid has not the form that Google gives out',
    UNPARSEABLE_WBRAID: 'the wbraid has not the form that Google gives out',
    UNPARSEABLE_GBRAID: 'the gbraid has not the form that Google gives out',
    CONVERSION_PRECEDES_EVENT: 'the conversion is not after the click as Google recorded it',
    CONVERSION_PRECEDES_GCLID: 'the conversion is not after the click as Google recorded it',
    EXPIRED_EVENT: "the click is outside the action's click-through window",
    EXPIRED_GCLID: "the click is outside the action's click-through window",
    CONVERSION_TRACKING_NOT_ENABLED_AT_IMPRESSION_TIME: 'conversion tracking was not enabled when the click happened',
    EXTERNAL_ATTRIBUTION_DATA_SET_FOR_NON_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION: 'the action is not attributed outside',
    ORDER_ID_NOT_PERMITTED_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION: 'the action takes no order id',
    ORDER_ID_CONTAINS_PII: 'Google takes the event id for something personal',
    CONVERSION_EXPIRED: 'the conversion is older than Google adjusts',
    ADJUSTMENT_PRECEDES_CONVERSION: 'the adjustment is earlier than the conversion it adjusts',
    CANNOT_RESTATE_CONVERSION_ACTION_THAT_ALWAYS_USES_DEFAULT_CONVERSION_VALUE: 'the action always has its default value',
    TOO_MANY_ADJUSTMENTS: 'the conversion was adjusted as often as Google allows',
    TOO_MANY_ADJUSTMENTS_IN_REQUEST: 'the request had more than 2,000 adjustments; this is a fault of the sender',
    DUPLICATE_ADJUSTMENT_IN_REQUEST: 'the adjustment stood twice in the request; this is a fault of the sender',
    DUPLICATE_ENHANCEMENT_IN_REQUEST: 'the enhancement stood twice in the request; this is a fault of the sender',
    CONVERSION_ACTION_NOT_ELIGIBLE_FOR_ENHANCEMENT: 'the conversion action takes no enhancements',
    GCLID_DATE_TIME_PAIR_AND_ORDER_ID_BOTH_SET: 'an adjustment names its conversion in one way only; this is a fault of the sender',
    MISSING_ORDER_ID_FOR_WEBPAGE: 'a conversion of a web page can be adjusted by its order id only',
    INVALID_JOB_ID: 'the id of the request was not one; this is a fault of the sender',
    INVALID_USER_IDENTIFIER: 'an identifier has not the form that Google expects',
    UNSUPPORTED_USER_IDENTIFIER: 'Google takes no such identifier here',
    GBRAID_WBRAID_BOTH_SET: 'a conversion has either a gbraid or a wbraid',
    ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID: 'an action that counts one per click takes no wbraid or gbraid',
    VALUE_MUST_BE_UNSET: 'a field is set that excludes another',
    INVALID_DATE_TIME: 'Google could not use the conversion time',
    INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET: 'Google could not use the conversion time',
    REQUIRED: 'a required field was missing',
    DUPLICATE_CLICK_CONVERSION_IN_REQUEST: 'the conversion stood twice in the request; this is a fault of the sender',
    DUPLICATE_ORDER_ID: 'the event id stood twice in the request; this is a fault of the sender',
    TOO_MANY_CONVERSIONS_IN_REQUEST: 'the request had more than 2,000 conversions; this is a fault of the sender',
    PARTIAL_FAILURE_MODE_REQUIRED: 'the request was not in partial failure mode; this is a fault of the sender',
  },
};

/** Adjustments are taken from a day after the conversion. */
const dayLater = new Set(['TOO_RECENT_CONVERSION', 'CONVERSION_NOT_FOUND']);

function toOutcome(kind: Kind, code: string, reason: string): Failure {
  if (kind === 'later') return { kind, code, reason, afterMs: dayLater.has(code) ? dayMs : sixHoursMs };
  if (kind === 'throttled') return { kind, code, reason, afterMs: minuteMs };
  return { kind, code, reason };
}

const outcomes = new Map<string, Failure>(
  Object.entries(table).flatMap(([kind, rows]) =>
    Object.entries(rows).map(([code, reason]) => [code, toOutcome(kind as Kind, code, reason)] as const),
  ),
);

/** What a code of the Google Ads API means; one that no table knows is held. */
export const toAdsFailure = (code: string): Exclude<Outcome, { kind: 'delivered' }> =>
  outcomes.get(code) ?? { kind: 'held', code, reason: `Google Ads answered ${code}, which the table of codes does not know` };
