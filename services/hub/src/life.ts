import { type DecisionReason, decisionReasons } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

export type Subject = { kind: 'event'; id: string } | { kind: 'company'; id: number } | { kind: 'contact'; id: number };

export interface Section {
  title: string;
  /** Column -> text, a row each. */
  rows: Record<string, string>[];
  /** What it means that there is no row. */
  whenEmpty: string;
}

const shorten = (id: string): string => (id.length <= 14 ? id : `${id.slice(0, 6)}…${id.slice(-4)}`);
const instant = (at: Date | null): string => (at === null ? '' : at.toISOString());
const text = (value: unknown): string =>
  value === null || value === undefined ? '' : value instanceof Date ? instant(value) : String(value);
const toTexts = (row: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(row).map(([key, value]) => [key, text(value)]));

interface Entities {
  company: number | null;
  contact: number | null;
  event: string | null;
}

async function findEntities(db: Database, subject: Subject): Promise<Entities | null> {
  if (subject.kind === 'company') return { company: subject.id, contact: null, event: null };
  if (subject.kind === 'contact') return { company: null, contact: subject.id, event: null };
  const row = await db
    .selectFrom('conversion_candidate')
    .select(['company', 'contact'])
    .where('event_id', '=', subject.id)
    .executeTakeFirst();
  const delivery = await db.selectFrom('delivery').select(['company', 'contact']).where('event_id', '=', subject.id).executeTakeFirst();
  const known = row ?? delivery;
  return known === undefined ? null : { company: known.contact === null ? known.company : null, contact: known.contact, event: subject.id };
}

async function scores(db: Database, { company, contact }: Entities): Promise<Section> {
  const { rows } = await sql<Record<string, unknown>>`
    select 'company' as of, 'cp1 ' || cp1 || ' × ' || cp1_arpu || ', cp3 ' || cp3 || ' × ' || cp3_arpu as score, scored_at, synced_at
    from company_conversion_probability where company = ${company}
    union all
    select 'contact', 'combined1 ' || combined1_conversion_probability_predicted || ' × ' || acv || ', cp1 signup ' || cp1_signup_first_value, scored_at, merged_at
    from contact_conversion_probability where contact_id = ${contact}`.execute(db);
  return { title: 'Scores', rows: rows.map(toTexts), whenEmpty: 'No score is known.' };
}

async function clicks(db: Database, { company, contact }: Entities): Promise<Section> {
  const { rows } = await sql<Record<string, unknown> & { click: string | null }>`
    select v.visited_at, v.channel, v.campaign, coalesce(v.gclid, v.wbraid, v.gbraid, v.fbclid, v.msclkid) as click
    from visits v where v.visit_id in (
      select visit_id from company_interactions where company = ${company} union select visit_id from contact_interactions where contact_id = ${contact}
    ) order by v.visited_at desc limit 20`.execute(db);
  const shown = rows.map((row) => toTexts({ ...row, click: row.click === null ? 'no click id' : shorten(row.click) }));
  return { title: 'Visits, newest first', rows: shown, whenEmpty: 'No visit is known: attribution has linked none.' };
}

async function decisions(db: Database, { company, contact, event }: Entities): Promise<Section> {
  const { rows } = await sql<{ conversion_type: string; reason: string; event_id: string | null; decided_at: Date }>`
    select conversion_type, reason, event_id, decided_at from conversion_decision
    where ((entity_kind = 'company' and entity_id = ${company}) or (entity_kind = 'contact' and entity_id = ${contact}))
      and (${event}::text is null or event_id = ${event})
    order by conversion_type`.execute(db);
  const shown = rows.map((row) => ({
    type: row.conversion_type,
    reason: row.reason,
    'which means': decisionReasons[row.reason as DecisionReason] ?? row.reason,
    event: row.event_id ?? '',
    decided: instant(row.decided_at),
  }));
  const whenEmpty = 'No type considered it: nothing of it fired inside the lookback windows, or eligibility has not run.';
  return { title: 'Decisions', rows: shown, whenEmpty };
}

async function deliveries(db: Database, { company, contact, event }: Entities): Promise<Section> {
  const { rows } = await sql<Record<string, unknown>>`
    select c.event_id as event, c.conversion_type as type, c.occurred_at as occurred, c.value, c.currency, c.published_at as published,
           coalesce(d.state, 'not received yet') as ledger, d.outcome, d.retry_at as "next try"
    from conversion_candidate c left join delivery d on d.platform = c.platform and d.event_id = c.event_id
    where case when ${event}::text is not null then c.event_id = ${event}
          else (c.company = ${company} and c.contact is null) or c.contact = ${contact} end
    order by c.occurred_at`.execute(db);
  return { title: 'Conversions', rows: rows.map(toTexts), whenEmpty: 'There is none: the decisions above say why.' };
}

async function attempts(db: Database, { company, contact, event }: Entities): Promise<Section> {
  const { rows } = await sql<Record<string, unknown>>`
    select a.event_id as event, a.attempt, a.ended_at as ended, a.outcome, a.code, a.reason, a.reference as "platform's reference"
    from delivery_attempt a join delivery d on d.platform = a.platform and d.event_id = a.event_id
    where case when ${event}::text is not null then a.event_id = ${event}
          else (d.company = ${company} and d.contact is null) or d.contact = ${contact} end
    order by a.ended_at, a.attempt limit 50`.execute(db);
  return { title: 'Attempts and the platform’s answers', rows: rows.map(toTexts), whenEmpty: 'No sender has tried it yet.' };
}

async function audit(db: Database, { company, contact, event }: Entities): Promise<Section> {
  const { rows } = await sql<Record<string, unknown>>`
    select * from (
      select 'google_conversion' as "audit table", event_id as event, conversion_type as type, date_created as written, error, company, null::bigint as contact from google_conversion
      union all
      select 'facebook_conversion_v2', conversion_id, conversion_type, date_created, error, company, null from facebook_conversion_v2
      union all
      select 'bing_conversion', event_id, conversion_type, date_created, error, company, null from bing_conversion
      union all
      select 'generic_conversions', event_id, conversion_type, date_created, error, null, contact from generic_conversions
    ) as a where a.event in (
      select event_id from delivery d where case when ${event}::text is not null then d.event_id = ${event}
        else (d.company = ${company} and d.contact is null) or d.contact = ${contact} end)
    order by written limit 50`.execute(db);
  const shown = rows.map(({ company: _company, contact: _contact, ...row }) => toTexts(row));
  return { title: 'Audit', rows: shown, whenEmpty: 'No audit row: nothing of it was settled.' };
}

/** The whole story of an event, a company or a contact, or null where nothing at all is known of it. Click ids are shortened; nothing personal is shown. */
export async function findLife(db: Database, subject: Subject): Promise<Section[] | null> {
  const entities = await findEntities(db, subject);
  if (entities === null) return null;
  return Promise.all([scores, clicks, decisions, deliveries, attempts, audit].map((section) => section(db, entities)));
}

/** Reads `cv_…`, `company 42` or `contact 7` as a person types it; null where it is none of them. */
export function readSubject(typed: string): Subject | null {
  const trimmed = typed.trim();
  if (/^cv_[0-9a-z]+$/.test(trimmed)) return { kind: 'event', id: trimmed };
  const [, kind, id] = /^(company|contact)[\s:]*(\d{1,15})$/i.exec(trimmed) ?? [];
  if (kind === undefined) return null;
  return { kind: kind.toLowerCase() as 'company' | 'contact', id: Number(id) };
}
