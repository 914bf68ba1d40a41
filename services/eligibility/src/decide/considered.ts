import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import { type ConversionType, clickRuleOf, companyEvents, contactEvents, type MeasureName, platforms } from '../catalogue/index.ts';
import type { Rule } from './rule.ts';
import { type CompanyMeasure, companyMeasures } from './score-peaks.ts';

export type Grain = ConversionType['grain'];

interface Worth {
  value: RawBuilder<unknown>;
  currency?: RawBuilder<unknown>;
  scoredAt: RawBuilder<unknown>;
}

/** Of each measure: what it is worth, in which currency, and when it was scored. `f` are the facts of one entity. */
const measureSql: Record<MeasureName, Worth> = {
  'first-payment': { value: sql`f.first_payment_value`, currency: sql`f.first_payment_currency`, scoredAt: sql`null::timestamptz` },
  'lead-index': { value: sql`f.lead_index`, scoredAt: sql`null::timestamptz` },
  ...(Object.fromEntries(
    Object.entries(companyMeasures).map(([name, { peak }]) => [name, { value: sql.ref(`f.${peak}`), scoredAt: sql`f.scored_at` }]),
  ) as Record<CompanyMeasure, Worth>),
  'cp1-signup-first': { value: sql`round(f.cp1_signup_first_value, 2)`, scoredAt: sql`f.scored_at` },
  'cp3-signup-first': { value: sql`round(f.cp3_signup_first_value, 2)`, scoredAt: sql`f.scored_at` },
  combined1: { value: sql`round(f.combined1::numeric, 6)`, scoredAt: sql`f.cp_scored_at` },
  'combined1-times-acv': { value: sql`round(f.merged_combined1::numeric * f.acv, 2)`, scoredAt: sql`f.scored_at` },
  'combined3-times-acv': { value: sql`round(f.merged_combined3::numeric * f.acv, 2)`, scoredAt: sql`f.scored_at` },
  'book-a-demo-1': { value: sql`round(f.book_a_demo_1_probability_value, 2)`, scoredAt: sql`f.scored_at` },
  'book-a-demo-3': { value: sql`round(f.book_a_demo_3_probability_value, 2)`, scoredAt: sql`f.scored_at` },
};

type Threshold = Extract<ConversionType['trigger'], { kind: 'threshold' }>;
const reachedColumn = ({ measure, atLeast }: Threshold): string => `${measure}>=${atLeast}`;

/** When each threshold of the rules was first reached: a column for each. */
function reachedColumns(rules: Rule[]): RawBuilder<unknown> {
  const thresholds = new Map(
    rules.flatMap(({ type: { trigger } }) => (trigger.kind === 'threshold' ? [[reachedColumn(trigger), trigger] as const] : [])),
  );
  const columns = [...thresholds].map(([name, { measure, atLeast }]) => {
    const { peak } = companyMeasures[measure as CompanyMeasure];
    return sql`min(h.reached_at) filter (where ${sql.ref(`h.${peak}`)} >= ${sql.lit(atLeast)}) as ${sql.id(name)}`;
  });
  return sql.join([sql`min(h.reached_at) as first_peak_at`, ...columns]);
}

const eventColumn = (column: string): RawBuilder<unknown> => sql.ref(`f.${column}`);

