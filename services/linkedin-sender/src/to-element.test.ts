import { describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { buildConversion } from '@waybill/shared/testing';
import { toElement } from './to-element.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const whole = (changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({
    platform: 'linkedin',
    eventId: 'cv_0000000001',
    action: '21000004',
    click: null,
    person: { email: ['a'.repeat(64)], phone: [] },
    ...changes,
  });

describe('a conversion in LinkedIn’s words', () => {
  it('has its rule as a urn, its time in milliseconds, its value as text', () => {
    expect(toElement(whole(), now, 90)).toEqual({
      ok: true,
      item: {
        conversion: 'urn:lla:llaPartnerConversion:21000004',
        conversionHappenedAt: Date.parse('2026-11-19T10:00:00.000Z'),
        eventId: 'cv_0000000001',
        conversionValue: { currencyCode: 'USD', amount: '12.34' },
        user: { userIds: [{ idType: 'SHA256_EMAIL', idValue: 'a'.repeat(64) }] },
      },
    });
  });

  it('has no value where there is none', () => {
    expect(toElement(whole({ value: null }), now, 90)).toMatchObject({
      ok: true,
      item: expect.not.objectContaining({ conversionValue: expect.anything() }),
    });
  });

  it.each<[string, Partial<Conversion>, string]>([
    ['of the future', { occurredAt: '2026-11-20T12:00:00.001Z' }, 'CONVERSION_IN_FUTURE'],
    ['older than 90 days', { occurredAt: '2026-08-22T11:59:59.999Z' }, 'CONVERSION_TOO_OLD'],
    [
      'of a person who denied consent',
      { consent: { adUserData: 'denied', adPersonalization: 'unknown', limitedDataUse: null } },
      'CONSENT_DENIED',
    ],
    ['of nobody who can be found', { person: { email: [], phone: ['b'.repeat(64)] } }, 'NO_MATCH_IDENTIFIER'],
  ])('is never one %s', (_what, changes, code) => {
    expect(toElement(whole(changes), now, 90)).toMatchObject({ ok: false, outcome: { kind: 'rejected', code } });
  });

  it('still goes at exactly 90 days', () => {
    expect(toElement(whole({ occurredAt: '2026-08-22T12:00:00.000Z' }), now, 90).ok).toBe(true);
  });
});
