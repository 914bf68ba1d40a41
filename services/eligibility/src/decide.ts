import type { DecisionReason } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import type { ConversionType } from './catalogue.ts';
import { grantNeededIn } from './consent.ts';
import { type ClickRule, clickRules } from './platform-rules.ts';

/** What the SQL says of one entity that was considered for one type. */
export interface Decision {
  entity: number;
  company: number | null;
  contact: number | null;
  reason: DecisionReason;
  occurred_at: Date;
  value: string | null;
  currency: string | null;
  click_kind: string | null;
  click_id: string | null;
  clicked_at: Date | null;
  fbp: string | null;
  fbc: string | null;
  ip_address: string | null;
  user_agent: string | null;
  source_url: string | null;
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
  occurrence_key: string;
}

export interface DecideOptions {
  now: Date;
  scoresMaxAgeHours: number;
  /** Whether an account takes the type; without one it is decided, never sent. */
  hasDestination: boolean;
  /** Only entities with a greater id, for the next page. */
  after: number;
  limit: number;
}

/** One column of a visit as the click id that counts, and which kind it is. */
const clickId = (rule: ClickRule) => sql`coalesce(${sql.join(rule.kinds.map((kind) => sql.ref(`v.${kind}`)))})`;
const clickKind = (rule: ClickRule) =>
  sql`case ${sql.join(
    rule.kinds.map((kind) => sql`when ${sql.ref(`v.${kind}`)} is not null then ${sql.lit(kind)}`),
    sql` `,
  )} end`;

const valueSql: Record<NonNullable<ConversionType['value']>, { value: RawBuilder<unknown>; currency: RawBuilder<unknown> }> = {
  'first-payment': { value: sql`p.first_payment_value`, currency: sql`p.first_payment_currency` },
  'cp1-times-arpu': { value: sql`round(s.cp1::numeric * s.cp1_arpu, 2)`, currency: sql`'USD'` },
  'cp1-signup-first': { value: sql`round(s.cp1_signup_first_value, 2)`, currency: sql`'USD'` },
  'combined1-times-acv': { value: sql`round(s.combined1_conversion_probability_predicted::numeric * s.acv, 2)`, currency: sql`'USD'` },
};

/** Entities that the type looks at: their event happened inside the window, or they have a score and clicked inside it. */
function consideredEntities(type: ConversionType, { now }: { now: Date }): RawBuilder<unknown> {
  const { channelPrefix, windowHours } = clickRules[type.platform];
  const opensAt = sql`${now}::timestamptz - make_interval(hours => ${windowHours})`;
  const { value, currency } = type.value === null ? { value: sql`null::numeric`, currency: sql`null::text` } : valueSql[type.value];
  const clicked = sql`i.channel like ${`${channelPrefix}%`} and i.interacted_at > ${opensAt} and i.interacted_at <= ${now}`;
  const company = sql`p.employees_range_min, p.employees_range_max, coalesce(p.is_legitimate, true) as is_legitimate, p.country as company_country`;
  if (type.trigger.kind === 'event') {
    const at = sql.ref(`p.${type.trigger.column}`);
    return sql`
      select p.company as entity, p.company, null::bigint as contact, ${at} as occurred_at, ${value} as value, ${currency} as currency,
             p.is_spam, ${company}
      from company_profile_meta_data p where ${at} > ${opensAt} and ${at} <= ${now}`;
  }
  if (type.grain === 'company') {
    return sql`
      select s.company as entity, s.company, null::bigint as contact, s.scored_at as occurred_at, ${value} as value, ${currency} as currency,
             coalesce(p.is_spam, false) as is_spam, ${company}
      from company_conversion_probability s left join company_profile_meta_data p on p.company = s.company
      where exists (select from company_interactions i where i.company = s.company and ${clicked})`;
  }
  return sql`
    select s.contact_id as entity, c.company, s.contact_id as contact, s.scored_at as occurred_at, ${value} as value, ${currency} as currency,
           coalesce(c.is_spam, false) or coalesce(p.is_spam, false) as is_spam, ${company}
    from contact_conversion_probability s
    left join contact_profile_metadata c on c.contact_id = s.contact_id
    left join company_profile_meta_data p on p.company = c.company
    where exists (select from contact_interactions i where i.contact_id = s.contact_id and ${clicked})`;
}

