import { describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { buildConversion } from '@waybill/shared/testing';
import fc from 'fast-check';
import { type OfflineConversion, toOfflineConversion } from './to-offline-conversion.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const dayMs = 24 * 60 * 60_000;
const maxAgeDays = 90;
const clickId = 'f894f652ea334e739002f7167ab8f8e3';
const email = 'a'.repeat(64);
const phone = 'b'.repeat(64);
const click = { kind: 'msclkid', id: clickId, clickedAt: '2026-11-18T09:00:00.000Z' };

const bingConversion = (changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({ platform: 'bing', account: '140000001', action: 'Paid', click, ...changes });
const ago = (ms: number): string => new Date(now.getTime() - ms).toISOString();

const examples: { sentence: string; input: Partial<Conversion>; expected: OfflineConversion }[] = [
  {
    sentence: 'a click with a value',
    input: {},
    expected: {
      MicrosoftClickId: clickId,
      ConversionName: 'Paid',
      ConversionTime: '2026-11-19T10:00:00.000Z',
      ConversionValue: 12.34,
      ConversionCurrencyCode: 'USD',
    },
  },
  {
    sentence: 'no value, for which the goal has its own',
    input: { value: null },
    expected: { MicrosoftClickId: clickId, ConversionName: 'Paid', ConversionTime: '2026-11-19T10:00:00.000Z' },
  },
  {
    sentence: 'a value of nothing, which is still a value',
    input: { value: { amount: '0.00', currency: 'EUR' } },
    expected: {
      MicrosoftClickId: clickId,
      ConversionName: 'Paid',
      ConversionTime: '2026-11-19T10:00:00.000Z',
      ConversionValue: 0,
      ConversionCurrencyCode: 'EUR',
    },
  },
  {
    sentence: 'a click and hashes, of which Microsoft takes one each',
    input: { value: null, person: { email: [email, 'c'.repeat(64)], phone: [phone] } },
    expected: {
      MicrosoftClickId: clickId,
      ConversionName: 'Paid',
      ConversionTime: '2026-11-19T10:00:00.000Z',
      HashedEmailAddress: email,
      HashedPhoneNumber: phone,
    },
  },
  {
    sentence: 'a hashed phone without a click',
    input: { value: null, click: null, person: { email: [], phone: [phone] } },
    expected: { ConversionName: 'Paid', ConversionTime: '2026-11-19T10:00:00.000Z', HashedPhoneNumber: phone },
  },
];

const refusals: { sentence: string; input: Partial<Conversion>; code: string }[] = [
  { sentence: 'a click id of another length', input: { click: { ...click, id: clickId.slice(3) } }, code: 'CLICK_ID_MALFORMED' },
  { sentence: 'a click id of another alphabet', input: { click: { ...click, id: `${clickId.slice(1)}g` } }, code: 'CLICK_ID_MALFORMED' },
  {
    sentence: 'a malformed click id beside a hash',
    input: { click: { ...click, id: 'invalid-click-id' }, person: { email: [email], phone: [] } },
    code: 'CLICK_ID_MALFORMED',
  },
  { sentence: 'a click of another platform', input: { click: { ...click, kind: 'gclid' } }, code: 'CLICK_OF_ANOTHER_PLATFORM' },
  { sentence: 'neither click nor hash', input: { click: null }, code: 'NO_MATCH_IDENTIFIER' },
  { sentence: 'a negative value', input: { value: { amount: '-1', currency: 'USD' } }, code: 'VALUE_NEGATIVE' },
  { sentence: 'a time in the future', input: { occurredAt: ago(-1) }, code: 'CONVERSION_IN_FUTURE' },
  {
    sentence: 'a time a moment older than 90 days',
    input: { occurredAt: ago(90 * dayMs + 1), click: { ...click, clickedAt: ago(91 * dayMs) } },
    code: 'CONVERSION_TOO_OLD',
  },
  { sentence: 'a time before the click', input: { occurredAt: '2026-11-18T08:59:59.999Z' }, code: 'CONVERSION_BEFORE_CLICK' },
  { sentence: 'the very time of the click', input: { occurredAt: click.clickedAt }, code: 'CONVERSION_BEFORE_CLICK' },
];

describe('A conversion for Microsoft', () => {
  it.each(examples)('is mapped with $sentence', ({ input, expected }) => {
    expect(toOfflineConversion(bingConversion(input), now, maxAgeDays)).toEqual({ ok: true, item: expected });
  });

  it.each(refusals)('is rejected with $sentence', ({ input, code }) => {
    const mapped = toOfflineConversion(bingConversion(input), now, maxAgeDays);
    expect(mapped).toMatchObject({ ok: false, outcome: { kind: 'rejected', code } });
  });

  it.each([
    ['as it is', clickId],
    ['in capitals', clickId.toUpperCase()],
    ['from the UET cookie', `_uet${clickId}`],
    ['from the UET wire with 0', `${clickId}-0`],
    ['from the UET wire with 1', `_uet${clickId}-1`],
    ['as a dashed GUID', 'f894f652-ea33-4e73-9002-f7167ab8f8e3'],
  ])('has its bare click id, given %s', (_, id) => {
    const mapped = toOfflineConversion(bingConversion({ click: { ...click, id } }), now, maxAgeDays);
    expect(mapped).toMatchObject({ ok: true, item: { MicrosoftClickId: clickId } });
  });

  it('may be just as old as the bound, which is a setting', () => {
    const old = bingConversion({ occurredAt: ago(7 * dayMs), click: { ...click, clickedAt: ago(8 * dayMs) } });
    expect(toOfflineConversion(old, now, 7).ok).toBe(true);
    const refusal = toOfflineConversion(old, now, 6.9);
    expect(refusal).toMatchObject({
      ok: false,
      outcome: { reason: 'the conversion is 7.0 days old; Microsoft takes those of the last 6.9 days' },
    });
  });

  it('is the same bytes at every moment at which it may be sent, and never says when that was', () => {
    const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
    const hashes = fc.array(hash, { maxLength: 3 });
    const amount = fc.tuple(fc.nat(1_000_000), fc.nat(99)).map(([units, cents]) => `${units}.${String(cents).padStart(2, '0')}`);
    const age = fc.integer({ min: 0, max: maxAgeDays * dayMs });
    const conversions = fc.record({
      email: hashes,
      phone: hashes,
      value: fc.option(fc.record({ amount, currency: fc.constantFrom('USD', 'EUR', 'JPY') })),
      occurredMs: fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2035-01-01') }),
      action: fc.string({ minLength: 1, maxLength: 100 }),
      id: fc.stringMatching(/^(_uet)?[0-9a-fA-F]{32}(-[01])?$/),
    });
    fc.assert(
      fc.property(conversions, age, age, ({ email, phone, value, occurredMs, action, id }, firstAge, secondAge) => {
        const clickedAt = new Date(occurredMs - 1).toISOString();
        const occurredAt = new Date(occurredMs).toISOString();
        const conversion = bingConversion({
          person: { email, phone },
          value,
          occurredAt,
          action,
          click: { kind: 'msclkid', id, clickedAt },
        });
        const bytesAt = (ageMs: number): string =>
          JSON.stringify(toOfflineConversion(conversion, new Date(occurredMs + ageMs), maxAgeDays));
        expect(bytesAt(firstAge)).toBe(bytesAt(secondAge));
        expect(JSON.parse(bytesAt(firstAge))).toMatchObject({ ok: true, item: { ConversionTime: occurredAt } });
      }),
    );
  });
});
