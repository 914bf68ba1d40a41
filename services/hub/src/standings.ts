import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

export interface Standing {
  platform: string;
  conversionType: string;
  candidates: number;
  published: number;
  /** Taken by the platform, in our own attempts or found there already. */
  sent: number;
  /** Messages that came again for a conversion that was settled. */
  duplicate: number;
  rejected: number;
  /** Kept in the ledger for a later attempt. */
  waiting: number;
  /** Value of what was sent, by currency. */
  value: Record<string, string>;
}

export interface LastReason {
  platform: string;
  kind: string;
  code: string;
  reason: string;
  count: number;
  lastAt: Date;
}

export interface DecisionCount {
  platform: string;
  conversionType: string;
  reason: string;
  count: number;
}

export interface SyncState {
  source: string;
  status: string;
  startedAt: Date;
  rowsChanged: number;
  problem: string | null;
}

export interface Standings {
  standings: Standing[];
  lastReasons: LastReason[];
  decisions: DecisionCount[];
  sync: SyncState[];
  lastEligibilityRun: { finishedAt: Date | null; considered: number; eligible: number; problem: string | null } | null;
}

async function readStandings(db: Database): Promise<Standing[]> {
  const { rows } = await sql<Standing>`
    with per_type as (
      select c.platform, c.conversion_type, count(*) as candidates, count(c.published_at) as published,
             count(*) filter (where d.outcome in ('delivered', 'duplicate')) as sent,
             count(*) filter (where d.state = 'settled' and d.outcome = 'rejected') as rejected,
             count(*) filter (where d.state <> 'settled') as waiting
      from conversion_candidate c left join delivery d on d.platform = c.platform and d.event_id = c.event_id
      group by 1, 2
    ), worth as (
      select platform, conversion_type, jsonb_object_agg(currency, total) as value from (
        select c.platform, c.conversion_type, c.currency, sum(c.value)::numeric(20, 2)::text as total
        from conversion_candidate c join delivery d on d.platform = c.platform and d.event_id = c.event_id
        where d.outcome in ('delivered', 'duplicate') and c.currency is not null group by 1, 2, 3
      ) as by_currency group by 1, 2
    ), told_again as (
      select platform, conversion_type, count(*) as duplicate from hub_conversion_outcome where kind = 'duplicate' group by 1, 2
    )
    select p.platform, p.conversion_type as "conversionType", p.candidates, p.published, p.sent, p.rejected, p.waiting,
           coalesce(t.duplicate, 0) as duplicate, coalesce(w.value, '{}') as value
    from per_type p left join worth w using (platform, conversion_type) left join told_again t using (platform, conversion_type)
    order by p.platform, p.conversion_type`.execute(db);
  return rows;
}

async function readLastReasons(db: Database): Promise<LastReason[]> {
  const { rows } = await sql<LastReason>`
    select platform, kind, code, max(reason) as reason, count(*) as count, max(ended_at) as "lastAt"
    from hub_conversion_outcome where kind not in ('delivered', 'duplicate') and code is not null
    group by platform, kind, code order by max(ended_at) desc, count(*) desc limit 12`.execute(db);
  return rows;
}

async function readDecisions(db: Database): Promise<DecisionCount[]> {
  const { rows } = await sql<DecisionCount>`
    select platform, conversion_type as "conversionType", reason, count(*) as count
    from conversion_decision group by 1, 2, 3 order by 1, 2, 4 desc`.execute(db);
  return rows;
}

async function readSync(db: Database): Promise<SyncState[]> {
  const { rows } = await sql<SyncState>`
    select distinct on (source) source, status, started_at as "startedAt", rows_changed as "rowsChanged", problem
    from sync_run order by source, started_at desc`.execute(db);
  return rows;
}

async function readLastEligibilityRun(db: Database): Promise<Standings['lastEligibilityRun']> {
  const row = await db.selectFrom('eligibility_run').selectAll().orderBy('started_at', 'desc').limit(1).executeTakeFirst();
  if (row === undefined) return null;
  return { finishedAt: row.finished_at, considered: row.considered, eligible: row.eligible, problem: row.problem };
}

/** Where everything stands now, from the ledger, the decisions and the outcomes that were told. */
export async function findStandings(db: Database): Promise<Standings> {
  const [standings, lastReasons, decisions, sync, lastEligibilityRun] = await Promise.all([
    readStandings(db),
    readLastReasons(db),
    readDecisions(db),
    readSync(db),
    readLastEligibilityRun(db),
  ]);
  return { standings, lastReasons, decisions, sync, lastEligibilityRun };
}
