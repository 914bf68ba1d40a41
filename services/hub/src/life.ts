import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { describeWhose } from './attribution/describe-identity.ts';
import { findAttribution, findChanges, findNextComputation } from './attribution/find-attribution.ts';
import { findClients, findLinks, findRefusals, findResolution, toCandidateSection, toRefusalSection } from './attribution/find-identity.ts';
import { findAttempts, findAudit, findClicks, findConversions, findDecisions, findProfile, findScores } from './life-sections.ts';
import type { Scope, Section } from './section.ts';
import { describeSubject, type Subject } from './subject.ts';
import { describeVerdict } from './verdict.ts';

export interface Life {
  subject: string;
  /** One sentence: how the conversions ended, or why there is none. */
  verdict: string;
  sections: Section[];
}

type Conversions = Exclude<Subject, { kind: 'client' }>;

async function findScope(db: Database, subject: Conversions): Promise<Scope> {
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
  if (subject.kind === 'company') return { subject, company: subject.id, contact: null, client: null, eventIds };
  if (subject.kind === 'contact') return { subject, company: null, contact: subject.id, client: null, eventIds };
  const [of] = rows;
  return { subject, company: of?.contact === null ? of.company : null, contact: of?.contact ?? null, client: null, eventIds };
}

/** Whose the touches of a company or contact are, and why; `isKnown`: something is, or was once. */
async function findWhose(
  db: Database,
  { company, contact }: Scope,
  since: Date | null,
): Promise<{ sections: Section[]; isKnown: boolean }> {
  const [kind, id] = company === null ? (['contact', contact] as const) : (['company', company] as const);
  if (id === null) return { sections: [], isKnown: false };
  const [attribution, changes, clients, links, refusals, next] = await Promise.all([
    findAttribution(db, kind, id),
    findChanges(db, kind, id, since),
    findClients(db, kind, id),
    findLinks(db, { kind, id: `${id}` }),
    findRefusals(db, kind, id),
    findNextComputation(db, { kind, id: `${id}` }),
  ]);
  return { sections: [attribution, changes.section, clients, links, refusals, next], isKnown: changes.isKnown };
}

async function findClientLife(db: Database, client: string, now: Date): Promise<Life | null> {
  const [visits, resolution, links, next] = await Promise.all([
    findClicks(db, { company: null, contact: null, client }, now),
    findResolution(db, client),
    findLinks(db, { kind: 'client', id: client }),
    findNextComputation(db, { kind: 'client', id: client }),
  ]);
  const sections = [toCandidateSection(resolution), links, toRefusalSection(resolution), next, visits];
  if (sections.every(({ rows }) => rows.length === 0)) return null;
  return { subject: `client ${client}`, verdict: describeWhose(resolution), sections };
}

/**
 * The whole story of an event, a company, a contact or a client; null where nothing at all is known of it. Ages are those at `now`, changes of
 * attribution those since an instant of the database's clock, or of a day. Click ids are shortened, and nothing personal is told.
 */
export async function findLife(db: Database, subject: Subject, now: Date, since: Date | null = null): Promise<Life | null> {
  if (subject.kind === 'client') return findClientLife(db, subject.id, now);
  const scope = await findScope(db, subject);
  if (subject.kind === 'event' && scope.eventIds.length === 0) return null;
  const [profile, scores, clicks, decisions, conversions, attempts, audit, whose] = await Promise.all([
    findProfile(db, scope),
    findScores(db, scope, now),
    findClicks(db, scope, now),
    findDecisions(db, scope),
    findConversions(db, scope),
    findAttempts(db, scope),
    findAudit(db, scope),
    findWhose(db, scope, since),
  ]);
  const sections = [profile, scores, clicks, ...whose.sections, decisions.section, conversions.section, attempts, audit];
  if (sections.every(({ rows }) => rows.length === 0) && !whose.isKnown) return null;
  const verdict = describeVerdict(describeSubject(subject), conversions.standings, decisions.reasons);
  return { subject: describeSubject(subject), verdict, sections };
}
