import { describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { buildConversion } from '@waybill/shared/testing';
import fc from 'fast-check';
import { type EventManner, type FacebookEvent, toEvent } from './to-event.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const dayMs = 24 * 60 * 60_000;
const occurredAt = '2026-11-19T10:00:00.000Z';
const click = { kind: 'fbclid', id: 'IwAR0_Ab-Cd', clickedAt: '2026-11-18T09:00:00.000Z' };
const clickMs = Date.parse(click.clickedAt);
const fbcOfClick = `fb.1.${clickMs}.IwAR0_Ab-Cd`;
const hash = (letter: string): string => letter.repeat(64);
const browser: Conversion['browser'] = { fbp: null, fbc: null, ipAddress: null, userAgent: null, sourceUrl: null };
const person: Conversion['person'] = { email: [], phone: [] };
const ago = (ms: number): string => new Date(now.getTime() - ms).toISOString();

const facebookConversion = (changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({ platform: 'facebook', account: '1459709444231724', action: 'Signup11', click, ...changes });

const nobody: FacebookEvent['user'] = { emails: [], phones: [], fbc: null, fbp: null, ipAddress: null, userAgent: null };
const withFbc = { ...nobody, fbc: fbcOfClick };

const examples: { sentence: string; input: Partial<Conversion>; expected: Partial<FacebookEvent> }[] = [
  {
    sentence: 'a click and a value, from one of our systems',
    input: { eventId: 'cv_0000000001' },
    expected: {
      eventName: 'Signup11',
      eventId: 'cv_0000000001',
      eventTime: Date.parse(occurredAt) / 1_000,
      actionSource: 'system_generated',
      sourceUrl: null,
      user: withFbc,
      value: { amount: 12.34, currency: 'USD' },
      limitedDataUse: 'off',
      orderId: null,
      leadSource: null,
    },
  },
  {
    sentence: 'a person who was not asked, of whose limits nothing is said',
    input: { consent: { adUserData: 'unknown', adPersonalization: 'unknown', limitedDataUse: null } },
    expected: { limitedDataUse: null },
  },
  {
    sentence: 'limited data use where Meta is to find the place by the address',
    input: {
      browser: { ...browser, ipAddress: '203.0.113.7' },
      consent: { adUserData: 'granted', adPersonalization: 'granted', limitedDataUse: { country: 0, state: 0 } },
    },
    expected: { limitedDataUse: { country: 0, state: 0 } },
  },
  {
    sentence: 'a time within a second, as whole seconds',
    input: { occurredAt: '2026-11-19T10:00:00.999Z' },
    expected: { eventTime: 1_795_082_400 },
  },
  {
    sentence: 'a page and a browser, from the website',
    input: { browser: { ...browser, userAgent: 'Mozilla/5.0', sourceUrl: 'https://example.com/pricing' } },
    expected: {
      actionSource: 'website',
      sourceUrl: 'https://example.com/pricing',
      user: { ...withFbc, userAgent: 'Mozilla/5.0' },
    },
  },
  {
    sentence: 'a browser but no page, which Meta wants of a website event',
    input: { browser: { ...browser, userAgent: 'Mozilla/5.0' } },
    expected: { actionSource: 'system_generated' },
  },
  { sentence: 'no value', input: { value: null }, expected: { value: null } },
  {
    sentence: 'a value of nothing, which is still a value',
    input: { value: { amount: '0.00', currency: 'EUR' } },
    expected: { value: { amount: 0, currency: 'EUR' } },
  },
  {
    sentence: 'limited data use in California',
    input: { consent: { adUserData: 'unknown', adPersonalization: 'unknown', limitedDataUse: { country: 1, state: 1_000 } } },
    expected: { limitedDataUse: { country: 1, state: 1_000 } },
  },
  {
    sentence: 'every identifier, as it was hashed',
    input: {
      person: {
        email: [hash('a'), hash('b')],
        phone: [hash('c')],
        firstName: hash('d'),
        lastName: hash('e'),
        city: hash('f'),
        state: hash('0'),
        zip: hash('1'),
        country: hash('2'),
        externalId: 'customer-7',
      },
      browser: { ...browser, fbp: 'fb.1.1795000000000.123', ipAddress: '203.0.113.7' },
    },
    expected: {
      user: {
        emails: [hash('a'), hash('b')],
        phones: [hash('c')],
        firstName: hash('d'),
        lastName: hash('e'),
        city: hash('f'),
        state: hash('0'),
        zip: hash('1'),
        country: hash('2'),
        externalId: 'customer-7',
        fbc: fbcOfClick,
        fbp: 'fb.1.1795000000000.123',
        ipAddress: '203.0.113.7',
        userAgent: null,
      },
    },
  },
];

const someone = { ...person, email: [hash('a')] };
const fbcs: { sentence: string; input: Partial<Conversion>; fbc: string | null }[] = [
  {
    sentence: "the browser's, where there is one",
    input: { browser: { ...browser, fbc: `fb.2.${clickMs}.AbC` } },
    fbc: `fb.2.${clickMs}.AbC`,
  },
  {
    sentence: "the browser's with the mark of Meta's parameter builder",
    input: { browser: { ...browser, fbc: `fb.1.${clickMs}.AbC.AQYBAQIA` } },
    fbc: `fb.1.${clickMs}.AbC.AQYBAQIA`,
  },
  { sentence: "the click's, where the browser's is malformed", input: { browser: { ...browser, fbc: 'fb.1.AbC' } }, fbc: fbcOfClick },
  {
    sentence: 'none for a browser cookie with seconds and no click',
    input: { click: null, browser: { ...browser, fbc: 'fb.1.1795000000.AbC' } },
    fbc: null,
  },
  { sentence: 'none for a click id of another alphabet', input: { click: { ...click, id: 'IwAR0%20x' } }, fbc: null },
  {
    sentence: 'the click of 90 days before the event',
    input: { click: { ...click, clickedAt: '2026-08-21T10:00:00.000Z' } },
    fbc: `fb.1.${Date.parse('2026-08-21T10:00:00.000Z')}.${click.id}`,
  },
  {
    sentence: 'none for a click a moment older than 90 days',
    input: { click: { ...click, clickedAt: '2026-08-21T09:59:59.999Z' } },
    fbc: null,
  },
  {
    sentence: 'the click at the very time of the event',
    input: { click: { ...click, clickedAt: occurredAt } },
    fbc: `fb.1.${Date.parse(occurredAt)}.${click.id}`,
  },
  { sentence: 'none for a click after the event', input: { click: { ...click, clickedAt: '2026-11-19T10:00:00.001Z' } }, fbc: null },
  { sentence: 'none without a click', input: { click: null }, fbc: null },
];

const refusals: { sentence: string; input: Partial<Conversion>; code: string; reason: RegExp }[] = [
  {
    sentence: 'an event a moment older than seven days',
    input: { occurredAt: ago(7 * dayMs + 1) },
    code: 'EVENT_TOO_OLD',
    reason: /7\.1 days old.*last 7 days/,
  },
  { sentence: 'an event of last month', input: { occurredAt: ago(30 * dayMs) }, code: 'EVENT_TOO_OLD', reason: /30 days old/ },
  { sentence: 'an event more than a minute ahead', input: { occurredAt: ago(-60_001) }, code: 'EVENT_IN_FUTURE', reason: /future/ },
  {
    sentence: 'a click of another platform',
    input: { click: { ...click, kind: 'gclid' } },
    code: 'CLICK_OF_ANOTHER_PLATFORM',
    reason: /gclid/,
  },
  {
    sentence: 'a person who denied consent',
    input: { consent: { adUserData: 'denied', adPersonalization: 'denied', limitedDataUse: null } },
    code: 'CONSENT_DENIED',
    reason: /denied/,
  },
  ...[
    { sentence: 'limited data use of a place that Meta is to find, without an address', country: 0, state: 0, reason: /IP address/ },
    { sentence: 'limited data use of a state that Meta is to find, without an address', country: 1, state: 0, reason: /IP address/ },
    { sentence: 'limited data use of an unheard of state', country: 1, state: 1_014, reason: /state 1014/ },
    { sentence: 'limited data use of an unheard of country', country: 2, state: 1_000, reason: /country 2/ },
  ].map(({ sentence, country, state, reason }) => ({
    ...{ sentence, reason, code: 'LIMITED_DATA_USE_UNCLEAR' },
    input: { consent: { adUserData: 'granted', adPersonalization: 'granted', limitedDataUse: { country, state } } as const },
  })),
  { sentence: 'a purchase without a value', input: { action: 'Purchase', value: null }, code: 'PURCHASE_WITHOUT_VALUE', reason: /value/ },
  { sentence: 'nothing about the person', input: { click: null }, code: 'TOO_LITTLE_USER_DATA', reason: /no click and no identifier/ },
  {
    sentence: 'a malformed click id alone',
    input: { click: { ...click, id: 'a b' } },
    code: 'CLICK_ID_UNUSABLE',
    reason: /fbc is malformed/,
  },
  {
    sentence: 'a click after the event alone',
    input: { click: { ...click, clickedAt: ago(0) } },
    code: 'CLICK_ID_UNUSABLE',
    reason: /click after the event/,
  },
  {
    sentence: 'a click of last year alone',
    input: { click: { ...click, clickedAt: '2025-11-19T10:00:00.000Z' } },
    code: 'CLICK_ID_UNUSABLE',
    reason: /more than 90 days/,
  },
];

const breadths: { sentence: string; input: Partial<Conversion>; enough: boolean }[] = [
  { sentence: 'a first name', input: { person: { ...person, firstName: hash('a') } }, enough: false },
  { sentence: 'a last name', input: { person: { ...person, lastName: hash('a') } }, enough: false },
  { sentence: 'a first and a last name', input: { person: { ...person, firstName: hash('a'), lastName: hash('b') } }, enough: true },
  {
    sentence: 'a place and a browser',
    input: {
      person: { ...person, city: hash('a'), state: hash('b'), zip: hash('c'), country: hash('d') },
      browser: { ...browser, userAgent: 'Mozilla/5.0' },
    },
    enough: false,
  },
  { sentence: 'a first name and a place', input: { person: { ...person, firstName: hash('a'), city: hash('b') } }, enough: true },
  { sentence: 'an e-mail address', input: { person: someone }, enough: true },
  { sentence: 'a phone', input: { person: { ...person, phone: [hash('a')] } }, enough: true },
  { sentence: 'an id of ours', input: { person: { ...person, externalId: hash('a') } }, enough: true },
  { sentence: "Meta's browser id", input: { browser: { ...browser, fbp: 'fb.1.1795000000000.1' } }, enough: true },
  { sentence: 'an internet address', input: { browser: { ...browser, ipAddress: '203.0.113.7' } }, enough: true },
];

describe('A conversion for Meta', () => {
  it.each(examples)('is mapped with $sentence', ({ input, expected }) => {
    expect(toEvent(facebookConversion(input), now)).toEqual({ ok: true, item: expect.objectContaining(expected) });
  });

  it.each(fbcs)('carries as fbc $sentence', ({ input, fbc }) => {
    expect(toEvent(facebookConversion({ person: someone, ...input }), now)).toMatchObject({ ok: true, item: { user: { fbc } } });
  });

  it.each(refusals)('is refused with $sentence', ({ input, code, reason }) => {
    const conversion = facebookConversion(input);
    expect(toEvent(conversion, now)).toEqual({ ok: false, outcome: { kind: 'rejected', code, reason: expect.stringMatching(reason) } });
  });

  it.each(breadths)('with nothing but $sentence is taken: $enough', ({ input, enough }) => {
    expect(toEvent(facebookConversion({ click: null, ...input }), now).ok).toBe(enough);
  });

  it.each([
    ['seven days old', 7 * dayMs],
    ['a minute ahead', -60_000],
  ])('is taken when exactly %s', (_, ms) => {
    expect(toEvent(facebookConversion({ person: someone, occurredAt: ago(ms) }), now).ok).toBe(true);
  });

  it('is the same bytes at every moment at which it may be sent, and shows no click id in a refusal', () => {
    const conversions = fc.record({
      id: fc.string({ minLength: 1, maxLength: 200 }),
      clickedAt: fc.integer({ min: -100 * dayMs, max: dayMs }).map((ms) => new Date(Date.parse(occurredAt) + ms).toISOString()),
      age: fc.integer({ min: -60_000, max: 7 * dayMs }),
    });
    fc.assert(
      fc.property(conversions, fc.integer({ min: -60_000, max: 7 * dayMs }), ({ id, clickedAt, age }, otherAge) => {
        const conversion = facebookConversion({ click: { kind: 'fbclid', id, clickedAt }, person: { ...person, firstName: hash('a') } });
        const at = (ms: number): string => JSON.stringify(toEvent(conversion, new Date(Date.parse(occurredAt) + ms)));
        expect(at(age)).toBe(at(otherAge));
        const mapped = toEvent(conversion, now);
        if (!mapped.ok) expect(mapped.outcome.reason).toMatch(/^the fbc is (malformed|of a click [a-z0-9 ]+), and nothing else/);
      }),
    );
  });
});

describe('an event that happened in a shop', () => {
  const shop = { actionSource: 'physical_store' } as const;
  it.each<[string, number, boolean]>([
    ['is taken for 62 days', 62 * dayMs, true],
    ['and no longer', 62 * dayMs + 1_000, false],
  ])('%s', (_sentence, ageMs, isTaken) => {
    const before = { ...click, clickedAt: ago(ageMs + dayMs) };
    const mapped = toEvent(facebookConversion({ occurredAt: ago(ageMs), click: before }), now, shop);
    expect(mapped.ok ? mapped.item.actionSource : mapped.outcome.code).toBe(isTaken ? 'physical_store' : 'EVENT_TOO_OLD');
  });
});

describe('an account that says where its conversions happen', () => {
  const visited = { ...browser, userAgent: 'Mozilla/5.0', sourceUrl: 'https://example.com/pricing' };
  const lead = { person: { ...person, leadId: '123456789012345' } };
  it.each<[string, EventManner['actionSource'], Partial<Conversion>, string]>([
    ['is taken at its word', 'phone_call', { browser: visited }, 'phone_call'],
    ['may say the website, where page and browser are known', 'website', { browser: visited }, 'website'],
    ['may say the website, which Meta takes with page and browser only', 'website', {}, 'system_generated'],
    ['is not asked about the stages of a lead', 'phone_call', lead, 'system_generated'],
    ['may say nothing', null, { browser: visited }, 'website'],
  ])('%s', (_sentence, actionSource, changes, expected) => {
    const mapped = toEvent(facebookConversion(changes), now, { actionSource });
    expect(mapped.ok && mapped.item.actionSource).toBe(expected);
  });
});
