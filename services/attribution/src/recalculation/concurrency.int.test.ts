import { beforeEach, expect, it } from '@jest/globals';
import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import fc from 'fast-check';
import { sql } from 'kysely';
import { useTestDatabase } from '../../../../infra/local/use-test-database.ts';
import {
  buildLead,
  buildLink,
  buildSession,
  buildUnlink,
  end,
  forgetAll,
  hashState,
  passDelays,
  readState,
  recalculateAll,
  runOptions,
  uuidOf,
} from '../testing.ts';
import { saveEvents } from '../tracking/save-events.ts';
import { recalculateClients } from './recalculate-clients.ts';
import { recalculateEntities } from './recalculate-entities.ts';
import { runDue } from './run-due.ts';

let db: Database;
useTestDatabase(8, (opened) => {
  db = opened;
});
beforeEach(() => forgetAll(db));

const at = (hour: number): string => new Date(Date.UTC(2026, 9, 1, hour)).toISOString();
const hour = fc.integer({ min: 0, max: 30 });
const few = fc.integer({ min: 1, max: 8 });
const link = fc
  .record({ from: few, to: few, isOfClient: fc.boolean(), hour })
  .map(({ from, to, isOfClient, hour: h }) =>
    isOfClient
      ? buildLink(3_000 + h, end.client(from), end.email(`p${to}@acme.example`), at(h))
      : buildLink(4_000 + h, end.email(`p${from}@acme.example`), end.company(40 + to), at(h)),
  );
/** Few sessions, each of many contents, and few identifiers: whoever saves meets what others save. */
const event: fc.Arbitrary<TrackingEvent> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({
        id: fc.integer({ min: 1, max: 30 }),
        hour,
        companies: fc.uniqueArray(few, { maxLength: 3 }),
        contacts: fc.uniqueArray(few, { maxLength: 3 }),
      })
      .map(({ id, hour: h, companies, contacts }) =>
        buildSession(id, (id + h) % 8, at(30 - h), { companies: companies.map((n) => 40 + n), contacts: contacts.map((n) => 70 + n) }),
      ),
  },
  fc.record({ client: few, to: few, hour, company: few }).map((one) =>
    buildLead(2_000 + one.client * 100 + one.to * 10 + one.company, one.client, `p${one.to}@acme.example`, at(one.hour), {
      company: 40 + one.company,
    }),
  ),
  link,
  fc.tuple(link, hour).map(([of, h]) => buildUnlink(5_000 + h, of, at(h))),
);

const isDeadlock = (error: unknown): boolean => (error as { code?: string }).code === '40P01';

it('batches saved and entities computed on several connections at once never wait for each other in a ring, and end in one state', async () => {
  const batches = fc.sample(fc.array(event, { minLength: 10, maxLength: 40 }), { numRuns: 250, seed: 7 });
  const waiting = [...batches];
  let deadlocks = 0;
  let isSaving = true;
  const saver = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      await saveEvents(db, batch, new Set()).catch((error: unknown) => {
        if (!isDeadlock(error)) throw error;
        deadlocks += 1;
        waiting.push(batch as TrackingEvent[]);
      });
    }
  };
  const failures: string[] = [];
  const runner = async (): Promise<void> => {
    while (isSaving) {
      await runDue(db, { ...runOptions, batch: 10 });
      const { rows } = await sql<{ problem: string }>`select problem from attribution_recalculation where problem is not null`.execute(db);
      failures.push(...rows.map(({ problem }) => problem));
    }
  };
  const saved = Promise.all([saver(), saver(), saver(), saver()]).finally(() => {
    isSaving = false;
  });
  await Promise.all([saved, runner(), runner(), runner()]);
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const met = await sql<{ deadlocks: number }>`select deadlocks from pg_stat_database where datname = current_database()`.execute(db);
  expect([deadlocks, met.rows[0]?.deadlocks, failures]).toEqual([0, 0, []]);

  await recalculateAll(db);
  await passDelays(db);
  await recalculateAll(db);
  await passDelays(db);
  await recalculateAll(db);
  const state = await readState(db);
  await forgetAll(db);
  await saveEvents(db, batches.flat(), new Set());
  await recalculateAll(db);
  expect(state).toEqual(await readState(db));
}, 120_000);

