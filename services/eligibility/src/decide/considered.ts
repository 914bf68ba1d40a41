import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import { type ConversionType, clickRules, companyEvents, contactEvents, type MeasureName, platforms } from '../catalogue/index.ts';
import type { Rule } from './rule.ts';
import { thresholdName } from './score-thresholds.ts';

export type Grain = ConversionType['grain'];

/** Of each measure: what it is worth, in which currency, and when it was scored. `f` are the facts of one entity. */
const measureSql: Record<MeasureName, { value: RawBuilder<unknown>; currency?: RawBuilder<unknown>; scoredAt: RawBuilder<unknown> }> = {
  'first-payment': { value: sql`f.first_payment_value`, currency: sql`f.first_payment_currency`, scoredAt: sql`null::timestamptz` },
  'lead-index': { value: sql`f.lead_index`, scoredAt: sql`null::timestamptz` },
  cp1: { value: sql`round(f.cp1::numeric, 6)`, scoredAt: sql`f.scored_at` },
  cp3: { value: sql`round(f.cp3::numeric, 6)`, scoredAt: sql`f.scored_at` },
  'cp1-times-arpu': { value: sql`round(f.cp1::numeric * f.cp1_arpu, 2)`, scoredAt: sql`f.scored_at` },
  'cp3-times-arpu': { value: sql`round(f.cp3::numeric * f.cp3_arpu, 2)`, scoredAt: sql`f.scored_at` },
  'cp1-signup-first': { value: sql`round(f.cp1_signup_first_value, 2)`, scoredAt: sql`f.scored_at` },
  'cp3-signup-first': { value: sql`round(f.cp3_signup_first_value, 2)`, scoredAt: sql`f.scored_at` },
  combined1: { value: sql`round(f.combined1::numeric, 6)`, scoredAt: sql`f.cp_scored_at` },
  'combined1-times-acv': { value: sql`round(f.merged_combined1::numeric * f.acv, 2)`, scoredAt: sql`f.scored_at` },
  'combined3-times-acv': { value: sql`round(f.merged_combined3::numeric * f.acv, 2)`, scoredAt: sql`f.scored_at` },
  'book-a-demo-1': { value: sql`round(f.book_a_demo_1_probability_value, 2)`, scoredAt: sql`f.scored_at` },
  'book-a-demo-3': { value: sql`round(f.book_a_demo_3_probability_value, 2)`, scoredAt: sql`f.scored_at` },
};

const eventColumn = (column: string): RawBuilder<unknown> => sql.ref(`f.${column}`);

/** When the type fires for the entity of `f`, or null. */
function occurredAt({ trigger }: ConversionType, now: Date): RawBuilder<unknown> {
  if (trigger.kind === 'threshold') return sql`(f.reached ->> ${sql.lit(thresholdName(trigger))})::timestamptz`;
  if (trigger.kind === 'score') {
    const { scoredAt } = measureSql[trigger.measure];
    const happened = trigger.after.map((column) => sql`and ${eventColumn(column)} <= ${now}::timestamptz`);
    return sql`case when true ${sql.join(happened, sql` `)} then ${scoredAt} end`;
  }
  const columns = trigger.of.map(eventColumn);
  // greatest() passes over nulls; the last event must not be taken for the only one.
  const all = sql.join(
    columns.map((column) => sql`${column} is not null`),
    sql` and `,
  );
  return sql`case when ${all} then greatest(${sql.join(columns)}) + make_interval(hours => ${sql.lit(trigger.delayHours)}) end`;
}

/** One row for a type: when it fires, how old the score is, and what it is worth. */
function firing({ type }: Rule, index: number, now: Date): RawBuilder<unknown> {
  const worth = type.value === null ? null : measureSql[type.value];
  const scoredAt = type.trigger.kind === 'score' ? measureSql[type.trigger.measure].scoredAt : sql`null::timestamptz`;
  const isRefunded = type.grain === 'company' && type.value === 'first-payment' ? sql`f.refunded_at is not null` : sql`false`;
  const currency = worth?.currency ?? (worth === null ? sql`null::text` : sql`'USD'::text`);
  return sql`(${sql.lit(index)}, ${occurredAt(type, now)}, ${scoredAt}, ${worth?.value ?? sql`null::numeric`}, ${currency}, ${isRefunded})`;
}

const channels = sql`(values ${sql.join(
  platforms.map((platform) => sql`(${sql.lit(platform)}, ${sql.lit(`${clickRules[platform].channelPrefix}%`)})`),
)}) as c (platform, channel)`;

/** The type's own columns, joined to its firing by index. */
const ruleColumns = (rules: Rule[]): RawBuilder<unknown> =>
  sql`(values ${sql.join(
    rules.map(({ type }, index) => {
      const perClick = type.trigger.kind === 'score';
      return sql`(${sql.lit(index)}, ${sql.lit(type.platform)}, make_interval(hours => ${sql.lit(type.lookbackHours)}), ${sql.lit(type.trigger.kind !== 'event')}, ${sql.lit(perClick)})`;
    }),
  )}) as t (type, platform, lookback, is_scored, is_per_click)`;

