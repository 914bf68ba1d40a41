import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { findAttempts, findAudit, findClicks, findConversions, findDecisions, findProfile, findScores } from './life-sections.ts';
import { describeSubject, type Subject } from './subject.ts';
import { describeVerdict } from './verdict.ts';

export interface Section {
  title: string;
  /** Column -> text, a row each; every row has the same columns. */
  rows: Record<string, string>[];
  /** What it means that there is no row. */
  whenEmpty: string;
}

export interface Life {
  subject: string;
  /** One sentence: how the conversions ended, or why there is none. */
  verdict: string;
  sections: Section[];
}

/** Whose profile, scores, clicks and decisions belong to the subject, and which event ids. */
export interface Scope {
  subject: Subject;
  company: number | null;
  contact: number | null;
  eventIds: string[];
}

async function findScope(db: Database, subject: Subject): Promise<Scope> {
  // A contact's conversion carries its company too; it is told as the contact's.
  const belongs = {
    event: sql`event_id = ${subject.id}`,
    company: sql`company = ${subject.id} and contact is null`,
    contact: sql`contact = ${subject.id}`,
  }[subject.kind];
  const { rows } = await sql<{ event_id: string; company: number | null; contact: number | null }>`
    select event_id, company, contact from conversion_candidate where ${belongs}
    union select event_id, company, contact from delivery where ${belongs}`.execute(db);
  const eventIds = [...new Set(rows.map((row) => row.event_id))];
  if (subject.kind === 'company') return { subject, company: subject.id, contact: null, eventIds };
  if (subject.kind === 'contact') return { subject, company: null, contact: subject.id, eventIds };
  const [of] = rows;
  return { subject, company: of?.contact === null ? of.company : null, contact: of?.contact ?? null, eventIds };
}

/**
 * The whole story of an event, a company or a contact; null where nothing at all is known of it. Ages are those at `now`.
 * Click ids are shortened, and nothing personal is told.
 */
export async function findLife(db: Database, subject: Subject, now: Date): Promise<Life | null> {
  const scope = await findScope(db, subject);
  if (subject.kind === 'event' && scope.eventIds.length === 0) return null;
  const [profile, scores, clicks, decisions, conversions, attempts, audit] = await Promise.all([
    findProfile(db, scope),
    findScores(db, scope, now),
    findClicks(db, scope, now),
    findDecisions(db, scope),
    findConversions(db, scope),
    findAttempts(db, scope),
    findAudit(db, scope),
  ]);
  const sections = [profile, scores, clicks, decisions.section, conversions.section, attempts, audit];
  if (sections.every(({ rows }) => rows.length === 0)) return null;
  const verdict = describeVerdict(describeSubject(subject), conversions.standings, decisions.reasons);
  return { subject: describeSubject(subject), verdict, sections };
}
