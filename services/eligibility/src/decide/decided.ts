import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import { grantNeededIn } from '../candidates/consent.ts';
import { clickRuleOf, platforms } from '../catalogue/index.ts';
import type { Grain } from './considered.ts';
import type { Rule } from './rule.ts';

export interface DecideOptions {
  now: Date;
  scoresMaxAgeHours: number;
}

const usableClicks = sql`(values ${sql.join(
  platforms.map((platform) => {
    const { channelPrefix, wellFormed } = clickRuleOf(platform);
    return sql`(${sql.lit(platform)}, ${sql.lit(`${channelPrefix}%`)}, ${sql.lit(wellFormed)})`;
  }),
)}) as r (platform, channel, well_formed)`;

/** A visit's click id of the platform `r.platform`: the first of its kinds that is there. */
const clickId = sql`case r.platform ${sql.join(
  platforms.map((platform) => {
    const { kinds, cookie } = clickRuleOf(platform);
    const ids = kinds.map((kind) => sql`${sql.ref(`v.${kind}`)}`);
    const fromCookie = cookie === null ? [] : [sql`nullif(split_part(${sql.ref(`v.${cookie}`)}, '.', 4), '')`];
    return sql`when ${sql.lit(platform)} then coalesce(${sql.join([...ids, ...fromCookie, sql`null::text`])})`;
  }),
  sql` `,
)} end`;

/** The paid visits of the considered entities, each with the click id it brought, if any. */
const clicksOf = (grain: Grain): RawBuilder<unknown> => sql`
  select i.entity, r.platform, v.visit_id, v.visited_at, k.click_id, coalesce(k.click_id ~ r.well_formed, false) as is_well_formed
  from (
    select ${grain === 'company' ? sql`i.company` : sql`i.contact_id`} as entity, i.visit_id, i.channel
    from ${sql.table(`${grain}_interactions`)} i where i.channel like 'cpc-%'
  ) as i
  join ${usableClicks} on i.channel like r.channel
  join visits v on v.visit_id = i.visit_id
  cross join lateral (select ${clickId} as click_id) k
  where i.entity in (select entity from considered)`;

/**
 * The best visit before each firing: with a click id before one without, inside the lookback window before an older one, well formed
 * before malformed, then the latest. `visited_inside` tells whether any visit of the channel was inside.
 */
const bestVisits = sql`
  select distinct on (entity, type) * from (
    select c.entity, c.type, k.visit_id, k.visited_at, k.click_id, k.is_well_formed, k.visited_at >= c.occurred_at - c.lookback as is_inside,
           bool_or(k.visited_at >= c.occurred_at - c.lookback) over (partition by c.entity, c.type) as visited_inside
    from considered c join click k on k.entity = c.entity and k.platform = c.platform and k.visited_at < c.occurred_at
  ) as visits_before
  order by entity, type, (click_id is null), is_inside desc, is_well_formed desc, visited_at desc, visit_id desc`;

/** Who speaks for the entity: the contact itself; for a company its earliest contact that is not spam, so that it is the same one every time. */
const speaker = (grain: Grain): RawBuilder<unknown> =>
  grain === 'contact'
    ? sql`select w.* from contact_profile_metadata w where w.contact_id = e.entity`
    : sql`select w.* from contact_profile_metadata w where w.company = e.entity and not w.is_spam order by w.contact_id limit 1`;

/** What of a rule is asked while deciding, joined by its index. */
const ruleFilters = (rules: Rule[]): RawBuilder<unknown> =>
  sql`(values ${sql.join(
    rules.map(({ type, destination, heldSources }, index) => {
      const filters = [
        ...[index, type.employees?.least ?? 0, type.employees?.most ?? 2_147_483_647, type.employees !== null, heldSources.length > 0],
        ...[type.value !== null, type.trigger.kind === 'score', destination !== null, type.withoutClick, type.needsGrant],
      ];
      return sql`(${sql.join(filters.map((filter) => sql.lit(filter)))})`;
    }),
  )}) as t (type, least, most, is_sized, is_held, is_valued, is_predicted, has_destination, without_click, needs_grant)`;

