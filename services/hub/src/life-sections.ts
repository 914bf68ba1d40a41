import { type DecisionReason, decisionReasons } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { findLastRuns } from './runs.ts';
import type { Scope, Section } from './section.ts';
import { type ConversionStanding, describeStanding } from './verdict.ts';
import { describeInstant, describeSpan, shortenId } from './wording.ts';

const shownRows = 50;

const toText = (value: unknown): string =>
  value === null || value === undefined ? '' : value instanceof Date ? describeInstant(value) : String(value);
const toTexts = (row: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toText(value)]));

/** What the filters ask of a company or contact. */
export async function findProfile(db: Database, { company, contact }: Scope): Promise<Section> {
  const { rows } = await sql<Record<string, unknown>>`
    select 'company ' || company as of, concat_ws('–', employees_range_min, employees_range_max) as employees, country,
           case when is_spam then 'spam' when not is_legitimate then 'not legitimate' else 'good' end as standing, null as consent,
           concat_ws(', ', case when signup_at is not null then 'signed up ' || signup_at::date end,
             case when mql_at is not null then 'MQL ' || mql_at::date end,
             case when demo_form_filled_at is not null then 'demo form ' || demo_form_filled_at::date end,
             case when first_paid_at is not null then 'paid ' || first_paid_at::date end) as events,
           (select string_agg(contact_id::text, ', ' order by contact_id)
            from (select contact_id from contact_profile_metadata c where c.company = p.company order by contact_id limit 10) as first_ten) as contacts
    from company_profile_meta_data p where company = ${company}
    union all
    select 'contact ' || contact_id || coalesce(' of company ' || company, ''), null, country, case when is_spam then 'spam' else 'good' end,
           'ad user data ' || consent_ad_user_data || ', personalization ' || consent_ad_personalization,
           concat_ws(', ', case when signup_at is not null then 'signed up ' || signup_at::date end,
             case when lead_at is not null then 'lead ' || lead_at::date end,
             case when lead_score is not null then 'lead score ' || lead_score end), null
    from contact_profile_metadata where contact_id = ${contact}`.execute(db);
  return { title: 'Profile', rows: rows.map(toTexts), whenEmpty: 'The CRM has told nothing of it.' };
}

export async function findScores(db: Database, { company, contact }: Scope, now: Date): Promise<Section> {
  const { rows } = await sql<{ of: string; score: string; scored_at: Date; kept_at: Date }>`
    select 'company' as of, scored_at, synced_at as kept_at,
           format('cp1 %s × ARPU %s, cp3 %s × ARPU %s', cp1, cp1_arpu, cp3, cp3_arpu) as score
    from company_conversion_probability where company = ${company}
    union all
    select 'contact', scored_at, merged_at,
           format('combined1 %s and combined3 %s × ACV %s, cp1 signup %s, cp3 signup %s, book a demo %s and %s',
             combined1_conversion_probability_predicted, combined3_conversion_probability_predicted, acv, cp1_signup_first_value,
             cp3_signup_first_value, book_a_demo_1_probability_value, book_a_demo_3_probability_value)
    from contact_conversion_probability where contact_id = ${contact}`.execute(db);
  const shown = rows.map(({ of, score, scored_at, kept_at }) => ({
    of,
    score,
    age: describeSpan(scored_at, now),
    scored: describeInstant(scored_at),
    synced: describeInstant(kept_at),
  }));
  return { title: 'Scores', rows: shown, whenEmpty: 'No score is known: sync has brought none for it.' };
}

