import { describe, expect, it } from '@jest/globals';
import type { Conversion, Outcome } from '@waybill/shared/conversion';
import { buildConversion } from '@waybill/shared/testing';
import { toAudit } from './to-audit.ts';
import { toEvent } from './to-event.ts';

const now = new Date('2026-11-20T00:00:00.000Z');
const hash = 'b'.repeat(64);
const click = { kind: 'gclid', id: 'EAIaIQobChMI12345', clickedAt: '2026-11-18T09:00:00.000Z' };
const restatement = { kind: 'restatement' as const, of: 'cv_original', sequence: 1, correctedAt: '2026-11-19T12:00:00.000Z' };
const map = (changes: Partial<Conversion>) => toEvent(buildConversion({ click, ...changes }), now, 90);

describe('a conversion in the words of Data Manager', () => {
  it('carries the frozen id, time, click, value and consent', () => {
    const mapped = map({ eventId: 'cv_00000000', occurredAt: '2026-11-19T10:00:00.250Z', person: { email: [hash], phone: [hash] } });
    expect(mapped).toEqual({
      ok: true,
      item: {
        action: '987650001',
        transactionId: 'cv_00000000',
        eventTimestamp: { seconds: 1_795_082_400, nanos: 250_000_000 },
        eventSource: 'WEB',
        adIdentifiers: { gclid: click.id },
        userData: { userIdentifiers: [{ emailAddress: hash }, { phoneNumber: hash }] },
        consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' },
        conversionValue: 12.34,
        currency: 'USD',
      },
    });
  });

  it('restates under the id of its original, which is what Data Manager knows it by', () => {
    expect(map({ value: { amount: '77.50', currency: 'EUR' }, correction: restatement })).toMatchObject({
      item: { transactionId: 'cv_original', conversionValue: 77.5, currency: 'EUR' },
    });
  });

  it.each<[string, Partial<Conversion>, Record<string, unknown>]>([
    [
      'an unknown consent is left out',
      { consent: { adUserData: 'unknown', adPersonalization: 'unknown', limitedDataUse: null } },
      { consent: undefined },
    ],
    [
      'a denied one is passed on',
      { consent: { adUserData: 'denied', adPersonalization: 'unknown', limitedDataUse: null } },
      { consent: { adUserData: 'CONSENT_DENIED' } },
    ],
    [
      'no identifier stands beside a wbraid',
      { click: { ...click, kind: 'wbraid' }, person: { email: [hash], phone: [] } },
      { userData: undefined, adIdentifiers: { wbraid: click.id } },
    ],
    ['without a click the identifiers do', { click: null, person: { email: [hash], phone: [] } }, { adIdentifiers: undefined }],
    ['without a value there is none', { value: null }, { conversionValue: undefined, currency: undefined }],
  ])('%s', (_sentence, changes, expected) => {
    const mapped = map(changes);
    const item: Record<string, unknown> = mapped.ok ? { ...mapped.item } : {};
    expect(mapped.ok).toBe(true);
    for (const [field, value] of Object.entries(expected)) expect(item[field]).toEqual(value);
  });

  it.each<[string, Partial<Conversion>, string]>([
    [
      'exactly 90 days old is taken',
      { occurredAt: '2026-08-22T00:00:00.000Z', click: { ...click, clickedAt: '2026-08-21T00:00:00.000Z' } },
      'ok',
    ],
    [
      'a millisecond older is not',
      { occurredAt: '2026-08-21T23:59:59.999Z', click: { ...click, clickedAt: '2026-08-21T00:00:00.000Z' } },
      'CONVERSION_TOO_OLD',
    ],
    ['the future is not', { occurredAt: '2026-11-20T00:00:00.001Z' }, 'CONVERSION_IN_FUTURE'],
    ['a conversion at its click is not', { occurredAt: click.clickedAt }, 'CONVERSION_BEFORE_CLICK'],
    ['a click id that was cut off is not', { click: { ...click, id: 'EAIa' } }, 'CLICK_ID_MALFORMED'],
    ['another platform’s click is not', { click: { ...click, kind: 'msclkid' } }, 'CLICK_OF_ANOTHER_PLATFORM'],
    ['nothing to match by is not', { click: null }, 'NO_MATCH_IDENTIFIER'],
    ['a restatement without a value is not', { value: null, correction: restatement }, 'VALUE_MISSING'],
  ])('%s', (_sentence, changes, expected) => {
    const mapped = map(changes);
    expect(mapped.ok ? 'ok' : mapped.outcome.code).toBe(expected);
  });
});

describe('the audit row', () => {
  const rejected = { kind: 'rejected', code: 'CLICK_ID_MALFORMED', reason: 'cut off' } as const;

  it('of a company stands in its own table, with the error if there was one', () => {
    expect(toAudit(buildConversion({ company: 42, click }), rejected, now)).toMatchObject({
      table: 'google_conversion',
      row: {
        company: 42,
        clid: click.id,
        clid_type: 'gclid',
        value: '12.34',
        google_ads_account_id: '3625606301',
        error: 'CLICK_ID_MALFORMED: cut off',
      },
    });
  });

  it.each<[string, Outcome, string | null]>([
    ['delivered', { kind: 'delivered', reference: null }, null],
    ['already there', { kind: 'duplicate', code: 'RESTATEMENT_ALREADY_EXISTS', reason: '' }, null],
    ['never sent', { kind: 'duplicate', code: 'SUPERSEDED', reason: 'a later one' }, 'SUPERSEDED: a later one'],
  ])('of a correction that was %s says what it is, its value, and why it is not there', (_sentence, outcome, error) => {
    const row = { correction: 'restatement', value: '77.50', error };
    const correction = buildConversion({ value: { amount: '77.50', currency: 'USD' }, correction: restatement });
    expect(toAudit(correction, outcome, now)).toMatchObject({ row });
  });

  it('without a company is a generic one', () => {
    const audit = toAudit(buildConversion({ company: null, contact: 7 }), { kind: 'delivered', reference: 'r' }, now);
    expect(audit).toMatchObject({ table: 'generic_conversions', row: { platform: 'google', contact: 7, error: null } });
  });
});
