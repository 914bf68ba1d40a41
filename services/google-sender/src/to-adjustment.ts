import type { Conversion } from '@waybill/shared/conversion';
import type { Mapped } from '@waybill/shared/sender';

/** A ConversionAdjustment of the Google Ads API. https://developers.google.com/google-ads/api/reference/rpc/latest/ConversionAdjustment */
export interface ConversionAdjustment {
  conversion_action: string;
  adjustment_type: 'RESTATEMENT' | 'RETRACTION';
  order_id: string;
  adjustment_date_time: string;
  restatement_value?: { adjusted_value: number; currency_code: string };
}

const hourMs = 60 * 60_000;
/** https://developers.google.com/google-ads/api/docs/conversions/upload-adjustments */
const youngest = { hours: 24, ms: 24 * hourMs };
const oldest = { days: 54, ms: 54 * 24 * hourMs };

const toDateTime = (instant: string): string => `${instant.slice(0, 19).replace('T', ' ')}+00:00`;

/** A correction as an adjustment by order id, the event id of the original. Google takes it from a day after the conversion. */
export function toAdjustment({ account, action, occurredAt, value, correction }: Conversion, now: Date): Mapped<ConversionAdjustment> {
  if (correction === undefined) throw new Error('an adjustment needs a correction');
  const ageMs = now.getTime() - Date.parse(occurredAt);
  if (ageMs < youngest.ms) {
    const reason = `Google takes adjustments ${youngest.hours} hours after the conversion`;
    return { ok: false, outcome: { kind: 'later', code: 'TOO_RECENT_CONVERSION', reason, afterMs: youngest.ms - ageMs } };
  }
  if (ageMs > oldest.ms) {
    const reason = `the conversion is older than the ${oldest.days} days in which Google takes adjustments`;
    return { ok: false, outcome: { kind: 'rejected', code: 'CONVERSION_EXPIRED', reason } };
  }
  if (correction.kind === 'restatement' && value === null) {
    return { ok: false, outcome: { kind: 'rejected', code: 'VALUE_MISSING', reason: 'a restatement needs a value' } };
  }
  const restated = correction.kind === 'restatement' && value !== null;
  return {
    ok: true,
    item: {
      conversion_action: `customers/${account}/conversionActions/${action}`,
      adjustment_type: restated ? 'RESTATEMENT' : 'RETRACTION',
      order_id: correction.of,
      adjustment_date_time: toDateTime(correction.correctedAt),
      ...(restated ? { restatement_value: { adjusted_value: Number(value.amount), currency_code: value.currency } } : {}),
    },
  };
}
