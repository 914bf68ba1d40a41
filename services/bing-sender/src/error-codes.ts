import type { Outcome } from '@waybill/shared/conversion';

/** Every ending but success. */
export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

type Ending = { kind: 'rejected' | 'retry' } | { kind: 'config'; concerns?: 'action' } | { kind: 'later' | 'throttled'; afterMs: number };
/** Numeric code (null: Microsoft documents only the name), symbolic name, and what happened with how to mend it. */
type Row = readonly [code: number | null, name: string, reason: string];

const minuteMs = 60_000;
/** Microsoft's limit of calls counts over a sliding minute. https://learn.microsoft.com/advertising/guides/services-protocol#throttling */
export const leastThrottleMs = minuteMs;

/** https://learn.microsoft.com/advertising/guides/operation-error-codes */
const table: readonly { ending: Ending; rows: readonly Row[] }[] = [
  {
    ending: { kind: 'rejected' },
    rows: [
      [100, 'NullRequest', 'Microsoft could not read the request; one of its rows cannot be parsed, and is looked for'],
      [113, 'InvalidDateObject', 'Microsoft could not read a date of the request; look at the conversion time'],
      [5600, 'OfflineConversionsNullOrEmpty', 'the request had no rows; this is a fault of the sender'],
      [5601, 'OfflineConversionsLimitExceeded', 'the request had more than 1,000 rows; this is a fault of the sender'],
      [5602, 'OfflineConversionIsNull', 'the row was empty; this is a fault of the sender'],
      [
        5603,
        'OfflineConversionMicrosoftClickIdNullOrEmpty',
        'the row had no msclkid; send one, or a hash to a goal with enhanced conversions',
      ],
      [5604, 'OfflineConversionMicrosoftClickIdInvalid', 'Microsoft knows no such form of msclkid; look at how it is recorded'],
      [5605, 'OfflineConversionNameNullOrEmpty', 'the row had no goal name; give the conversion type its action in DESTINATIONS_FILE'],
      [5607, 'OfflineConversionTimeInvalid', 'Microsoft could not use the conversion time; look at its source'],
      [5608, 'OfflineConversionTimeNullOrEmpty', 'the row had no conversion time; this is a fault of the sender'],
      [
        5609,
        'OfflineConversionTimeOutOfWindow',
        "the conversion is older than Microsoft takes, or outside the goal's window; send it sooner, or widen the window",
      ],
      [5610, 'OfflineConversionValueInvalid', 'Microsoft does not take this value; it must be from 0 to its upper limit'],
      [5611, 'OfflineConversionCurrencyCodeInvalid', 'Microsoft does not know this currency code; give one of ISO 4217'],
      [5614, 'FutureConversionTimeCannotBeSet', 'the conversion time is in the future for Microsoft; look at the clock of its source'],
      [
        5616,
        'ConversionTimeEarlierThanClickTime',
        'the conversion time is not after the click as Microsoft recorded it; look at the clock of its source',
      ],
      [5617, 'ClickIdDateTimeOutsideGoalConversionWindow', "the click is outside the goal's conversion window; widen it for the next ones"],
      [
        5618,
        'OfflineConversionInvalidAdjustmentType',
        'Microsoft does not know the type of this adjustment; this is a fault of the sender',
      ],
      [5619, 'OfflineConversionAdjustmentTimeNullOrEmpty', 'the adjustment had no time; this is a fault of the sender'],
      [
        5620,
        'OfflineConversionAdjustmentTimeEarlierThanConversionTime',
        'the adjustment is earlier than the conversion it adjusts; look at the clock of its source',
      ],
      [5621, 'OfflineConversionAdjustmentTimeInvalid', 'Microsoft could not use the time of the adjustment; look at its source'],
      [
        5622,
        'OfflineConversionFutureAdjustmentTimeCannotBeSet',
        'the adjustment is in the future for Microsoft; look at the clock of its source',
      ],
      [5623, 'OfflineConversionAdjustmentTimeOutOfWindow', 'the adjustment came later than Microsoft takes it; adjust sooner'],
      [
        5624,
        'OfflineConversionAdjustmentValueNotExpected',
        'the adjustment had a value where it must have none; this is a fault of the sender',
      ],
      [5625, 'OfflineConversionAdjustmentValueRequired', 'the adjustment needs a value; restate with one'],
      [5626, 'OfflineConversionCurrencyValueRequired', 'the row needs a currency; give its value one'],
      [
        5627,
        'OfflineConversionRestateRetractNotSupported',
        // Whether an earlier attempt was taken whose answer was lost, nobody can tell from the answer.
        'Microsoft takes no adjustment of the conversion; it may be retracted already, by an attempt whose answer was lost too, so look at what still counts there',
      ],
      [null, 'ConversionEmailAddressIsNotHashed', 'the e-mail address was not a SHA-256 in hex; this is a fault of the sender'],
      [null, 'ConversionPhoneNumberIsNotHashed', 'the phone number was not a SHA-256 in hex; this is a fault of the sender'],
      [
        null,
        'ExternalAttributionRequiredFieldEmpty',
        'the goal is attributed outside and needs credit and model in each row; Waybill sends none, so use another goal',
      ],
      [null, 'ExternalAttributionModelTooLong', 'the name of the attribution model is too long; Waybill sends none, so use another goal'],
      [
        null,
        'ExternalAttributionCreditValueInvalid',
        'the attribution credit must be from 0 to 1; Waybill sends none, so use another goal',
      ],
    ],
  },
  {
    ending: { kind: 'config' },
    rows: [
      [105, 'InvalidCredentials', 'Microsoft refused the access or developer token; check that both are of this environment'],
      [106, 'UserIsNotAuthorized', 'the user may not use this account; grant access to it, or mend customerId and account'],
      [108, 'UserCompromised', 'Microsoft locked the user over suspicious activity; set a new password and consent again'],
      [109, 'AuthenticationTokenExpired', 'Microsoft calls an access token expired that was just renewed; consent again if it goes on'],
      [116, 'RequestMissingHeaders', 'a required header was missing; complete the credentials of the account'],
      [120, 'UserLoginAccessDenied', 'the user was merged into another; consent again with the primary one'],
      [122, 'PersonalIdentityNotAvailable', 'the user needs a work account; consent again with it'],
      [123, 'WorkIdentityNotAvailable', 'the user needs a personal account; consent again with it'],
      [124, 'PersonalIdentityMigratedToWork', 'the personal account was moved to a work account; consent again with it'],
      [125, 'PersonalIdentityNotAllowedByCustomer', 'the organisation allows work accounts only; consent again with one'],
      [
        126,
        'IdentityTypeMismatch',
        'the user signs in another way than the account asks for; consent again with the account that it names',
      ],
      [1008, 'CampaignServiceInvalidAccountStatus', 'the account is not active; look at its status in Microsoft Advertising'],
      [1009, 'CampaignServiceAccountIdMissingInRequestHeader', 'the account id was missing; this is a fault of the sender'],
      [208, 'InvalidAccount', 'Microsoft does not know the account; mend its id in DESTINATIONS_FILE'],
      [1029, 'CampaignServiceCustomerIdHasToBeSpecified', 'the customer id was missing; give customerId in DESTINATIONS_FILE'],
      [1030, 'CampaignServiceAccountIdHasToBeSpecified', 'the account id was missing; this is a fault of the sender'],
      [5613, 'OfflineConversionPilotNotEnabledForCustomer', 'offline conversions are not enabled for the customer; ask Microsoft for them'],
    ],
  },
  {
    ending: { kind: 'config', concerns: 'action' },
    rows: [
      [5606, 'OfflineConversionNameInvalid', 'no goal of the account has this name; create it, or mend the action in DESTINATIONS_FILE'],
      [null, 'NotEligibleForEnhancedConversions', 'the goal does not take hashes; enable enhanced conversions on it'],
      [null, 'GoalNotEligibleForExternalAttribution', 'the goal is not attributed outside; set IsExternallyAttributed through the API'],
    ],
  },
  {
    ending: { kind: 'retry' },
    rows: [
      [0, 'InternalError', 'an internal error of Microsoft; it is tried again'],
      [1010, 'CampaignServiceSystemInReadOnlyMode', 'Microsoft takes nothing for the time being; it is tried again'],
      [5612, 'OfflineConversionsApplyFailed', 'Microsoft could not hand the row on to its own service; it is tried again'],
    ],
  },
  {
    ending: { kind: 'later', afterMs: 120 * minuteMs },
    rows: [[5615, 'OfflineConversionNotAcceptedForGoal', 'the goal is younger than two hours; Microsoft takes conversions after that']],
  },
  {
    ending: { kind: 'throttled', afterMs: leastThrottleMs },
    rows: [
      [
        117,
        'CallRateExceeded',
        'more calls in a minute than Microsoft allows to this user and customer; they go on when the minute is over',
      ],
      [207, 'ConcurrentRequestOverLimit', 'more requests at once than Microsoft allows; they go on in a minute'],
    ],
  },
  {
    ending: { kind: 'throttled', afterMs: 15 * minuteMs },
    rows: [
      [
        4204,
        'BulkServiceNoMoreCallsPermittedForTheTimePeriod',
        'more bulk requests than Microsoft allows in a quarter of an hour; they go on after it',
      ],
    ],
  },
];