/** The best click before the conversion: well-formed and inside the window if there is one, the latest of those. */
function bestClick(type: ConversionType): RawBuilder<unknown> {
  const rule = clickRules[type.platform];
  const interactions = type.grain === 'company' ? sql`company_interactions i` : sql`contact_interactions i`;
  const owner = type.grain === 'company' ? sql`i.company` : sql`i.contact_id`;
  return sql`
    select ${clickKind(rule)} as click_kind, ${clickId(rule)} as click_id, v.visited_at as clicked_at,
           v.fbp, v.fbc, v.ip_address, v.user_agent, v.source_url,
           ${clickId(rule)} ~ ${rule.wellFormed} as is_well_formed,
           v.visited_at >= e.occurred_at - make_interval(hours => ${rule.windowHours}) as is_inside_window
    from ${interactions} join visits v on v.visit_id = i.visit_id
    where ${owner} = e.entity and i.channel like ${`${rule.channelPrefix}%`} and i.interacted_at < e.occurred_at
      and ${clickId(rule)} is not null
    order by is_inside_window desc, is_well_formed desc, v.visited_at desc, v.visit_id desc limit 1`;
}

/** The contact itself; for a company its earliest contact that is not spam, so that the same one speaks for it every time. */
const speakingContact = (type: ConversionType): RawBuilder<unknown> =>
  type.grain === 'contact'
    ? sql`select * from contact_profile_metadata c where c.contact_id = e.contact`
    : sql`select * from contact_profile_metadata c where c.company = e.company and not c.is_spam order by c.contact_id limit 1`;

function firstNo(type: ConversionType, options: DecideOptions): RawBuilder<unknown> {
  const { employees } = type;
  const outside =
    employees === null
      ? sql`false`
      : sql`coalesce(e.employees_range_min < ${employees.least}::int, true)
            or (${employees.most}::int is not null and coalesce(e.employees_range_max > ${employees.most}::int, true))`;
  const isScore = type.trigger.kind === 'score';
  const stale = isScore
    ? sql`e.occurred_at < ${options.now}::timestamptz - make_interval(hours => ${options.scoresMaxAgeHours})`
    : sql`false`;
  const worthless = isScore ? sql`coalesce(e.value <= 0, true)` : sql`e.value is null or e.currency is null`;
  return sql`case
    when e.is_spam then 'spam'
    when not e.is_legitimate then 'not-legitimate'
    when ${outside} then 'outside-employees-range'
    when ${stale} then 'stale-score'
    when ${type.value === null ? sql`false` : worthless} then 'no-value'
    when ${!options.hasDestination}::boolean then 'no-destination'
    when k.click_id is null then 'no-click'
    when not k.is_inside_window then 'click-outside-window'
    when not k.is_well_formed then 'malformed-click-id'
    when 'denied' in (w.consent_ad_user_data, w.consent_ad_personalization) then 'consent-denied'
    when coalesce(w.country, e.company_country) = any(${grantNeededIn}::text[]) and coalesce(w.consent_ad_user_data, 'unknown') <> 'granted'
      then 'consent-missing'
    when known.event_id is not null then 'already-candidate'
    else 'eligible' end`;
}

/** Decides one page of a type's considered entities, by id: each with exactly one reason, the first filter that said no or `eligible`. */
export async function decidePage(db: Database, type: ConversionType, options: DecideOptions): Promise<Decision[]> {
  // An event happens once for an entity; a score counts once for each click.
  const perClick = type.trigger.kind === 'score' ? sql`|| '|' || coalesce(k.click_id, '')` : sql``;
  const occurrenceKey = sql`${sql.lit(`${type.grain}:`)} || e.entity ${perClick}`;
  const { rows } = await sql<Decision>`
    with e as (
      select * from (${consideredEntities(type, options)}) as considered
      where entity > ${options.after} order by entity limit ${options.limit}
    )
    select e.entity, e.company, e.contact, ${firstNo(type, options)} as reason, e.occurred_at, e.value::text as value, e.currency,
           k.click_kind, k.click_id, k.clicked_at, k.fbp, k.fbc, k.ip_address, k.user_agent, k.source_url,
           w.email, case when w.phone_is_corrupted then null else w.phone_number end as phone_number,
           w.first_name, w.last_name, w.city, w.state, w.zip, coalesce(w.country, e.company_country) as country, w.external_id,
           coalesce(w.consent_ad_user_data, 'unknown') as ad_user_data, coalesce(w.consent_ad_personalization, 'unknown') as ad_personalization,
           ${occurrenceKey} as occurrence_key
    from e
    left join lateral (${bestClick(type)}) k on true
    left join lateral (${speakingContact(type)}) w on true
    left join conversion_candidate known
      on known.platform = ${type.platform} and known.conversion_type = ${type.name} and known.occurrence_key = ${occurrenceKey}
    order by e.entity`.execute(db);
  return rows;
}

/** How many entities a type considers; asked apart from the decisions, so that one that was lost shows. */
export async function countConsidered(db: Database, type: ConversionType, now: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) from (${consideredEntities(type, { now })}) as considered`.execute(db);
  return rows[0]?.count ?? 0;
}