export async function findClicks(
  db: Database,
  { company, contact, client }: Pick<Scope, 'company' | 'contact' | 'client'>,
  now: Date,
): Promise<Section> {
  const { rows } = await sql<{ visited_at: Date; channel: string; campaign: string | null; kind: string | null; click: string | null }>`
    select v.visited_at, v.channel, v.campaign, coalesce(v.gclid, v.wbraid, v.gbraid, v.fbclid, v.msclkid) as click,
           case when v.gclid is not null then 'gclid' when v.wbraid is not null then 'wbraid' when v.gbraid is not null then 'gbraid'
                when v.fbclid is not null then 'fbclid' when v.msclkid is not null then 'msclkid' end as kind
    from visits v where v.visit_id in (
      select visit_id from company_interactions where company = ${company} union select visit_id from contact_interactions where contact_id = ${contact}
      union select visit_id from visits where client_id = ${client}
    ) order by v.visited_at desc, v.visit_id desc limit 20`.execute(db);
  const shown = rows.map(({ visited_at, channel, campaign, kind, click }) => ({
    visited: describeInstant(visited_at),
    age: describeSpan(visited_at, now),
    channel,
    campaign: campaign ?? '',
    click: kind === null || click === null ? 'no click id' : `${kind} ${shortenId(click)}`,
  }));
  return { title: 'Clicks and visits', rows: shown, whenEmpty: 'No visit is known: attribution has linked none.' };
}

interface DecisionRow {
  conversion_type: string;
  reason: DecisionReason;
  rule_version: number;
  occurred_at: Date;
  value: string | null;
  currency: string | null;
  clicked_at: Date | null;
  channel: string | null;
  employees_range_min: number | null;
  employees_range_max: number | null;
  country: string | null;
  ad_user_data: string;
  ad_personalization: string;
  decided_at: Date;
}

const orUnknown = (value: unknown): string => (value === null ? 'unknown' : String(value));

/** Of the values that a decision saw those that its reason speaks of. `held`: what sync holds now, and why. */
function describeSeen(row: DecisionRow, held: string): string {
  const employees = `employees ${orUnknown(row.employees_range_min)} to ${orUnknown(row.employees_range_max)}`;
  const consent = `country ${orUnknown(row.country)}, ad user data ${row.ad_user_data}, personalization ${row.ad_personalization}`;
  const click =
    row.clicked_at === null ? 'no visit of the channel before it' : `visit by ${row.channel} ${describeInstant(row.clicked_at)}`;
  const fired = `fired ${describeInstant(row.occurred_at)}`;
  const value = row.value === null ? null : `worth ${row.value} ${row.currency}`;
  if (row.reason === 'outside-employees-range') return employees;
  if (row.reason.startsWith('consent')) return consent;
  if (row.reason === 'source-held' && held !== '') return `held now: ${held}`;
  if (row.reason === 'no-value') return `${fired}, value ${orUnknown(row.value)}, currency ${orUnknown(row.currency)}`;
  return [fired, value, click].filter((part) => part !== null).join(', ');
}

/** Each type that considered it, with the first filter that said no and what it saw; and the reasons alone. */
export async function findDecisions(
  db: Database,
  { subject, company, contact, eventIds }: Scope,
): Promise<{ section: Section; reasons: string[] }> {
  const { rows } = await sql<DecisionRow>`
    select d.conversion_type, d.reason, d.rule_version, d.occurred_at, trim_scale(d.value)::text as value, d.currency, v.visited_at as clicked_at,
           v.channel, d.employees_range_min, d.employees_range_max, d.country, d.ad_user_data, d.ad_personalization, d.decided_at
    from conversion_decision d left join visits v on v.visit_id = d.visit_id
    where ((d.grain = 'company' and d.entity_id = ${company}) or (d.grain = 'contact' and d.entity_id = ${contact}))
      and (${subject.kind !== 'event'} or exists (select from conversion_candidate c where c.event_id = any(${eventIds}::text[])
           and c.conversion_type = d.conversion_type and c.occurrence_key = d.occurrence_key))
    order by d.reason <> 'eligible', d.reason, d.conversion_type`.execute(db);
  const { sync } = await findLastRuns(db);
  const held = sync
    .flatMap(({ source, status, problem }) => (status === 'held' || status === 'failed' ? [`${source}, ${problem}`] : []))
    .join('; ');
  const shown = rows.map((row) => ({
    type: row.conversion_type,
    decision: row.reason,
    'which means': decisionReasons[row.reason] ?? row.reason,
    saw: describeSeen(row, held),
    rule: `version ${row.rule_version}`,
    decided: describeInstant(row.decided_at),
  }));
  const whenEmpty =
    subject.kind === 'event'
      ? 'A later decision on the same type has taken the place of the one that led to it.'
      : 'No type considered it: nothing of it fired inside the lookback windows, or eligibility has not run.';
  return { section: { title: 'Decisions', rows: shown, whenEmpty }, reasons: rows.map(({ reason }) => reason) };
}

