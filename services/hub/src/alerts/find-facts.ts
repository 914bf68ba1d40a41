import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { Backlog, PausedLane, RecalculationBacklog, ScoreAge, Waiting } from './decide-findings.ts';
import type { Volume } from './decide-volume.ts';

/** Conversions are decided some time after they happened; the last hours are not judged yet. */
const settlingHours = 3;
const days = 15;

/** Candidates of each type in each of the last days, a day ending three hours ago, the latest first, back to the type's first. */
export async function findVolumes(db: Database, now: Date): Promise<Volume[]> {
  const { rows } = await sql<{ conversion_type: string; per_day: number[] }>`
    with counted as (
      select conversion_type, floor(extract(epoch from ${now}::timestamptz - make_interval(hours => ${settlingHours}) - occurred_at) / 86400)::int as ago,
             count(*)::int as count
      from conversion_candidate
      where occurred_at > ${now}::timestamptz - make_interval(days => ${days}, hours => ${settlingHours})
        and occurred_at <= ${now}::timestamptz - make_interval(hours => ${settlingHours})
      group by 1, 2
    ), known as (select conversion_type, max(ago) as oldest from counted group by 1)
    select k.conversion_type, array_agg(coalesce(c.count, 0) order by d.ago) as per_day
    from known k cross join lateral generate_series(0, k.oldest) as d (ago)
    left join counted c on c.conversion_type = k.conversion_type and c.ago = d.ago
    group by k.conversion_type order by k.conversion_type`.execute(db);
  return rows.map(({ conversion_type, per_day }) => ({ conversionType: conversion_type, perDay: per_day }));
}

/** The newest score of each table that has any. */
export async function findScoreAges(db: Database): Promise<ScoreAge[]> {
  const { rows } = await sql<ScoreAge>`
    select * from (
      select 'company_conversion_probability' as table, max(scored_at) as "scoredAt" from company_conversion_probability
      union all select 'contact_cp_score', max(scored_at) from contact_cp_score
      union all select 'contact_acv_score', max(scored_at) from contact_acv_score
    ) as ages where "scoredAt" is not null`.execute(db);
  return rows;
}

/** The lanes that stand still now. */
export async function findPausedLanes(db: Database): Promise<PausedLane[]> {
  const { rows } = await sql<PausedLane>`
    select platform, lane, kind, reason, config_pauses as "configPauses", paused_until as until
    from sender_lane where paused_until > now() or kind = 'config' order by platform, lane`.execute(db);
  return rows;
}

/** What waits for a person, by code. */
export async function findWaiting(db: Database): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select platform, coalesce(code, '') as code, max(reason) as reason, count(*) as count, min(first_claimed_at) as since
    from delivery where state <> 'settled' and outcome in ('config', 'held') group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}

/** What should have gone on by now, by platform. */
export async function findBacklogs(db: Database, now: Date): Promise<Backlog[]> {
  const { rows } = await sql<Backlog>`
    with candidates as (
      select c.platform,
             count(*) filter (where c.published_at is null and c.decided_at < now() - interval '15 minutes') as unpublished,
             count(*) filter (where d.event_id is null and c.published_at < now() - interval '15 minutes') as "notTakenUp",
             count(*) filter (where d.state is distinct from 'settled' and c.occurred_at < ${now}::timestamptz - interval '5 days') as "nearlyTooOld"
      from conversion_candidate c left join delivery d on d.platform = c.platform and d.event_id = c.event_id group by 1
    ), settled as (
      select platform, count(*) as "settledToday", count(*) filter (where outcome = 'rejected') as "rejectedToday"
      from delivery where state = 'settled' and updated_at > now() - interval '1 day' group by 1
    )
    select c.*, coalesce(s."settledToday", 0) as "settledToday", coalesce(s."rejectedToday", 0) as "rejectedToday"
    from candidates c left join settled s using (platform) order by c.platform`.execute(db);
  return rows;
}

/** What is due for longer is late; attribution looks every second. */
export const lateMinutes = 10;
/** So often in a row an entity has failed when somebody must look: with attribution's pauses that is after a minute. */
const failingAttempts = 5;

/** What attribution should have computed by now, by kind. */
export async function findRecalculationBacklogs(db: Database): Promise<RecalculationBacklog[]> {
  const { rows } = await sql<RecalculationBacklog>`
    select kind, count(*) filter (where is_late) as overdue, min(due_at) filter (where is_late) as since, count(*) filter (where is_failing) as failing,
           (array_agg(jsonb_build_object('entity', entity, 'attempts', attempts, 'problem', problem) order by attempts desc, entity)
            filter (where is_failing))[1] as example
    from (select *, due_at < now() - make_interval(mins => ${lateMinutes}) as is_late, attempts >= ${failingAttempts} as is_failing
          from attribution_recalculation) as r
    where is_late or is_failing group by kind order by kind`.execute(db);
  return rows;
}
