import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import { sessionStartedSchema, type TrackingEvent, trackingEventSchema } from '@waybill/shared/messages';
import { generateInput } from './generated.ts';
import { clockAfter, expectedPaid, readJourneys, toInput } from './journeys.ts';

const now = new Date('2026-11-20T12:00:00.000Z');

describe('the invented company', () => {
  it('is the same to the byte for the same seed, and another for another', () => {
    const again = { seed: 3, companies: 50, now };
    expect(generateInput(again)).toEqual(generateInput(again));
    expect(generateInput(again).sessions).not.toEqual(generateInput({ ...again, seed: 4 }).sessions);
  });

  it('is labelled as invented, and its sessions fit the message', () => {
    const input = generateInput({ seed: 1, companies: 50, now });
    expect(input.label).toContain('generated');
    expect(input.sessions.filter((session) => !sessionStartedSchema.safeParse(session).success)).toEqual([]);
    expect(input.sessions.every(({ startedAt }) => new Date(startedAt) <= now)).toBe(true);
  });
});

/** The address's hash, and its domain, as an event tells them. */
function personOf(event: TrackingEvent): { client: string; email: string; domain: string } | null {
  if (event.kind !== 'lead-captured' && event.kind !== 'signup-completed') return null;
  const [, hash, domain = ''] = /^sha256:(.{64})@(.+)$/.exec(event.email) ?? [];
  const email = hash ?? hashIdentifier(event.email.toLowerCase());
  return { client: event.clientId, email, domain: domain || event.email.slice(event.email.indexOf('@') + 1) };
}

describe('what the invented company’s tracker and CRM tell of people', () => {
  const input = generateInput({ seed: 1, companies: 300, now });
  const people = input.events.flatMap((event) => personOf(event) ?? []);
  const takenBack = new Set(input.events.flatMap((event) => (event.kind === 'identity-unlinked' ? [event.from.value] : [])));
  const links = input.events.flatMap((event) => (event.kind === 'identity-linked' && event.source === 'crm' ? [event] : []));
  const linkedTo = (type: string) =>
    new Map(links.flatMap(({ from, to }) => (to.type === type ? [[from.value, Number(to.value)] as const] : [])));
  const companyOf = linkedTo('company');
  const contactOf = new Map([...linkedTo('contact')].map(([email, contact]) => [hashIdentifier(email), contact]));
  const found = (client: string) => people.filter((person) => person.client === client);

  it('fits the messages, ends by now, and is of every kind', () => {
    const refused = input.events.flatMap((event) => trackingEventSchema.safeParse(event).error?.message ?? []);
    expect(refused).toEqual([]);
    const kinds = new Set(input.events.map((event) => (event.kind === 'signup-completed' ? event.surface : event.kind)));
    expect([...kinds].sort()).toEqual(['identity-linked', 'identity-unlinked', 'lead-captured', 'mobile', 'session-started', 'web']);
    const instants = input.events.flatMap((event) =>
      Object.entries(event).flatMap(([name, value]) => (/At$/.test(name) ? [String(value)] : [])),
    );
    expect(instants.every((instant) => new Date(instant) <= now)).toBe(true);
  });

  it('comes late and twice in part, and loses nothing', () => {
    const texts = input.events.map((event) => JSON.stringify(event));
    expect(new Set(texts).size).toBeLessThan(texts.length);
    expect(input.sessions.every((session) => texts.includes(JSON.stringify(session)))).toBe(true);
    const first = input.events.findIndex(({ kind }) => kind === 'identity-linked');
    expect(input.events.slice(first).some(({ kind }) => kind === 'session-started')).toBe(true);
    expect(generateInput({ seed: 1, companies: 300, now }).events).toEqual(input.events);
  });

  it('says of a session that the tracker names nothing else than the tracker', () => {
    const named = input.sessions.filter(({ companies }) => companies.length > 0);
    const wrong = named.filter(({ clientId, companies, contacts }) =>
      found(clientId).some(({ email, domain }) => {
        const contact = contactOf.get(email);
        return companyOf.get(domain) !== companies[0] || (contact !== undefined && contact !== contacts[0]);
      }),
    );
    expect(named.length).toBeGreaterThan(900);
    expect(wrong).toEqual([]);
    expect(takenBack.size).toBeGreaterThan(0);
  });

  it('alone tells of some sessions whose they are, by an address of one company each', () => {
    const strangers = input.sessions.filter(({ companies }) => companies.length === 0);
    expect(strangers.length).toBeGreaterThan(20);
    expect(
      strangers.every(({ clientId }) => found(clientId).length > 0 && found(clientId).every(({ domain }) => companyOf.has(domain))),
    ).toBe(true);
  });
});

const schema = `
  create table session_sources (session_id text, user_id text, event_date text, event_time text, channel_name text, holder_engagement int, closer_engagement int, impression_interaction int);
  create table conversions (conv_id text, user_id text, conv_date text, conv_time text, revenue real);`;

function writeFile(sql: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'waybill-journeys-')), 'journeys.db');
  const file = new DatabaseSync(path);
  file.exec(sql);
  file.close();
  return path;
}

describe('recorded journeys', () => {
  const path = writeFile(`${schema}
    insert into session_sources values
      ('s1', 'u1', '2023-09-01', '10:00:00', 'Performance Max', 1, 0, 0), ('s2', 'u1', '2023-09-02', '10:00:00', 'FB & IG Ads', 1, 0, 0),
      ('s3', 'u1', '2023-09-03', '10:00:00', 'Microsoft Ads', 1, 0, 0), ('s4', 'u2', '2023-09-03', '10:00:00', 'Newsletter & Email', 1, 0, 0),
      ('broken', 'u2', '03.09.2023', '10:00:00', 'YouTube Ads', 1, 0, 0);
    insert into conversions values ('c1', 'u1', '2023-09-03', '10:00:00', 19.99), ('c2', 'u2', '2023-09-04', '10:00:00', 5);`);
  const journeys = readJourneys(path);

  it('name the rows that cannot be read and keep the others', () => {
    expect(journeys.sessions).toHaveLength(4);
    expect(journeys.refused).toEqual([expect.stringContaining('session_sources broken: event_date')]);
  });

  it('become paid companies with their own time and value, and sessions with a click of the platform', () => {
    const input = toInput(journeys);
    expect(input.companies[0]).toMatchObject({ first_paid_at: '2023-09-03T10:00:00.000Z', first_payment_value: '19.9900' });
    expect(input.sessions.map(({ gclid, fbclid, msclkid }) => [gclid, fbclid, msclkid].map((id) => id !== null))).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
      [false, false, false],
    ]);
    expect(input.sessions.filter((session) => !sessionStartedSchema.safeParse(session).success)).toEqual([]);
  });

  it('are expected where a click came strictly before the conversion', () => {
    const one = { accepted: 1, cents: 1_999 };
    expect(clockAfter(journeys)).toBe('2023-09-05T00:00:00.000Z');
    expect(expectedPaid(journeys, clockAfter(journeys))).toEqual({ google: one, facebook: one, bing: { accepted: 0, cents: 0 } });
  });

  it('say which table or file is missing', () => {
    expect(() => readJourneys('/nowhere/journeys.db')).toThrow('there is no such file');
    expect(() => readJourneys(writeFile('create table session_sources (session_id text);'))).toThrow(
      /must have a table session_sources with the columns session_id, user_id/,
    );
  });
});
