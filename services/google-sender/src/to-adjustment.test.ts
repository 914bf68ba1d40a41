import { describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { buildConversion } from '@waybill/shared/testing';
import { toAdjustment } from './to-adjustment.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const correction = { kind: 'restatement' as const, of: 'cv_original', sequence: 1, correctedAt: '2026-11-20T09:30:00.250Z' };
const map = (changes: Partial<Conversion>) => toAdjustment(buildConversion({ correction, ...changes }), now);

describe('a correction as an adjustment of the Google Ads API', () => {
  it('names its original by order id and carries the new value', () => {
    expect(map({ occurredAt: '2026-11-19T09:00:00.000Z', value: { amount: '77.50', currency: 'EUR' } })).toEqual({
      ok: true,
      item: {
        conversion_action: 'customers/3625606301/conversionActions/987650001',
        adjustment_type: 'RESTATEMENT',
        order_id: 'cv_original',
        adjustment_date_time: '2026-11-20 09:30:00+00:00',
        restatement_value: { adjusted_value: 77.5, currency_code: 'EUR' },
      },
    });
  });

  it('retracts without a value', () => {
    const mapped = map({ occurredAt: '2026-11-19T09:00:00.000Z', value: null, correction: { ...correction, kind: 'retraction' } });
    expect(mapped).toMatchObject({ ok: true, item: { adjustment_type: 'RETRACTION' } });
    expect(mapped).not.toHaveProperty('item.restatement_value');
  });

  it.each([
    ['a day old is old enough', '2026-11-19T10:00:00.000Z', 'ok'],
    ['a millisecond younger waits', '2026-11-19T10:00:00.001Z', 'later TOO_RECENT_CONVERSION'],
    ['54 days old is young enough', '2026-09-27T10:00:00.000Z', 'ok'],
    ['a millisecond older is not', '2026-09-27T09:59:59.999Z', 'rejected CONVERSION_EXPIRED'],
  ])('%s', (_sentence, occurredAt, expected) => {
    const mapped = map({ occurredAt });
    expect(mapped.ok ? 'ok' : `${mapped.outcome.kind} ${mapped.outcome.code}`).toBe(expected);
  });

  it('waits for no longer than Google asks', () => {
    expect(map({ occurredAt: '2026-11-19T22:00:00.000Z' })).toMatchObject({ outcome: { afterMs: 12 * 3_600_000 } });
  });
});
