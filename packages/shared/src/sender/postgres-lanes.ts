import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import { type Budget, type Lanes, type Pause, slotsOfWindow } from './lanes.ts';

interface LaneRow {
  lane: string;
  kind: 'throttled' | 'config';
  code: string;
  reason: string;
  config_pauses: number;
  left_ms: number;
}

function toPause({ kind, code, reason, config_pauses: configPauses, left_ms }: LaneRow): Pause {
  const leftMs = Number(left_ms);
  return { leftMs, configPauses, because: kind === 'config' ? { kind, code, reason } : { kind, code, reason, afterMs: leftMs } };
}

async function find(db: Database, platform: string, lanes: string[]): Promise<ReadonlyMap<string, Pause>> {
  const { rows } = await sql<LaneRow>`
    select lane, kind, code, reason, config_pauses, ceil(extract(epoch from paused_until - now()) * 1000)::bigint as left_ms
    from sender_lane where platform = ${platform} and lane = any(${lanes}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.lane, toPause(row)]));
}

async function save(db: Database, platform: string, changes: ReadonlyMap<string, Pause | null>): Promise<void> {
  const opened = [...changes].flatMap(([lane, pause]) => (pause === null ? [lane] : []));
  const paused = [...changes].flatMap(([lane, pause]) => (pause === null ? [] : [{ lane, ...pause }])).sort(byLane);
  if (opened.length > 0) await sql`delete from sender_lane where platform = ${platform} and lane = any(${opened}::text[])`.execute(db);
  if (paused.length === 0) return;
  await sql`
    insert into sender_lane (platform, lane, kind, code, reason, config_pauses, paused_until, updated_at)
    select ${platform}, lane, kind, code, reason, config_pauses, now() + left_ms * interval '1 millisecond', now()
    from unnest(
      ${paused.map(({ lane }) => lane)}::text[], ${paused.map(({ because }) => because.kind)}::text[],
      ${paused.map(({ because }) => because.code)}::text[], ${paused.map(({ because }) => because.reason)}::text[],
      ${paused.map(({ configPauses }) => configPauses)}::int[], ${paused.map(({ leftMs }) => Math.ceil(leftMs))}::bigint[]
    ) as t (lane, kind, code, reason, config_pauses, left_ms)
    on conflict (platform, lane) do update
      set kind = excluded.kind, code = excluded.code, reason = excluded.reason, config_pauses = excluded.config_pauses,
          paused_until = excluded.paused_until, updated_at = now()`.execute(db);
}

const byLane = (left: { lane: string }, right: { lane: string }): number => (left.lane < right.lane ? -1 : 1);

async function claimProbe(db: Database, platform: string, lane: string, forMs: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update sender_lane set paused_until = now() + ${forMs}::bigint * interval '1 millisecond', updated_at = now()
    where platform = ${platform} and lane = ${lane} and paused_until <= now()`.execute(db);
  return numAffectedRows === 1n;
}

/** How long nothing is left of a budget, after the slots that no window holds any more are forgotten; 0 where something is. */
async function waitOf(tx: Database, platform: string, { name, requests, windowMs }: Budget): Promise<number> {
  const slotMs = windowMs / slotsOfWindow;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${platform} ${name}`}, 0))`.execute(tx);
  const current = sql`floor(extract(epoch from clock_timestamp()) * 1000 / ${slotMs}::float8)::bigint`;
  await sql`delete from sender_budget where platform = ${platform} and budget = ${name} and slot < ${current} - ${slotsOfWindow}::int`.execute(
    tx,
  );
  const { rows } = await sql<{ used: number; wait_ms: number | null }>`
    select coalesce(sum(requests), 0) as used,
           ceil((min(slot) + ${slotsOfWindow + 1}::int) * ${slotMs}::float8 - extract(epoch from clock_timestamp()) * 1000) as wait_ms
    from sender_budget where platform = ${platform} and budget = ${name}`.execute(tx);
  const [{ used, wait_ms } = { used: 0, wait_ms: 0 }] = rows;
  return Number(used) < requests ? 0 : Math.max(1, Number(wait_ms));
}

async function spend(db: Database, platform: string, budgets: Budget[]): Promise<number> {
  if (budgets.length === 0) return 0;
  return db.transaction().execute(async (tx) => {
    const waits: number[] = [];
    // One after another in one order, so that two instances cannot wait for each other.
    const ordered = budgets.toSorted((left, right) => (left.name < right.name ? -1 : 1));
    for (const budget of ordered) waits.push(await waitOf(tx, platform, budget));
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return waitMs;
    for (const { name, windowMs } of ordered) {
      await sql`
        insert into sender_budget as b (platform, budget, slot, requests)
        values (${platform}, ${name}, floor(extract(epoch from clock_timestamp()) * 1000 / ${windowMs / slotsOfWindow}::float8)::bigint, 1)
        on conflict (platform, budget, slot) do update set requests = b.requests + 1`.execute(tx);
    }
    return 0;
  });
}

/** Lanes and budgets of one platform in Postgres, by the database's clock: what one instance learns holds for all, and over a restart. */
export const postgresLanes = (db: Database, platform: string): Lanes => ({
  find: (lanes) => find(db, platform, lanes),
  save: (changes) => save(db, platform, changes),
  claimProbe: (lane, forMs) => claimProbe(db, platform, lane, forMs),
  spend: (budgets) => spend(db, platform, budgets),
});