/** Pages of Microsoft that call the same thing by another name. */
const otherNames: Record<string, string> = {
  OfflineConversionBatchSizeExceedsLimit: 'OfflineConversionsLimitExceeded',
  OfflineConversionMSClickIdNullOrEmpty: 'OfflineConversionMicrosoftClickIdNullOrEmpty',
  OfflineConversionMSClickIdInvalid: 'OfflineConversionMicrosoftClickIdInvalid',
  OfflineConversionGoalTooRecent: 'OfflineConversionNotAcceptedForGoal',
};

export const knownCodes = table.flatMap(({ ending, rows }) => rows.map(([code, name, reason]) => ({ code, name, reason, ending })));
const byCode = new Map(knownCodes.map((known) => [known.code, known]));
const byName = new Map(knownCodes.map((known) => [known.name, known]));

/** What one error of Microsoft means, found by its code, then by its name; an error that is in neither holds the conversion. */
export function toFailure(error: { code: number | null; name: string | null }): Failure {
  const name = error.name !== null && /^\w{1,80}$/.test(error.name) ? error.name : null;
  const known = (error.code === null ? undefined : byCode.get(error.code)) ?? byName.get(otherNames[name ?? ''] ?? name ?? '');
  if (known !== undefined) return { ...known.ending, code: String(known.code ?? known.name), reason: known.reason };
  const code = error.code === null ? (name ?? 'UNNAMED') : String(error.code);
  return {
    kind: 'held',
    code,
    reason: `Microsoft answered ${code}${name === null || name === code ? '' : ` (${name})`}, which the table of codes does not know`,
  };
}
