import type { AcceptedConversion, Adjustment as Change } from '@waybill/shared/stand-in';
import { z } from 'zod';

const text = z.string().nullish();

/** A time that cannot be parsed, or a field of the wrong type, is not one bad row for Microsoft: it cannot read the request at all. */
const rowSchema = z.looseObject({
  MicrosoftClickId: text,
  ConversionName: text,
  ConversionTime: text.refine((time) => !time || !Number.isNaN(Date.parse(time))),
  ConversionValue: z.number().nullish(),
  ConversionCurrencyCode: text,
  HashedEmailAddress: text,
  HashedPhoneNumber: text,
});
export const requestSchema = z.looseObject({ OfflineConversions: z.array(rowSchema.nullable()).nullish() });

const adjustmentSchema = rowSchema.extend({
  AdjustmentType: text,
  AdjustmentTime: text.refine((time) => !time || !Number.isNaN(Date.parse(time))),
  AdjustmentValue: z.number().nullish(),
  AdjustmentCurrencyCode: text,
});
export const adjustmentsSchema = z.looseObject({ OfflineConversionAdjustments: z.array(adjustmentSchema).min(1).max(1_000) });

type Row = z.infer<typeof rowSchema>;
type Adjustment = z.infer<typeof adjustmentSchema>;

/** An offline conversion goal of the account; what is left out takes the kindest form. */
export interface Goal {
  name: string;
  createdAt?: Date;
  isPaused?: boolean;
  /** Microsoft cannot tell what it counted of it. */
  isUntold?: boolean;
  isEnhancedConversionsEnabled?: boolean;
  conversionWindowInMinutes?: number;
}

export interface RowRules {
  now: Date;
  /** Undefined: every name is a goal. */
  goals: Goal[] | undefined;
  /** When Microsoft recorded the click; null for one it does not know, which it takes nevertheless. */
  clickedAt: (clickId: string) => Date | null;
}

/** Code and name as in Microsoft's list; null where it publishes only the name. */
export type RowError = readonly [code: number | null, name: string];

const dayMs = 24 * 60 * 60_000;
const minuteMs = 60_000;
const longestNameLength = 100;
const sha256 = /^[0-9a-f]{64}$/i;
/** Microsoft reads a time without a zone as it likes; here it is a mistake, so that nobody gets used to it. */
const hasZone = (time: string): boolean => /(Z|[+-]\d\d:\d\d)$/.test(time);

function errorsOfIdentity({ MicrosoftClickId: click, HashedEmailAddress: email, HashedPhoneNumber: phone }: Row): RowError[] {
  const errors: RowError[] = [];
  if (!click && !email && !phone) errors.push([5603, 'OfflineConversionMicrosoftClickIdNullOrEmpty']);
  if (click && !/^[0-9a-f]{32}$/i.test(click)) errors.push([5604, 'OfflineConversionMicrosoftClickIdInvalid']);
  if (email && !sha256.test(email)) errors.push([null, 'ConversionEmailAddressIsNotHashed']);
  if (phone && !sha256.test(phone)) errors.push([null, 'ConversionPhoneNumberIsNotHashed']);
  return errors;
}

function errorsOfGoal(row: Row, goal: Goal | undefined, now: Date): RowError[] {
  if (!row.ConversionName) return [[5605, 'OfflineConversionNameNullOrEmpty']];
  if (goal === undefined || row.ConversionName.length > longestNameLength) return [[5606, 'OfflineConversionNameInvalid']];
  const isTooYoung = goal.createdAt !== undefined && now.getTime() - goal.createdAt.getTime() < 120 * minuteMs;
  const isHashRefused = goal.isEnhancedConversionsEnabled === false && Boolean(row.HashedEmailAddress ?? row.HashedPhoneNumber);
  return [
    ...(isTooYoung ? [[5615, 'OfflineConversionNotAcceptedForGoal'] as const] : []),
    ...(isHashRefused ? [[null, 'NotEligibleForEnhancedConversions'] as const] : []),
  ];
}

function errorsOfTime(row: Row, goal: Goal | undefined, { now, clickedAt }: RowRules): RowError[] {
  if (!row.ConversionTime) return [[5608, 'OfflineConversionTimeNullOrEmpty']];
  if (!hasZone(row.ConversionTime)) return [[5607, 'OfflineConversionTimeInvalid']];
  const occurredMs = Date.parse(row.ConversionTime);
  if (occurredMs > now.getTime()) return [[5614, 'FutureConversionTimeCannotBeSet']];
  if (now.getTime() - occurredMs > 90 * dayMs) return [[5609, 'OfflineConversionTimeOutOfWindow']];
  const clicked = row.MicrosoftClickId ? clickedAt(row.MicrosoftClickId) : null;
  if (clicked === null) return [];
  if (occurredMs <= clicked.getTime()) return [[5616, 'ConversionTimeEarlierThanClickTime']];
  const windowMs = (goal?.conversionWindowInMinutes ?? 43_200) * minuteMs;
  return occurredMs - clicked.getTime() > windowMs ? [[5617, 'ClickIdDateTimeOutsideGoalConversionWindow']] : [];
}