type Versions = Map<string, number>;
async function readVersions(): Promise<Versions> {
  const { rows } = await sql<{ of: string; version: number }>`
    select concat_ws(' ', 'state', kind, entity) as of, version from attribution_state
    union all select concat_ws(' ', 'resolution', client_id), version from client_resolution
    union all select concat_ws(' ', 'first', company), version from company_profile_attribution
    union all select concat_ws(' ', 'last', company), version from company_profile_attribution_last
    union all select concat_ws(' ', 'contact', contact_id), version from contact_profile_attribution_first`.execute(db);
  return new Map(rows.map(({ of, version }) => [of, version]));
}

it('several who compute the same entities at once, with events saved between, never let a version fall and end in one state', async () => {
  const clients = Array.from({ length: 9 }, (_, n) => uuidOf(n));
  const numbers = (from: number): string[] => Array.from({ length: 9 }, (_, n) => `${from + n}`);
  const computeAll = async (): Promise<void> => {
    await recalculateClients(db, clients, 'none');
    await recalculateEntities(db, 'company', numbers(40), () => []);
    await recalculateEntities(db, 'contact', numbers(70), () => []);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(event, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 5 }), async (batches) => {
      await forgetAll(db);
      let before: Versions = new Map();
      for (const batch of batches) {
        await Promise.all([computeAll(), saveEvents(db, batch, new Set()), computeAll(), runDue(db, runOptions)]);
        const after = await readVersions();
        expect([...before].filter(([of, version]) => (after.get(of) ?? Number.POSITIVE_INFINITY) < version)).toEqual([]);
        before = after;
      }
      await recalculateAll(db);
      const state = await hashState(db);
      await forgetAll(db);
      await saveEvents(db, batches.flat(), new Set());
      await recalculateAll(db);
      expect(await hashState(db)).toBe(state);
    }),
    { numRuns: 40 },
  );
}, 120_000);

/** Holds a table from all others while work goes on that needs it, until so many wait for it. */
async function whileHeld(table: string, waiters: number, work: () => Promise<unknown>[]): Promise<void> {
  let going: Promise<unknown>[] = [];
  await db.transaction().execute(async (tx) => {
    await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(tx);
    going = work();
    for (let waiting = 0; waiting < waiters; ) {
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(tx);
      waiting = rows[0]?.waiting ?? 0;
    }
  });
  await Promise.all(going);
}

it('one who read before an event is not the last to write', async () => {
  await saveEvents(db, [buildSession(1, 1, at(9), { companies: [42] })], new Set());
  const compute = () => recalculateEntities(db, 'company', ['42'], () => []);
  await whileHeld('company_profile_attribution', 2, () => {
    const early = compute();
    const later = saveEvents(db, [buildSession(2, 1, at(3), { companies: [42] })], new Set()).then(compute);
    return [early, later];
  });
  const { rows } = await sql<{ session_id: string; touches: number; isLatest: boolean }>`
    select session_id, touches, a.version = s.version as "isLatest" from company_profile_attribution a
    join attribution_state s on s.kind = 'company' and s.entity = '42'`.execute(db);
  expect(rows).toEqual([{ session_id: uuidOf(2), touches: 2, isLatest: true }]);
});

it('an interaction that is saved while its session gets another content says what the session says now', async () => {
  const link = buildLead(20, 1, 'p1@acme.example', at(5), { company: 42 });
  await saveEvents(db, [buildSession(1, 1, at(9)), link], new Set());
  await whileHeld('contact_interactions', 2, () => [
    recalculateClients(db, [uuidOf(1)], 'none'),
    saveEvents(db, [buildSession(1, 1, at(8), { msclkid: 'ab' })], new Set()),
  ]);
  await recalculateAll(db);
  const { rows } = await sql<{ channel: string }>`
    select i.channel from company_interactions i join visits v using (visit_id) where v.session_id = ${uuidOf(1)}`.execute(db);
  expect(rows).toEqual([{ channel: 'cpc-bing' }]);
});
