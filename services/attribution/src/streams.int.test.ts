import { expect, it } from '@jest/globals';
import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import fc from 'fast-check';
import type { KyselyPlugin } from 'kysely';
import { useTestDatabase } from '../../../infra/local/use-test-database.ts';
import {
  buildLead,
  buildLink,
  buildSession,
  buildSignup,
  buildUnlink,
  end,
  forgetAll,
  hashState,
  passDelays,
  readState,
  recalculateAll,
} from './testing.ts';
import { saveEvents } from './tracking/save-events.ts';

let db: Database;
useTestDatabase(2, (opened) => {
  db = opened;
});

const at = (dayOfMonth: number, hour = 12): string => new Date(Date.UTC(2026, 9, dayOfMonth, hour)).toISOString();
const save = (to: Database, events: TrackingEvent[]) => saveEvents(to, events, new Set(['waybill.example']));

const ann = end.email('ann@acme.example');
const bob = end.email('bob@bolt.example');
const annAtAcme = buildLink(50, ann, end.company(42), at(6), { isPrimary: true, validTo: at(20) });
const wrongLink = buildLink(51, bob, end.company(42), at(6), { source: 'import' });
const [kiosk, device] = [7, 8];

/** One of everything that makes an order of arrival matter where something is wrong. */
const events: TrackingEvent[] = [
  buildSession(1, 1, at(1), { gclid: 'Cj0' }),
  buildSession(2, 1, at(9)),
  buildSession(3, 1, at(25)),
  buildSession(4, 2, at(3), { msclkid: 'ab', companies: [43], contacts: [70] }),
  // Two contents of one session: the earlier counts.
  buildSession(5, 2, at(5), { utmSource: 'newsletter', utmMedium: 'email' }),
  buildSession(5, 2, at(4), { referrer: 'https://www.google.com/' }),
  // Two of one instant, of two clients.
  buildSession(6, 3, at(8)),
  buildSession(6, 1, at(8), { utmSource: 'google', utmMedium: 'cpc' }),
  buildSession(7, kiosk, at(2)),
  buildSession(8, device, at(2)),
  buildLead(20, 1, 'Ann@Acme.example', at(5)),
  buildLead(21, 3, 'ann+news@acme.example', at(7)),
  buildLead(22, 2, 'bob@bolt.example', at(7), { sessionId: buildSession(4, 2, at(3)).sessionId }),
  buildLead(23, device, 'ann@acme.example', at(9)),
  buildLead(24, device, 'bob@bolt.example', at(9)),
  buildLead(25, 4, 'info@acme.example', at(9), { company: 44 }),
  buildLead(26, 5, 'me@gmail.com', at(9)),
  buildSignup(27, 6, 'ann@acme.example', at(10), { surface: 'mobile', app: { os: 'ios', version: '4.2' }, company: 42 }),
  // One address more than a client may have.
  ...Array.from({ length: 11 }, (_, n) => buildLead(30 + n, kiosk, `p${n}@c${n}.example`, at(5), n < 3 ? { company: 60 + n } : {})),
  annAtAcme,
  buildLink(52, ann, end.company(43), at(20), { validFrom: at(20) }),
  buildLink(53, end.domain('bolt.example'), end.company(43), at(7)),
  buildLink(54, end.domain('gmail.com'), end.company(45), at(7)),
  buildLink(55, ann, end.contact(70), at(7)),
  buildLink(56, end.client(5), end.company(46), at(7), { confidence: 0.6 }),
  wrongLink,
  buildUnlink(57, wrongLink, at(8)),
  buildLink(58, end.client(6), end.company(47), at(7), { confidence: 0.5 }),
];

/** Messages as they come: every event, some of them again, in any order and in batches of any size, with computing between. */
const arrival = fc
  .tuple(fc.shuffledSubarray(events, { minLength: events.length }), fc.array(fc.nat(events.length - 1), { maxLength: 8 }))
  .chain(([order, again]) => {
    const stream = again.reduce<TrackingEvent[]>(
      (all, place) => all.toSpliced((place * 7) % all.length, 0, events[place] as TrackingEvent),
      order,
    );
    const cuts = fc.uniqueArray(
      fc.record({ at: fc.integer({ min: 1, max: stream.length - 1 }), compute: fc.boolean(), delays: fc.boolean() }),
      {
        selector: (cut) => cut.at,
        maxLength: 5,
      },
    );
    return fc.record({ stream: fc.constant(stream), cuts });
  });

async function arrive(stream: TrackingEvent[], cuts: { at: number; compute: boolean; delays: boolean }[]): Promise<void> {
  const sorted = cuts.toSorted((left, right) => left.at - right.at);
  let from = 0;
  for (const { at: to, compute, delays } of [...sorted, { at: stream.length, compute: true, delays: true }]) {
    await save(db, stream.slice(from, to));
    if (compute) await recalculateAll(db);
    if (compute && delays) {
      await passDelays(db);
      await recalculateAll(db);
    }
    from = to;
  }
}

let expected: string | undefined;

/** The state that all events at once, in their own order, lead to. */
async function expectedState(): Promise<string> {
  if (expected === undefined) {
    await forgetAll(db);
    await save(db, events);
    await recalculateAll(db);
    expected = await hashState(db);
  }
  return expected;
}

it('the event set says something of everything', async () => {
  await expectedState();
  await forgetAll(db);
  await arrive(events, []);
  const state = (await readState(db)) as Record<string, { company?: number; channel?: string }[]>;
  expect(state.first?.map(({ company, channel }) => `${company} ${channel}`)).toMatchInlineSnapshot(`
[
  "42 cpc-google",
  "43 cpc-bing",
  "46 direct",
  "47 direct",
]
`);
  for (const [part, rows] of Object.entries(state)) expect([part, rows.length > 0]).toEqual([part, true]);
});

it('1,000 arrivals of one event set, shuffled, doubled and late, end in one state', async () => {
  const hash = await expectedState();
  await fc.assert(
    fc.asyncProperty(arrival, async ({ stream, cuts }) => {
      await forgetAll(db);
      await arrive(stream, cuts);
      expect(await hashState(db)).toBe(hash);
    }),
    { numRuns: 1_000 },
  );
}, 600_000);

/** A database of which the connection breaks before the n-th statement. */
function breaking(n: number): Database {
  let statements = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      statements += 1;
      if (statements === n) throw new Error('the connection broke');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return db.withPlugin(plugin);
}

it('a crash between any two statements, and the same events again, end in the same state', async () => {
  const hash = await expectedState();
  let crashes = 0;
  for (let n = 1; ; n++) {
    await forgetAll(db);
    const crashed = await save(breaking(n), events).then(
      () => false,
      () => true,
    );
    if (crashed) {
      crashes += 1;
      await save(db, events);
    }
    const broken = await recalculateAll(breaking(n)).then(
      () => false,
      () => true,
    );
    // What was taken and not finished is taken again when its lease ends.
    if (broken) crashes += 1;
    await passDelays(db);
    await recalculateAll(db);
    expect([n, await hashState(db)]).toEqual([n, hash]);
    if (!crashed && !broken) break;
  }
  // One at least for each statement of saving.
  expect(crashes).toBeGreaterThan(8);
}, 120_000);
