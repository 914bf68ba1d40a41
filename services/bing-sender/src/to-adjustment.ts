import type { Conversion } from '@waybill/shared/conversion';
import type { Mapped } from '@waybill/shared/sender';
import { type OfflineConversion, toOfflineConversion } from './to-offline-conversion.ts';

/**
 * One row of ApplyOfflineConversionAdjustments: the original is found by its identical click, name, time and hashes.
 * https://learn.microsoft.com/advertising/campaign-management-service/offlineconversionadjustment
 */
export interface OfflineConversionAdjustment extends Omit<OfflineConversion, 'ConversionValue' | 'ConversionCurrencyCode'> {
  AdjustmentType: 'Restate' | 'Retract';
  /** UTC, with its zone. */
  AdjustmentTime: string;
  AdjustmentValue?: number;
  AdjustmentCurrencyCode?: string;
}

/** A correction in Microsoft's words. */
export function toAdjustment(conversion: Conversion, now: Date, maxAgeDays: number): Mapped<OfflineConversionAdjustment> {
  const { correction, value } = conversion;
  if (correction === undefined) throw new Error('an adjustment needs a correction');
  const original = toOfflineConversion(conversion, now, maxAgeDays);
  if (!original.ok) return original;
  const { ConversionValue, ConversionCurrencyCode, ...key } = original.item;
  const time = { AdjustmentTime: correction.correctedAt };
  if (correction.kind === 'retraction') return { ok: true, item: { ...key, AdjustmentType: 'Retract', ...time } };
  if (value === null) return { ok: false, outcome: { kind: 'rejected', code: 'VALUE_MISSING', reason: 'a restatement needs a value' } };
  const restated = { AdjustmentValue: Number(value.amount), AdjustmentCurrencyCode: value.currency };
  return { ok: true, item: { ...key, AdjustmentType: 'Restate', ...time, ...restated } };
}