const lastClicks = (owner: 'company' | 'contact', entity: RawBuilder<unknown>, now: Date) => sql`
  select jsonb_object_agg(platform, at) as last_clicks from (
    select c.platform, max(i.interacted_at) as at
    from ${sql.table(`${owner}_interactions`)} i join ${channels} on i.channel like c.channel
    where ${owner === 'company' ? sql`i.company` : sql`i.contact_id`} = ${entity} and i.channel like 'cpc-%' and i.interacted_at <= ${now}::timestamptz
    group by 1) as last`;

/** What is known of each company of `ids`. */
const companyFacts = (ids: RawBuilder<unknown>, now: Date): RawBuilder<unknown> => sql`
  select e.entity, e.entity as company, null::bigint as contact, coalesce(p.is_spam, false) as is_spam,
         coalesce(p.is_legitimate, true) as is_legitimate, p.employees_range_min, p.employees_range_max, p.country, p.refunded_at,
         ${sql.join(companyEvents.map((column) => sql.ref(`p.${column}`)))}, p.first_payment_value, p.first_payment_currency,
         s.cp1, s.cp1_arpu, s.cp3, s.cp3_arpu, s.scored_at, k.last_clicks,
         (select jsonb_object_agg(h.threshold, h.reached_at) from company_score_threshold h where h.company = e.entity) as reached
  from unnest(${ids}) as e (entity)
  left join company_profile_meta_data p on p.company = e.entity
  left join company_conversion_probability s on s.company = e.entity
  left join lateral (${lastClicks('company', sql`e.entity`, now)}) k on true`;

const contactFacts = (ids: RawBuilder<unknown>, now: Date): RawBuilder<unknown> => sql`
  select e.entity, w.company, e.entity as contact, coalesce(w.is_spam, false) or coalesce(p.is_spam, false) as is_spam,
         coalesce(p.is_legitimate, true) as is_legitimate, p.employees_range_min, p.employees_range_max, p.country,
         ${sql.join(contactEvents.map((column) => sql.ref(`w.${column}`)))}, w.lead_index,
         m.combined1_conversion_probability_predicted as merged_combined1, m.combined3_conversion_probability_predicted as merged_combined3,
         m.cp1_signup_first_value, m.cp3_signup_first_value, m.book_a_demo_1_probability_value, m.book_a_demo_3_probability_value,
         m.acv, m.scored_at, s.combined1_conversion_probability_predicted as combined1, s.scored_at as cp_scored_at, k.last_clicks
  from unnest(${ids}) as e (entity)
  left join contact_profile_metadata w on w.contact_id = e.entity
  left join company_profile_meta_data p on p.company = w.company
  left join contact_conversion_probability m on m.contact_id = e.entity
  left join contact_cp_score s on s.contact_id = e.entity
  left join lateral (${lastClicks('contact', sql`e.entity`, now)}) k on true`;

/**
 * What each rule looks at among the entities: an event that happened inside the type's window, or a score of someone who clicked
 * inside it. One row for each entity and rule, `type` being the rule's index.
 */
export function consideredSql(rules: Rule[], grain: Grain, ids: number[], now: Date): RawBuilder<unknown> {
  const entities = sql`${ids}::bigint[]`;
  const facts = grain === 'company' ? companyFacts(entities, now) : contactFacts(entities, now);
  const opensAt = sql`${now}::timestamptz - t.lookback`;
  return sql`
    select f.entity, f.company, f.contact, v.type, t.platform, t.lookback, t.is_per_click, f.is_spam, f.is_legitimate, v.is_refunded,
           f.employees_range_min, f.employees_range_max, f.country, v.occurred_at::timestamptz(3) as occurred_at,
           v.scored_at, v.value, v.currency
    from (${facts}) as f
    cross join lateral (values ${sql.join(rules.map((rule, index) => firing(rule, index, now)))})
      as v (type, occurred_at, scored_at, value, currency, is_refunded)
    join ${ruleColumns(rules)} on t.type = v.type
    where v.occurred_at <= ${now}::timestamptz
      and (v.scored_at is not null or v.occurred_at > ${opensAt})
      and (not t.is_scored or (f.last_clicks ->> t.platform)::timestamptz > ${opensAt})`;
}

/** Fills the temporary table `considered`; answers how many rows it holds. */
export async function fillConsidered(db: Database, rules: Rule[], grain: Grain, ids: number[], now: Date): Promise<number> {
  await sql`truncate considered`.execute(db);
  const { numAffectedRows } = await sql`insert into considered ${consideredSql(rules, grain, ids, now)}`.execute(db);
  return Number(numAffectedRows ?? 0);
}