/** When the type fires for the entity of `f`, or null. */
function occurredAt({ trigger }: ConversionType, now: Date): RawBuilder<unknown> {
  if (trigger.kind === 'threshold') return sql`f.${sql.id(reachedColumn(trigger))}`;
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

/** As of when the types look, and how far back. */
export interface View {
  now: Date;
  /** Null: each type's own lookback window. */
  backHours: number | null;
}

const windowStart = (type: ConversionType, { now, backHours }: View) =>
  sql`${now}::timestamptz - make_interval(hours => ${sql.lit(backHours ?? type.lookbackHours)})`;
const lookback = ({ lookbackHours }: ConversionType) => sql`make_interval(hours => ${sql.lit(lookbackHours)})`;

/** What the rule looks at: an event that happened inside the type's window, or a score of someone who clicked inside it. */
function consideredByRule({ type }: Rule, index: number, view: View): RawBuilder<unknown> {
  const worth = type.value === null ? null : measureSql[type.value];
  const { now } = view;
  const firedAt = occurredAt(type, now);
  const isScore = type.trigger.kind === 'score';
  const scoredAt = type.trigger.kind === 'score' ? measureSql[type.trigger.measure].scoredAt : sql`null::timestamptz`;
  const isRefunded = type.grain === 'company' && type.value === 'first-payment' ? sql`f.refunded_at is not null` : sql`false`;
  const currency = worth === null ? sql`null::text` : (worth.currency ?? sql`'USD'::text`);
  const opensAt = windowStart(type, view);
  const isFresh = isScore ? sql`` : sql`and ${firedAt} > ${opensAt}`;
  const hasClicked = type.trigger.kind === 'event' ? sql`` : sql`and ${sql.ref(`f.clicked_${type.platform}`)} > ${opensAt}`;
  return sql`
    select f.entity, f.company, f.contact, ${sql.lit(index)}::integer as type, ${sql.lit(type.platform)}::text as platform, ${lookback(type)} as lookback,
           ${sql.lit(isScore)}::boolean as is_per_click, f.is_spam, f.is_legitimate, ${isRefunded} as is_refunded, f.employees_range_min,
           f.employees_range_max, f.country, ${firedAt}::timestamptz(3) as occurred_at, ${scoredAt}::timestamptz(3) as scored_at,
           ${worth?.value ?? sql`null::numeric`} as value, ${currency} as currency
    from f where ${firedAt} <= ${now}::timestamptz ${isFresh} ${hasClicked}`;
}

/** The last paid visit of each platform up to now. */
const lastClicks = (grain: Grain, now: Date) => sql`
  select ${sql.join(
    platforms.map(
      (platform) =>
        sql`max(i.interacted_at) filter (where i.channel like ${sql.lit(`${clickRuleOf(platform).channelPrefix}%`)}) as ${sql.ref(`clicked_${platform}`)}`,
    ),
  )}
  from ${sql.table(`${grain}_interactions`)} i
  where ${grain === 'company' ? sql`i.company` : sql`i.contact_id`} = e.entity and i.channel like 'cpc-%' and i.interacted_at <= ${now}::timestamptz`;

/** What is known of each company of `ids`. */
const companyFacts = (rules: Rule[], ids: RawBuilder<unknown>, now: Date): RawBuilder<unknown> => sql`
  select e.entity, e.entity as company, null::bigint as contact, coalesce(p.is_spam, false) as is_spam,
         coalesce(p.is_legitimate, true) as is_legitimate, p.employees_range_min, p.employees_range_max, p.country, p.refunded_at,
         ${sql.join(companyEvents.map((column) => sql.ref(`p.${column}`)))}, p.first_payment_value, p.first_payment_currency,
         ${sql.join(Object.values(companyMeasures).map(({ peak, score }) => sql`${score} as ${sql.ref(peak)}`))}, s.scored_at, h.*, k.*
  from unnest(${ids}) as e (entity)
  left join company_profile_meta_data p on p.company = e.entity
  left join company_conversion_probability s on s.company = e.entity
  left join lateral (select ${reachedColumns(rules)} from company_score_peak h where h.company = e.entity) h on true
  left join lateral (${lastClicks('company', now)}) k on true`;

const contactFacts = (ids: RawBuilder<unknown>, now: Date): RawBuilder<unknown> => sql`
  select e.entity, w.company, e.entity as contact, coalesce(w.is_spam, false) or coalesce(p.is_spam, false) as is_spam,
         coalesce(p.is_legitimate, true) as is_legitimate, p.employees_range_min, p.employees_range_max, p.country,
         ${sql.join(contactEvents.map((column) => sql.ref(`w.${column}`)))}, w.lead_index,
         m.combined1_conversion_probability_predicted as merged_combined1, m.combined3_conversion_probability_predicted as merged_combined3,
         m.cp1_signup_first_value, m.cp3_signup_first_value, m.book_a_demo_1_probability_value, m.book_a_demo_3_probability_value,
         m.acv, m.scored_at, s.combined1_conversion_probability_predicted as combined1, s.scored_at as cp_scored_at, k.*
  from unnest(${ids}) as e (entity)
  left join contact_profile_metadata w on w.contact_id = e.entity
  left join company_profile_meta_data p on p.company = w.company
  left join contact_conversion_probability m on m.contact_id = e.entity
  left join contact_cp_score s on s.contact_id = e.entity
  left join lateral (${lastClicks('contact', now)}) k on true`;

/** What the rules look at among the entities: one row for each entity and rule, `type` being the rule's index. */
function consideredSql(rules: Rule[], grain: Grain, ids: number[], view: View): RawBuilder<unknown> {
  const entities = sql`${ids}::bigint[]`;
  const facts = grain === 'company' ? companyFacts(rules, entities, view.now) : contactFacts(entities, view.now);
  return sql`
    with f as materialized (${facts})
    ${sql.join(
      rules.map((rule, index) => consideredByRule(rule, index, view)),
      sql` union all `,
    )}`;
}

/** Fills the temporary table `considered`; answers how many rows it holds. */
export async function fillConsidered(db: Database, rules: Rule[], grain: Grain, ids: number[], view: View): Promise<number> {
  const { numAffectedRows } = await sql`insert into considered ${consideredSql(rules, grain, ids, view)}`.execute(db);
  return Number(numAffectedRows ?? 0);
}
