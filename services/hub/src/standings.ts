import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

/** Where the conversions of one type on one platform stand: candidates = sent + rejected + waiting + unclaimed. */
export interface Standing {
  platform: string;
  conversionType: string;
  candidates: number;
  published: number;
  /** Settled: taken by the platform in one of our attempts, or found there already. */
  sent: number;
  /** Messages that came again for a conversion that was settled. */
  duplicate: number;
  rejected: number;
  /** In the ledger and not settled; `config` and `held` are among them. */
  waiting: number;
  /** Waits until an account, action or token is mended. */
  config: number;
  /** Waits because no table of codes knows the platform's answer. */
  held: number;
  /** The soonest next attempt among those that wait. */
  nextRetryAt: Date | null;
  /** Candidates that no sender has taken up yet. */
  unclaimed: number;
  /** Value of what was sent, by currency. */
  value: Record<string, string>;
}

export interface ReasonCount {
  platform: string;
  kind: string;
  code: string;
  /** The latest one given with the code. */
  reason: string;
  conversions: number;
  /** Attempts that ended so. */
  attempts: number;
  lastAt: Date;
}

export interface DecisionCount {
  platform: string;
  conversionType: string;
  reason: string;
  count: number;
}

export interface Standings {
  standings: Standing[];
  /** What waits for a person now: configuration to be mended, answers that nobody knows. */
  stuck: ReasonCount[];
  /** Every ending that did not deliver, whether or not it was overcome since. */
  lastReasons: ReasonCount[];
  decisions: DecisionCount[];
}

const shownReasons = 12;

async function findByType(db: Database): Promise<Standing[]> {
  // The full join shows what a sender took up that is no candidate: it should not be there, so it must be seen.
  const { rows } = await sql<Standing>`
    with by_currency as (
      select coalesce(c.platform, d.platform) as platform, coalesce(c.conversion_type, d.conversion_type) as conversion_type, c.currency,
             count(c.event_id) as candidates, count(c.published_at) as published,
             count(*) filter (where d.state = 'settled' and d.outcome in ('delivered', 'duplicate')) as sent,
             count(*) filter (where d.state = 'settled' and d.outcome = 'rejected') as rejected,
             count(*) filter (where d.state <> 'settled') as waiting,
             count(*) filter (where d.state <> 'settled' and d.outcome = 'config') as config,
             count(*) filter (where d.state <> 'settled' and d.outcome = 'held') as held,
             min(d.retry_at) filter (where d.state = 'waiting') as next_retry_at,
             count(*) filter (where d.state is null) as unclaimed,
             sum(c.value) filter (where d.state = 'settled' and d.outcome in ('delivered', 'duplicate')) as worth
      from conversion_candidate c full join (select * from delivery where corrects is null) d on d.platform = c.platform and d.event_id = c.event_id
      group by 1, 2, 3
    ), by_type as (
      select platform, conversion_type, sum(candidates)::bigint as candidates, sum(published)::bigint as published, sum(sent)::bigint as sent,
             sum(rejected)::bigint as rejected, sum(waiting)::bigint as waiting, sum(config)::bigint as config, sum(held)::bigint as held,
             min(next_retry_at) as "nextRetryAt", sum(unclaimed)::bigint as unclaimed,
             coalesce(jsonb_object_agg(currency, worth::numeric(20, 2)::text) filter (where currency is not null and worth is not null), '{}') as value
      from by_currency group by 1, 2
    ), told_again as (
      select platform, conversion_type, count(*) as duplicate from hub_conversion_outcome where kind = 'duplicate' group by 1, 2
    )
    select b.platform, b.conversion_type as "conversionType", candidates, published, sent, coalesce(t.duplicate, 0) as duplicate, rejected,
           waiting, config, held, "nextRetryAt", unclaimed, value
    from by_type b left join told_again t using (platform, conversion_type)
    order by b.platform, b.conversion_type`.execute(db);
  return rows;
}

async function findStuck(db: Database): Promise<ReasonCount[]> {
  const { rows } = await sql<ReasonCount>`
    select platform, outcome as kind, coalesce(code, '') as code, (array_agg(coalesce(reason, '') order by updated_at desc))[1] as reason,
           count(*) as conversions, sum(attempt)::bigint as attempts, max(updated_at) as "lastAt"
    from delivery where state <> 'settled' and outcome in ('config', 'held')
    group by platform, outcome, code order by count(*) desc, platform, code limit ${shownReasons}`.execute(db);
  return rows;
}

async function findLastReasons(db: Database): Promise<ReasonCount[]> {
  const { rows } = await sql<ReasonCount>`
    select g.platform, g.kind, g.code, coalesce(o.reason, '') as reason, g.conversions, g.attempts, g.last_at as "lastAt"
    from (
      select platform, kind, code, count(distinct event_id) as conversions, count(*) as attempts, max(ended_at) as last_at
      from hub_conversion_outcome where kind not in ('delivered', 'duplicate') and code is not null
      group by platform, kind, code order by last_at desc, attempts desc, platform, code limit ${shownReasons}
    ) as g cross join lateral (
      select reason from hub_conversion_outcome
      where platform = g.platform and kind = g.kind and ended_at = g.last_at and code = g.code order by outcome_id desc limit 1
    ) as o
    order by g.last_at desc, g.attempts desc, g.platform, g.code`.execute(db);
  return rows;
}

async function findDecisions(db: Database): Promise<DecisionCount[]> {
  const { rows } = await sql<DecisionCount>`
    select split_part(conversion_type, '.', 1) as platform, conversion_type as "conversionType", reason, count
    from decision_count where count > 0 order by 1, 2, 4 desc, 3`.execute(db);
  return rows;
}

/** Where everything stands now, from the candidates, the ledger, the decisions and the outcomes that were told. */
export async function findStandings(db: Database): Promise<Standings> {
  const [standings, stuck, lastReasons, decisions] = await Promise.all([
    findByType(db),
    findStuck(db),
    findLastReasons(db),
    findDecisions(db),
  ]);
  return { standings, stuck, lastReasons, decisions };
}
