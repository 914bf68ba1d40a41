import { expect, it } from '@jest/globals';
import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import fc from 'fast-check';
import { sql } from 'kysely';
import { useTestDatabase } from '../../../../infra/local/use-test-database.ts';
import { trigger } from '../recalculation/tasks.ts';
import {
  buildLead,
  buildLink,
  buildSession,
  buildSignup,
  buildUnlink,
  end,
  forgetAll,
  hashState,
  readState,
  recalculateAll,
} from '../testing.ts';
import { saveEvents } from '../tracking/save-events.ts';

let db: Database;
useTestDatabase(2, (opened) => {
  db = opened;
});

const save = (events: TrackingEvent[]) => saveEvents(db, events, new Set(['waybill.example']));

async function recalculateEveryClient(): Promise<void> {
  const { rows } = await sql<{ entity: string }>`
    select value as entity from identity_node where type = 'client' union select client_id::text from visits`.execute(db);
  await trigger(
    db,
    rows.map(({ entity }) => ({ kind: 'client', entity, causes: [] })),
  );
  await recalculateAll(db);
}

type LinkEvent = ReturnType<typeof buildLink>;

const at = (hour: number): string => new Date(Date.UTC(2026, 9, 1, hour)).toISOString();
const hour = fc.integer({ min: 0, max: 40 });
const client = fc.integer({ min: 1, max: 6 });
const company = fc.integer({ min: 40, max: 43 });
const contact = fc.integer({ min: 70, max: 72 });
// A person's, another one's, a role's, a free mailbox and one of our own.
const email = fc.constantFrom('ann@acme.example', 'bob@bolt.example', 'info@acme.example', 'me@gmail.com', 'eve@waybill.example');
const domain = fc.constantFrom('acme.example', 'bolt.example', 'gmail.com');
const source = fc.constantFrom('crm', 'import', 'lead');
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null, freq: 3 });

const someEnd = {
  client: client.map(end.client),
  email: email.map(end.email),
  domain: domain.map(end.domain),
  company: company.map(end.company),
  contact: contact.map(end.contact),
};
const ends = fc.oneof(
  fc.tuple(someEnd.client, fc.oneof(someEnd.email, someEnd.company)),
  fc.tuple(someEnd.email, fc.oneof(someEnd.domain, someEnd.contact, someEnd.company)),
  fc.tuple(someEnd.domain, someEnd.company),
);

/** Events of few ids, so that they collide; the ids of those that are made anew follow from their place. */
type EventAt = (place: number) => TrackingEvent;
const session: fc.Arbitrary<EventAt> = fc
  .record({
    id: fc.integer({ min: 1, max: 8 }),
    client,
    hour,
    companies: fc.array(company, { maxLength: 1 }),
    gclid: orNull(fc.constant('Cj0')),
  })
  .map((one) => () => buildSession(one.id, one.client, at(one.hour), { companies: one.companies, gclid: one.gclid }));
const lead: fc.Arbitrary<EventAt> = fc
  .record({ client, email, hour, company: orNull(company), contact: orNull(contact), isSignup: fc.boolean() })
  .map((one) => (place) => {
    const build = one.isSignup ? buildSignup : buildLead;
    return build(200 + place, one.client, one.email, at(one.hour), { company: one.company, contact: one.contact });
  });
const link: fc.Arbitrary<EventAt> = fc
  .record({
    ...{ ends, source, hour, confidence: fc.constantFrom(1, 1, 0.5), isPrimary: fc.boolean() },
    validity: fc.oneof({ weight: 3, arbitrary: fc.constant([null, null]) }, fc.tuple(hour, fc.integer({ min: 41, max: 60 }))),
  })
  .map(({ ends: [from, to], validity, ...one }) => (place) => {
    const [validFrom, validTo] = validity.map((instant) => (instant === null ? null : at(instant % 45)));
    const isPossible = validFrom === null || validTo === null || (validFrom ?? '') < (validTo ?? '');
    return buildLink(400 + place, from, to, at(one.hour), {
      ...{ source: one.source, confidence: one.confidence, isPrimary: one.isPrimary },
      ...(isPossible ? { validFrom: validFrom ?? null, validTo: validTo ?? null } : {}),
    });
  });
const unlink: fc.Arbitrary<EventAt> = fc.record({ ends, source, hour }).map(({ ends: [from, to], ...one }) => (place) => {
  return buildUnlink(600 + place, buildLink(0, from, to, at(0), { source: one.source }), at(one.hour));
});
const anything = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: session },
      { weight: 3, arbitrary: lead },
      { weight: 4, arbitrary: link },
      { weight: 3, arbitrary: unlink },
    ),
    {
      ...{ minLength: 2, maxLength: 24 },
    },
  )
  .map((events) => events.map((build, place) => build(place)));

