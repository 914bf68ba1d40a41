import { describe, expect, it } from '@jest/globals';
import { buildConversion } from '@waybill/shared/testing';
import { toAdjustment } from './to-adjustment.ts';
import { toOfflineConversion } from './to-offline-conversion.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const correction = { kind: 'restatement' as const, of: 'cv_original', sequence: 1, correctedAt: '2026-11-20T09:30:00.250Z' };
const original = buildConversion({
  ...{
    platform: 'bing',
    action: 'Paid',
    click: { kind: 'msclkid', id: 'F894F652EA334E739002F7167AB8F8E3', clickedAt: '2026-11-18T09:00:00.000Z' },
  },
  person: { email: ['a'.repeat(64)], phone: [] },
});

describe("a correction in Microsoft's words", () => {
  const sent = toOfflineConversion(original, now, 90);
  if (!sent.ok) throw new Error('the original must be good');
  const { ConversionValue, ConversionCurrencyCode, ...key } = sent.item;

  it('names its original by what Microsoft knows it by, to the byte, and carries the new value', () => {
    expect(toAdjustment({ ...original, value: { amount: '77.50', currency: 'EUR' }, correction }, now, 90)).toEqual({
      ok: true,
      item: {
        ...key,
        AdjustmentType: 'Restate',
        AdjustmentTime: correction.correctedAt,
        AdjustmentValue: 77.5,
        AdjustmentCurrencyCode: 'EUR',
      },
    });
  });

  it('retracts without a value', () => {
    expect(toAdjustment({ ...original, value: null, correction: { ...correction, kind: 'retraction' } }, now, 90)).toEqual({
      ok: true,
      item: { ...key, AdjustmentType: 'Retract', AdjustmentTime: correction.correctedAt },
    });
  });

  it('is as good as its original', () => {
    expect(toAdjustment({ ...original, click: null, person: { email: [], phone: [] }, correction }, now, 90)).toMatchObject({ ok: false });
  });
});
