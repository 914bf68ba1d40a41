import type { DecisionReason } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import type { Grain } from './considered.ts';
import type { Rule } from './rule.ts';

const ruleNames = (rules: Rule[]): RawBuilder<unknown> =>
  sql`(values ${sql.join(
    rules.map(({ type }, index) => sql`(${sql.lit(index)}, ${sql.lit(type.name)}, ${sql.lit(type.platform)}, ${sql.lit(type.version)})`),
  )}) as t (type, name, platform, version)`;

export type ReasonCounts = Partial<Record<DecisionReason, number>>;

/** Writes what `decided` holds as the latest decisions, and keeps `decision_count` in step. Answers how many rows were written. */
export async function saveDecisions(db: Database, rules: Rule[], grain: Grain, decidedAt: Date): Promise<number> {
  await sql`
    insert into decision_count as n (conversion_type, reason, count)
    select t.name, moved.reason, sum(moved.by) from (
      select type, reason, 1 as by from decided
      union all
      select d.type, old.reason, -1 from decided d join ${ruleNames(rules)} using (type)
      join conversion_decision old on old.entity_id = d.entity and old.conversion_type = t.name
    ) as moved join ${ruleNames(rules)} using (type)
    group by 1, 2 having sum(moved.by) <> 0
    on conflict (conversion_type, reason) do update set count = n.count + excluded.count`.execute(db);
  const { numAffectedRows } = await sql`
    insert into conversion_decision as old (grain, entity_id, conversion_type, reason, occurrence_key, occurred_at, value, currency, visit_id, spoken_by,
      employees_range_min, employees_range_max, country, ad_user_data, ad_personalization, rule_version, decided_at)
    select ${grain}, d.entity, t.name, d.reason, d.occurrence_key, d.occurred_at, d.value, d.currency, d.visit_id, d.spoken_by,
      d.employees_range_min, d.employees_range_max, d.country, d.ad_user_data, d.ad_personalization, t.version, ${decidedAt}::timestamptz
    from decided d join ${ruleNames(rules)} using (type)
    on conflict (entity_id, conversion_type) do update set
      reason = excluded.reason, occurrence_key = excluded.occurrence_key, occurred_at = excluded.occurred_at, value = excluded.value,
      currency = excluded.currency, visit_id = excluded.visit_id, spoken_by = excluded.spoken_by,
      employees_range_min = excluded.employees_range_min, employees_range_max = excluded.employees_range_max, country = excluded.country,
      ad_user_data = excluded.ad_user_data, ad_personalization = excluded.ad_personalization, rule_version = excluded.rule_version,
      decided_at = excluded.decided_at`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** How often each reason stands in `decided`. */
export async function countReasons(db: Database): Promise<ReasonCounts> {
  const { rows } = await sql<{ reason: DecisionReason; count: number }>`select reason, count(*) from decided group by 1`.execute(db);
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

/** An eligible decision of which no candidate is written yet, with what the conversion is built from. */
export interface NewlyEligible {
  type: number;
  entity: number;
  company: number | null;
  contact: number | null;
  occurrence_key: string;
  occurred_at: Date;
  value: string | null;
  currency: string | null;
  /** Null where the type does without. */
  click_id: string | null;
  clicked_at: Date | null;
  gclid: string | null;
  wbraid: string | null;
  gbraid: string | null;
  fbclid: string | null;
  msclkid: string | null;
  fbp: string | null;
  fbc: string | null;
  ip_address: string | null;
  user_agent: string | null;
  source_url: string | null;
  spoken_by: number | null;
  email: string | null;
  phone_number: string | null;
  first_name: string | null;
  last_name: string | null;
  city: string | null;
  state: string | null;
  zip: string | null;
  country: string | null;
  external_id: string | null;
  ad_user_data: 'granted' | 'denied' | 'unknown';
  ad_personalization: 'granted' | 'denied' | 'unknown';
}

export async function findNewlyEligible(db: Database, rules: Rule[]): Promise<NewlyEligible[]> {
  const { rows } = await sql<NewlyEligible>`
    select d.type, d.entity, d.company, d.contact, d.occurrence_key, d.occurred_at, d.value::text as value, d.currency, d.click_id,
           v.visited_at as clicked_at, v.gclid, v.wbraid, v.gbraid, v.fbclid, v.msclkid, v.fbp, v.fbc, v.ip_address, v.user_agent, v.source_url,
           d.spoken_by, w.email, case when w.phone_is_corrupted then null else w.phone_number end as phone_number,
           w.first_name, w.last_name, w.city, w.state, w.zip, d.country, w.external_id, d.ad_user_data, d.ad_personalization
    from decided d join ${ruleNames(rules)} using (type)
    left join conversion_candidate known
      on known.platform = t.platform and known.conversion_type = t.name and known.occurrence_key = d.occurrence_key
    left join visits v on v.visit_id = d.visit_id
    left join contact_profile_metadata w on w.contact_id = d.spoken_by
    where d.reason = 'eligible' and known.event_id is null
    order by d.entity, d.type`.execute(db);
  return rows;
}

/** Corrects `decided` where building the conversion found what SQL cannot see. */
export async function amendDecided(db: Database, amended: { entity: number; type: number; reason: DecisionReason }[]): Promise<void> {
  if (amended.length === 0) return;
  await sql`
    update decided d set reason = a.reason
    from unnest(${amended.map(({ entity }) => entity)}::bigint[], ${amended.map(({ type }) => type)}::integer[], ${amended.map(({ reason }) => reason)}::text[])
      as a (entity, type, reason)
    where d.entity = a.entity and d.type = a.type`.execute(db);
}