/** Nodes that may have so many neighbours of a type, or links, with the ends of the n-th. */
const crowds: { most: number; linkTo(n: number): [from: LinkEvent['from'], to: LinkEvent['to'], source?: string] }[] = [
  { most: 10, linkTo: (n) => [end.client(1), end.email(`p${n}@acme.example`)] },
  { most: 10, linkTo: (n) => [end.client(1), end.company(100 + n)] },
  { most: 30, linkTo: (n) => [end.client(n + 1), end.email('ann@acme.example')] },
  { most: 10, linkTo: (n) => [end.email('ann@acme.example'), end.company(100 + n)] },
  { most: 10, linkTo: (n) => [end.email('ann@acme.example'), end.contact(100 + n)] },
  { most: 10, linkTo: (n) => [end.domain('acme.example'), end.company(100 + n)] },
  { most: 299, linkTo: (n) => [end.client((n % 25) + 1), end.email('ann@acme.example'), `import-${n}`] },
];
/** Events in any order, in batches. */
const arrivalOf = (events: fc.Arbitrary<TrackingEvent[]>, batches: number) =>
  events
    .chain((all) =>
      fc.tuple(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.uniqueArray(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: batches - 1 }),
      ),
    )
    .map(([order, cuts]) => {
      const bounds = [0, ...cuts.sort((left, right) => left - right), order.length];
      return bounds.slice(1).map((to, place) => order.slice(bounds[place], to));
    });

/**
 * A crowd of nearly as many as may be, known by one or several sources; then, bit by bit, some more or some taken back, what they lead to, and
 * what is around.
 */
const crowd = fc
  .record({
    of: fc.constantFrom(...crowds),
    less: fc.integer({ min: -2, max: 2 }),
    sources: fc.subarray(['crm', 'import', 'lead', 'form', 'chat'], { minLength: 1 }),
    taken: fc.integer({ min: 0, max: 3 }),
    added: fc.integer({ min: 0, max: 3 }),
    around: anything,
  })
  .chain(({ of, less, sources, taken, added, around }) => {
    const size = of.most - less;
    const linkTo = (n: number) => {
      const [from, to, own] = of.linkTo(n);
      return (own === undefined ? sources : [own]).map((by, place) =>
        buildLink(1_000 + 10 * n + place, from, to, at(n % 30), { source: by }),
      );
    };
    const links = Array.from({ length: size }, (_, n) => linkTo(n));
    const unlinks = links.slice(0, taken).flat();
    const later: TrackingEvent[] = [
      buildSession(1, 1, at(3)),
      buildSession(2, 2, at(4)),
      buildSession(3, 25, at(4)),
      buildLead(199, 2, 'ann@acme.example', at(5), { company: 40, contact: 70 }),
      buildLink(6_000, end.client(3), end.email('p1@acme.example'), at(5)),
      buildLink(6_001, end.domain('acme.example'), end.company(41), at(5)),
      ...unlinks.map((one, n) => buildUnlink(5_000 + n, one, at(35))),
      ...Array.from({ length: added }, (_, n) => linkTo(size + n)).flat(),
      ...around.slice(0, 4),
    ];
    return arrivalOf(fc.constant(later), 6).map((batches): TrackingEvent[][] => [links.flat(), ...batches]);
  });

/** The longest way that is followed, and one longer: made and taken back link by link, in any order. */
const longWay = fc.subarray([0, 1, 2, 3, 4, 5, 6]).chain((taken) => {
  const links = [
    buildLink(10, end.client(1), end.email('ann@acme.example'), at(1)),
    buildLink(11, end.client(2), end.email('ann@acme.example'), at(2)),
    buildLink(12, end.client(2), end.email('bob@bolt.example'), at(3)),
    buildLink(13, end.email('bob@bolt.example'), end.domain('bolt.example'), at(4)),
    buildLink(14, end.domain('bolt.example'), end.company(42), at(5)),
    buildLink(15, end.client(3), end.email('ann@acme.example'), at(6)),
    buildLink(16, end.client(3), end.company(43), at(7), { confidence: 0.5 }),
  ];
  const sessions = [1, 2, 3, 4].map((n) => buildSession(n, n, at(n)));
  const unlinks = taken.map((n) => buildUnlink(20 + n, links[n] as LinkEvent, at(9)));
  return arrivalOf(fc.constant([...sessions, ...links, ...unlinks]), 18);
});

/** After each batch, what was computed of those concerned is what computing everybody gives; and in the end what all at once gives. */
async function expectExact(batches: TrackingEvent[][]): Promise<void> {
  await forgetAll(db);
  for (const batch of batches) {
    await save(batch);
    await recalculateAll(db);
    const incremental = await readState(db);
    await recalculateEveryClient();
    expect(incremental).toEqual(await readState(db));
  }
  const incremental = await hashState(db);
  await forgetAll(db);
  await save(batches.flat());
  await recalculateAll(db);
  expect(incremental).toBe(await hashState(db));
}

it('events one by one end in the state of all at once, and never leave out a client whom they concern', async () => {
  await fc.assert(fc.asyncProperty(arrivalOf(anything, 24), expectExact), { numRuns: 60 });
}, 120_000);

it('events in batches do so', async () => {
  await fc.assert(fc.asyncProperty(arrivalOf(anything, 3), expectExact), { numRuns: 100 });
}, 120_000);

it('crowds that come to be shared, or cease to be, by links and unlinks do so', async () => {
  await fc.assert(fc.asyncProperty(crowd, expectExact), { numRuns: 100 });
}, 120_000);

it('a way as long as may be, link by link, does so', async () => {
  await fc.assert(fc.asyncProperty(longWay, expectExact), { numRuns: 40 });
}, 120_000);