/** Every error of one row, as Microsoft lists several for one index; none: it is taken. */
export function errorsOfRow(row: Row | null, rules: RowRules): RowError[] {
  if (row === null) return [[5602, 'OfflineConversionIsNull']];
  const goal = rules.goals === undefined ? { name: row.ConversionName ?? '' } : rules.goals.find(({ name }) => name === row.ConversionName);
  const value = row.ConversionValue ?? 0;
  return [
    ...errorsOfIdentity(row),
    ...errorsOfGoal(row, goal, rules.now),
    ...errorsOfTime(row, goal, rules),
    ...(value < 0 || !Number.isFinite(value) ? [[5610, 'OfflineConversionValueInvalid'] as const] : []),
    ...(row.ConversionCurrencyCode && !/^[A-Z]{3}$/.test(row.ConversionCurrencyCode)
      ? [[5611, 'OfflineConversionCurrencyCodeInvalid'] as const]
      : []),
  ];
}

/**
 * Every error of one adjustment. That Microsoft does not have the original, or has retracted it, it finds out later and tells in its report:
 * https://learn.microsoft.com/advertising/campaign-management-service/offlineconversionunattributedreason
 */
export function errorsOfAdjustment(row: Adjustment, now: Date): RowError[] {
  if (row.AdjustmentType !== 'Restate' && row.AdjustmentType !== 'Retract') return [[5618, 'OfflineConversionInvalidAdjustmentType']];
  if (!row.AdjustmentTime) return [[5619, 'OfflineConversionAdjustmentTimeNullOrEmpty']];
  if (!hasZone(row.AdjustmentTime)) return [[5621, 'OfflineConversionAdjustmentTimeInvalid']];
  const adjustedMs = Date.parse(row.AdjustmentTime);
  const value = row.AdjustmentValue ?? null;
  if (!row.ConversionName) return [[5605, 'OfflineConversionNameNullOrEmpty']];
  if (!row.ConversionTime) return [[5608, 'OfflineConversionTimeNullOrEmpty']];
  return [
    ...errorsOfIdentity(row),
    ...(adjustedMs < Date.parse(row.ConversionTime) ? [[5620, 'OfflineConversionAdjustmentTimeEarlierThanConversionTime'] as const] : []),
    ...(adjustedMs > now.getTime() ? [[5622, 'OfflineConversionFutureAdjustmentTimeCannotBeSet'] as const] : []),
    ...(row.AdjustmentType === 'Restate' && value === null ? [[5625, 'OfflineConversionAdjustmentValueRequired'] as const] : []),
    ...(row.AdjustmentType === 'Retract' && value !== null ? [[5624, 'OfflineConversionAdjustmentValueNotExpected'] as const] : []),
    ...(value !== null && !row.AdjustmentCurrencyCode ? [[5626, 'OfflineConversionCurrencyValueRequired'] as const] : []),
  ];
}

/** What a good adjustment changes. */
export function toChange({ AdjustmentType, AdjustmentValue, AdjustmentCurrencyCode, AdjustmentTime }: Adjustment): Change {
  if (AdjustmentType === 'Retract') return { kind: 'retraction' };
  const value = toDecimal(AdjustmentValue ?? 0);
  return { kind: 'restatement', value, currency: AdjustmentCurrencyCode ?? null, at: AdjustmentTime ?? '' };
}

/** A good row in the words of all stand-ins; the key is what Microsoft tells conversions apart by, value and currency are not in it. */
export function toAccepted(account: string, row: Row): AcceptedConversion {
  const clickId = row.MicrosoftClickId?.toLowerCase() ?? null;
  const action = row.ConversionName ?? '';
  const occurredAt = new Date(row.ConversionTime ?? '').toISOString();
  const key = JSON.stringify([account, clickId, action, occurredAt, row.HashedEmailAddress ?? null, row.HashedPhoneNumber ?? null]);
  const value = row.ConversionValue ?? null;
  return {
    account,
    action,
    key,
    eventId: null,
    clickId,
    occurredAt,
    value: value === null ? null : toDecimal(value),
    currency: row.ConversionCurrencyCode ?? null,
  };
}

/** Without an exponent, which the exact sums of the stand-ins do not read. */
const toDecimal = (value: number): string => (/e/.test(String(value)) ? value.toFixed(6) : String(value));