interface ConversionRow extends ConversionStanding {
  event: string;
  type: string;
  action: string | null;
  account: string;
  occurred: Date;
  value: string | null;
  click: string | null;
}

/** The candidates and what the ledger holds of each; a ledger row without a candidate is told too. */
export async function findConversions(db: Database, { eventIds }: Scope): Promise<{ section: Section; standings: ConversionStanding[] }> {
  const { rows } = await sql<ConversionRow>`
    select coalesce(c.event_id, d.event_id) as event, coalesce(c.conversion_type, d.conversion_type) || coalesce(' (' || d.correction_kind || ' of ' || d.corrects || ')', '') as type, c.action,
           coalesce(c.account, d.account) as account, coalesce(c.occurred_at, d.occurred_at) as occurred,
           round(c.value, greatest(2, scale(trim_scale(c.value)))) || ' ' || c.currency as value, c.click_id as click,
           c.published_at as "publishedAt", d.state, d.outcome, d.code, d.retry_at as "retryAt"
    from (select * from conversion_candidate where event_id = any(${eventIds}::text[])) as c
    full join (select * from delivery where event_id = any(${eventIds}::text[])) as d on d.platform = c.platform and d.event_id = c.event_id
    order by occurred desc, event`.execute(db);
  const shown = rows.slice(0, shownRows).map((row) => ({
    event: row.event,
    type: row.type,
    standing: describeStanding(row),
    occurred: describeInstant(row.occurred),
    value: row.value ?? '',
    click: row.click === null ? '' : shortenId(row.click),
    destination: row.action === null ? row.account : `${row.account} / ${row.action}`,
  }));
  return { section: { title: 'Conversions', rows: shown, whenEmpty: 'There is none: the decisions say why.' }, standings: rows };
}

export async function findAttempts(db: Database, { eventIds }: Scope): Promise<Section> {
  const { rows } = await sql<Record<string, unknown>>`
    select event_id as event, attempt, ended_at as ended, outcome, code, reason, reference as "platform’s reference"
    from delivery_attempt where event_id = any(${eventIds}::text[]) order by ended_at desc, event_id, attempt desc limit ${shownRows}`.execute(
    db,
  );
  return { title: 'Attempts and the platform’s answers', rows: rows.map(toTexts), whenEmpty: 'No sender has ended an attempt yet.' };
}

export async function findAudit(db: Database, { eventIds }: Scope): Promise<Section> {
  const { rows } = await sql<Record<string, unknown>>`
    select * from (
      select 'google_conversion' as "audit table", event_id as event, conversion_type as type, date_created as written, error from google_conversion
      union all
      select 'facebook_conversion_v2', conversion_id, conversion_type, date_created, error from facebook_conversion_v2
      union all
      select 'bing_conversion', event_id, conversion_type, date_created, error from bing_conversion
      union all
      select 'generic_conversions', event_id, conversion_type, date_created, error from generic_conversions
    ) as a where event = any(${eventIds}::text[]) order by written desc, event limit ${shownRows}`.execute(db);
  return { title: 'Audit', rows: rows.map(toTexts), whenEmpty: 'No audit row: no sender has settled it.' };
}
