import type { Outcome } from '@waybill/shared/conversion';

/** Every ending but success. */
export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

type Ending =
  | { kind: 'rejected' }
  | { kind: 'retry' }
  | { kind: 'held' }
  | { kind: 'config'; concerns?: 'action' }
  | { kind: 'throttled'; afterMs: number };

const minuteMs = 60_000;

const sameFor = (codes: string[], reason: string): Record<string, string> => Object.fromEntries(codes.map((code) => [code, reason]));

/**
 * Reasons and statuses of the Data Manager API and of Google's OAuth, each with what happened and how to mend it; a test holds it to the
 * enumeration that Google publishes. https://developers.google.com/data-manager/api/reference/rest/v1/ErrorReason
 */
const table: { ending: Ending; rows: Record<string, string> }[] = [
  {
    ending: { kind: 'rejected' },
    rows: {
      INVALID_ARGUMENT: 'Google refused a field of the event',
      REQUIRED_FIELD_MISSING: 'a required field was missing',
      INVALID_FORMAT: 'a field has not the form that Google expects',
      INVALID_HEX_ENCODING: 'an identifier was not in hex; this is a fault of the sender',
      INVALID_BASE64_ENCODING: 'an identifier was not in base64; this is a fault of the sender',
      INVALID_SHA256_FORMAT: 'an identifier was not a SHA-256',
      INVALID_POSTAL_CODE: 'Google does not take this postal code',
      INVALID_COUNTRY_CODE: 'Google does not know this country code',
      INVALID_REGION_CODE: 'Google does not know this region code',
      INVALID_SUBDIVISION_CODE: 'Google does not know this code of a state or province',
      INVALID_SUBCONTINENT_CODE: 'Google does not know this code of a subcontinent',
      INVALID_CONTINENT_CODE: 'Google does not know this code of a continent',
      INVALID_DEVICE_CATEGORY: 'Google does not know this category of devices',
      INVALID_ENUM_VALUE: 'a field has a value that Google does not know; this is a fault of the sender',
      INVALID_NUMBER_FORMAT: 'a number has not the form that Google expects',
      INVALID_CURRENCY_CODE: 'Google does not know this currency code',
      INVALID_EVENT: 'Google does not take the event',
      INVALID_EVENT_NAME: 'Google does not take the name of the event',
      RESERVED_NAME_USED: 'the name of the event is reserved by Google',
      EVENT_TIME_INVALID: 'Google could not use the conversion time; look at the clock of its source',
      NO_IDENTIFIERS_PROVIDED: 'the event had neither a click id nor an identifier of a person',
      TOO_MANY_USER_IDENTIFIERS: 'the event had more than ten identifiers',
      TOO_MANY_ELEMENTS: 'a list of the event has more elements than Google takes',
      FIELD_VALUE_TOO_LONG: 'a field is longer than Google takes',
      CUSTOM_VARIABLE_VALUE_CONTAINS_PII: 'the value of a custom variable tells who the person is; leave it out',
      INVALID_CUSTOM_VARIABLE_VALUE: 'Google does not take the value of a custom variable',
      INVALID_COUPON_CODE: 'Google does not take the coupon code',
      BOTH_CLIENT_ID_AND_APP_INSTANCE_ID_NOT_ALLOWED: 'the event names a website client and an app; this is a fault of the sender',
      OUT_OF_RANGE: 'a field lies outside the range that Google takes',
    },
  },
  {
    ending: { kind: 'config' },
    rows: {
      UNAUTHENTICATED: 'Google refused the access token; consent again for this account',
      PERMISSION_DENIED: 'the credential may not use this account; grant it access, or mend loginCustomerId',
      ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'the consent lacks the scope auth/datamanager; consent again with it',
      ACCESS_TOKEN_EXPIRED: 'Google calls an access token expired that was just renewed; consent again if it goes on',
      ACCESS_TOKEN_INVALID: 'Google does not know the access token; consent again',
      SERVICE_DISABLED: 'the Data Manager API is not enabled in the Cloud project; enable it',
      NOT_FOUND: 'Google does not know the account; mend DESTINATIONS_FILE',
      OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH: 'the manager account does not manage this one; mend loginCustomerId',
      MISMATCHED_ACCOUNT_TYPE: 'the account is not of Google Ads; mend DESTINATIONS_FILE',
      DESTINATION_ACCOUNT_TYPE_MISMATCH: 'the account is of another kind than the destination; mend DESTINATIONS_FILE',
      TERMS_AND_CONDITIONS_NOT_SIGNED: 'the terms are not accepted; accept them in Google Ads',
      DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED: 'the customer data terms are not accepted; accept them in Google Ads',
      DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS:
        'enhanced conversions for leads are not enabled; enable them in Google Ads',
      DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS:
        'the policy of customer data forbids identifiers; look into Google Ads',
      EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED:
        'Google wants the declaration on political advertising in the EU; make it in Google Ads',
      NOT_ALLOWLISTED: 'Google has not opened this to the account; ask Google for it',
      THIRD_PARTY_USER_DATA_NOT_ALLOWED: 'the account may not upload data of third parties; look into Google Ads',
      ...sameFor(
        [
          ...['DIFFERENT_LOGIN_ACCOUNTS_NOT_ALLOWED_FOR_DATA_PARTNER', 'UNSUPPORTED_OPERATING_ACCOUNT_FOR_DATA_PARTNER'],
          ...['UNSUPPORTED_LINKED_ACCOUNT_FOR_DATA_PARTNER', 'LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT'],
        ],
        'the credential belongs to a data partner, who may not use the account so; mend loginCustomerId',
      ),
      invalid_grant: 'the refresh token was revoked or has expired; consent again and renew the credentials',
      invalid_client: 'Google does not know the OAuth client; mend clientId and clientSecret',
      unauthorized_client: 'the OAuth client may not use this refresh token; consent again with this client',
    },
  },
  {
    ending: { kind: 'config', concerns: 'action' },
    rows: {
      INVALID_DESTINATION: 'Google does not take events for this account and action; mend DESTINATIONS_FILE',
      INVALID_CONVERSION_ACTION_ID: 'the account has no such conversion action; mend DESTINATIONS_FILE',
      INVALID_CONVERSION_ACTION_TYPE: 'the conversion action does not take uploads; make one of type UPLOAD_CLICKS',
      EVENT_SOURCE_AND_DESTINATION_MISMATCH: 'the conversion action is not for events of the web; make one of type UPLOAD_CLICKS',
      ACCOUNT_INELIGIBLE_FOR_STORE_SALES: 'the conversion action is for store sales, which the account may not upload; choose another one',
      CUSTOM_VARIABLE_NOT_ENABLED: 'a custom variable is not enabled; enable it in Google Ads',
      CUSTOM_VARIABLE_NOT_FOUND: 'the account has no such custom variable; create it in Google Ads',
      ...sameFor(
        [
          ...['INVALID_PROPERTY_TYPE', 'INVALID_STREAM_TYPE', 'MULTIPLE_DESTINATIONS_FOR_GOOGLE_ANALYTICS_EVENT'],
          'GOOGLE_ANALYTICS_SUBPROPERTY_OR_ROLLUP_PROPERTY_NOT_ALLOWED',
        ],
        'the destination is of Google Analytics; give a conversion action of Google Ads in DESTINATIONS_FILE',
      ),
    },
  },
  {
    ending: { kind: 'held' },
    rows: {
      ...sameFor(
        [
          ...['TOO_MANY_EVENTS', 'TOO_MANY_DESTINATIONS', 'DUPLICATE_DESTINATION_REFERENCE', 'INVALID_REQUEST_ID'],
          ...['MULTIPLE_DATA_TYPES_NOT_ALLOWED', 'INVALID_RESOURCE_NAME', 'ALREADY_EXISTS'],
        ],
        'the request was not built as Google wants it; this is a fault of the sender',
      ),
      ...sameFor(
        [
          ...[
            'INVALID_USER_LIST_TYPE',
            'INVALID_AUDIENCE_MEMBER',
            'TOO_MANY_AUDIENCE_MEMBERS',
            'DATA_PARTNER_USER_LIST_MUTATE_NOT_ALLOWED',
          ],
          ...['INVALID_MOBILE_ID_FORMAT', 'INVALID_USER_LIST_ID', 'IMMUTABLE_FIELD_FOR_UPDATE', 'INVALID_FILTER', 'INVALID_UPDATE_MASK'],
          ...['INVALID_PAGE_TOKEN', 'CANNOT_UPDATE_DISABLED_LICENSE', 'CANNOT_CREATE_LICENSE_FOR_SENSITIVE_USERLIST', 'INSUFFICIENT_COST'],
          ...['CANNOT_DISABLE_LICENSE', 'INVALID_CLIENT_ACCOUNT_ID', 'PRICING_ONLY_ZERO_COST_ALLOWED', 'PRICE_TOO_HIGH'],
          ...['CUSTOMER_NOT_ALLOWED_TO_CREATE_LICENSE', 'INVALID_PRICING_END_DATE', 'MEDIA_SHARE_COST_NOT_ALLOWED_FOR_LICENSE_TYPE'],
          ...['CANNOT_LICENSE_LOGICAL_LIST_WITH_LICENSED_OR_SHARED_SEGMENT', 'MEDIA_SHARE_COST_NOT_ALLOWED_FOR_CLIENT_CUSTOMER'],
          ...['INVALID_MEDIA_SHARE_COST', 'INVALID_COST_TYPE', 'MEDIA_SHARE_COST_NOT_ALLOWED_FOR_NON_COMMERCE_USER_LIST'],
          ...['MAX_COST_NOT_ALLOWED', 'COMMERCE_AUDIENCE_CAN_ONLY_BE_DIRECTLY_LICENSED', 'INVALID_DESCRIPTION', 'INVALID_DISPLAY_NAME'],
          ...[
            'DISPLAY_NAME_ALREADY_USED',
            'OWNERSHIP_REQUIRED_FOR_UPDATE',
            'USER_LIST_MUTATION_NOT_SUPPORTED',
            'SENSITIVE_USER_LIST_IMMUTABLE',
          ],
          ...['BILLABLE_RECORD_COUNT_IMMUTABLE', 'USER_LIST_NAME_RESERVED', 'ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA'],
          ...['UNSUPPORTED_PARTNER_AUDIENCE_SOURCE', 'COMMERCE_PARTNER_NOT_ALLOWED', 'UNSUPPORTED_PARTNER_AUDIENCE_INFO'],
          ...['PARTNER_MATCH_FOR_MANAGER_ACCOUNT_DISALLOWED', 'DATA_PARTNER_NOT_ALLOWLISTED_FOR_THIRD_PARTY_PARTNER_DATA'],
          ...['ADVERTISER_TOS_NOT_ACCEPTED', 'ADVERTISER_NOT_ALLOWLISTED_FOR_THIRD_PARTY_PARTNER_DATA', 'INVALID_COMMERCE_PARTNER'],
          ...['USER_LIST_TYPE_NOT_SUPPORTED_FOR_ACCOUNT', 'CUSTOMER_NOT_ALLOWLISTED_FOR_COMMERCE_AUDIENCE'],
          ...['UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES', 'UNSUPPORTED_INGESTED_USER_LIST_INFO_CONFIG', 'INVALID_MERCHANT_ID'],
          ...['UNSUPPORTED_ACCOUNT_TYPES_FOR_USER_LIST_TYPE', 'UNSUPPORTED_ACCOUNT_TYPE_FOR_PARTNER_LINK', 'MEMBERSHIP_DURATION_TOO_LONG'],
          'INVALID_MERCHANT_FEED_LANGUAGE_CODE',
        ],
        'this is told of audiences, licences and merchants, and should befall no conversion; ask Google about the request',
      ),
    },
  },
  {
    ending: { kind: 'retry' },
    rows: {
      INTERNAL: 'an internal error of Google',
      INTERNAL_ERROR: 'an internal error of Google',
      UNAVAILABLE: 'Google was not available',
      DEADLINE_EXCEEDED: 'Google took too long',
      ABORTED: 'Google broke the request off',
    },
  },
  {
    ending: { kind: 'throttled', afterMs: minuteMs },
    rows: {
      RESOURCE_EXHAUSTED: 'more requests than Google allows to this project',
      RATE_LIMIT_EXCEEDED: 'more requests in a minute than Google allows to this project',
      QUOTA_EXCEEDED: 'the daily quota of this project is used up',
    },
  },
];

const outcomes = new Map<string, Failure>(
  table.flatMap(({ ending, rows }) => Object.entries(rows).map(([code, reason]) => [code, { ...ending, code, reason }])),
);

/** What the table says of a code, or null. */
export const findFailure = (code: string): Failure | null => outcomes.get(code) ?? null;

/** What a code of Google means; one that no table knows is held. */
export const toFailure = (code: string): Failure =>
  findFailure(code) ?? { kind: 'held', code, reason: `Google answered ${code}, which the table of codes does not know` };