/** The first filter that says no, in the order of `decisionReasons`. */
function reasonSql({ now, scoresMaxAgeHours }: DecideOptions): RawBuilder<unknown> {
  const isUsable = sql`coalesce(k.click_id is not null and k.is_inside and k.is_well_formed, false)`;
  const doesWithout = sql`(t.without_click and coalesce(k.visited_inside, false))`;
  return sql`case
    when c.is_spam then 'spam'
    when not c.is_legitimate then 'not-legitimate'
    when c.is_refunded then 'refunded'
    when t.is_sized and (coalesce(c.employees_range_min < t.least, true) or (t.most < 2147483647 and coalesce(c.employees_range_max > t.most, true)))
      then 'outside-employees-range'
    when t.is_held then 'source-held'
    when c.scored_at < ${now}::timestamptz - make_interval(hours => ${scoresMaxAgeHours}) then 'stale-score'
    when t.is_valued and (c.value is null or c.currency is null or (t.is_predicted and c.value <= 0)) then 'no-value'
    when not t.has_destination then 'no-destination'
    when not ${isUsable} and not ${doesWithout} then
      case when k.click_id is null then 'no-click' when not k.is_inside then 'click-outside-window' else 'malformed-click-id' end
    when 'denied' in (w.consent_ad_user_data, w.consent_ad_personalization) then 'consent-denied'
    when lower(trim(coalesce(w.country, c.country))) = any(${grantNeededIn}::text[]) and coalesce(w.consent_ad_user_data, 'unknown') <> 'granted'
      then 'consent-missing'
    when t.needs_grant and coalesce(w.consent_ad_user_data, 'unknown') <> 'granted' then 'consent-not-granted'
    when not ${isUsable} and w.email is null and (w.phone_number is null or w.phone_is_corrupted) then 'no-identifiers'
    else 'eligible' end`;
}

/** Fills the temporary table `decided` from `considered`: each row with exactly one reason and what was seen. Answers how many rows it holds. */
export async function fillDecided(db: Database, rules: Rule[], grain: Grain, options: DecideOptions): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into decided
    with click as materialized (${clicksOf(grain)}),
    best as (${bestVisits}),
    spoken as (select e.entity, w.* from (select distinct entity from considered) e join lateral (${speaker(grain)}) w on true)
    select c.entity, c.type, c.company, c.contact, ${reasonSql(options)} as reason,
           ${sql.lit(`${grain}:`)} || c.entity || case when c.is_per_click then '|' || coalesce(k.click_id, '') else '' end as occurrence_key,
           c.occurred_at, c.value, c.currency, k.visit_id,
           case when k.click_id is not null and k.is_inside and k.is_well_formed then k.click_id end as click_id,
           w.contact_id as spoken_by, c.employees_range_min, c.employees_range_max, coalesce(w.country, c.country) as country,
           coalesce(w.consent_ad_user_data, 'unknown') as ad_user_data, coalesce(w.consent_ad_personalization, 'unknown') as ad_personalization
    from considered c
    join ${ruleFilters(rules)} on t.type = c.type
    left join best k on k.entity = c.entity and k.type = c.type
    left join spoken w on w.entity = c.entity`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** The temporary tables of a page: a transaction fills them and leaves them empty; they live as long as the connection. */
export async function createPageTables(db: Database): Promise<void> {
  await sql`
    create temporary table if not exists considered (
      entity bigint, company bigint, contact bigint, type integer, platform text, lookback interval, is_per_click boolean, is_spam boolean,
      is_legitimate boolean, is_refunded boolean, employees_range_min integer, employees_range_max integer, country text,
      occurred_at timestamptz(3), scored_at timestamptz(3), value numeric, currency text) on commit delete rows`.execute(db);
  await sql`
    create temporary table if not exists decided (
      entity bigint, type integer, company bigint, contact bigint, reason text, occurrence_key text, occurred_at timestamptz(3), value numeric,
      currency text, visit_id bigint, click_id text, spoken_by bigint, employees_range_min integer, employees_range_max integer, country text,
      ad_user_data text, ad_personalization text) on commit delete rows`.execute(db);
}
