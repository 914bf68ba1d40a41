import { fingerprint } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import type { SessionStarted, TrackingEvent } from '@waybill/shared/messages';
import { createLogger } from '@waybill/shared/telemetry';
import { sql } from 'kysely';
import { type RunOptions, runDue } from './recalculation/run-due.ts';

export const quiet = createLogger('attribution', 'silent');
export const runOptions: RunOptions = { log: quiet, ambiguity: 'none', batch: 200, leaseSeconds: 60 };

/** A UUID that ends with a number. */
export const uuidOf = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

const noMarks = {
  ...{ landingUrl: null, referrer: null, utmSource: null, utmMedium: null, utmCampaign: null, ipAddress: null, userAgent: null },
  ...{ gclid: null, wbraid: null, gbraid: null, fbclid: null, fbp: null, fbc: null, msclkid: null },
};

export const buildSession = (session: number, client: number, startedAt: string, more: Partial<SessionStarted> = {}): SessionStarted => ({
  ...{ version: 1, kind: 'session-started', sessionId: uuidOf(session), clientId: uuidOf(client), startedAt },
  ...noMarks,
  ...{ companies: [], contacts: [] },
  ...more,
});

export const buildLead = (lead: number, client: number, email: string, occurredAt: string, more = {}): TrackingEvent => ({
  ...{ version: 1, kind: 'lead-captured', leadId: uuidOf(lead), clientId: uuidOf(client), sessionId: null, occurredAt, form: 'demo' },
  ...{ email, company: null, contact: null },
  ...noMarks,
  ...more,
});

export const buildSignup = (signup: number, client: number, email: string, occurredAt: string, more = {}): TrackingEvent =>
  ({
    ...{
      version: 1,
      kind: 'signup-completed',
      signupId: uuidOf(signup),
      clientId: uuidOf(client),
      sessionId: null,
      occurredAt,
      surface: 'web',
    },
    ...{ email, company: null, contact: null },
    ...noMarks,
    ...more,
  }) as TrackingEvent;

type LinkEvent = Extract<TrackingEvent, { kind: 'identity-linked' }>;
type End = LinkEvent['from'];

export const buildLink = (event: number, from: End, to: End, linkedAt: string, more: Partial<LinkEvent> = {}): LinkEvent => ({
  ...{ version: 1, kind: 'identity-linked', eventId: uuidOf(event), from, to, source: 'crm', linkedAt },
  ...{ confidence: 1, isPrimary: false, validFrom: null, validTo: null },
  ...more,
});

export const buildUnlink = (event: number, { from, to, source }: LinkEvent, unlinkedAt: string): TrackingEvent => ({
  ...{ version: 1, kind: 'identity-unlinked', eventId: uuidOf(event), from, to, source, unlinkedAt },
});

export const end = {
  client: (n: number): End => ({ type: 'client', value: uuidOf(n) }),
  email: (value: string): End => ({ type: 'email', value }),
  domain: (value: string): End => ({ type: 'domain', value }),
  company: (n: number): End => ({ type: 'company', value: `${n}` }),
  contact: (n: number): End => ({ type: 'contact', value: `${n}` }),
};

/** Computes everything that is due, and what that makes due. */
export async function recalculateAll(db: Database, options: RunOptions = runOptions): Promise<void> {
  while ((await runDue(db, options)) > 0);
}

/** Has the delays pass: whatever waits for one is due now. */
export async function passDelays(db: Database): Promise<void> {
  await sql`update attribution_recalculation set due_at = now(), leased_until = null`.execute(db);
}

const tables = [
  ...['attribution_change', 'attribution_recalculation', 'recalculation_figures', 'attribution_state', 'client_resolution'],
  ...['company_profile_attribution', 'company_profile_attribution_last', 'company_profile_attribution_first_limited'],
  ...['contact_profile_attribution_first', 'company_interactions', 'contact_interactions', 'interaction_touchpoints'],
  ...['identity_edge', 'identity_node', 'visits', 'entity_change', 'company_profile_meta_data'],
];

export async function forgetAll(db: Database): Promise<void> {
  const statements = tables.map((table) => `delete from bi.${table};`).join(' ');
  await sql.raw(`do $$ begin ${statements} end $$`).execute(db);
}

/** All that follows from events, without what tells of their order: row numbers, versions and the times of computing. */
export async function readState(db: Database): Promise<unknown> {
  const attribution = (table: string, column: string) => sql`
    (select coalesce(jsonb_agg(to_jsonb(t) - 'visit_id' - 'version' - 'computed_at' order by ${sql.ref(column)}), '[]') from ${sql.table(table)} t)`;
  const interactions = (table: string, column: string) => sql`
    (select coalesce(jsonb_agg(to_jsonb(i) - 'visit_id' || jsonb_build_object('session', v.session_id) order by ${sql.ref(column)}, v.session_id), '[]')
     from ${sql.table(table)} i join visits v using (visit_id))`;
  const { rows } = await sql<{ state: unknown }>`
    select jsonb_build_object(
      'visits', (select coalesce(jsonb_agg(to_jsonb(v) - 'visit_id' order by session_id), '[]') from visits v),
      'touchpoints', (select coalesce(jsonb_agg(to_jsonb(t) order by touchpoint_id, kind), '[]') from interaction_touchpoints t),
      'nodes', (select coalesce(jsonb_agg(to_jsonb(n) - 'node_id' order by type, value), '[]') from identity_node n),
      'edges', (select coalesce(jsonb_agg(to_jsonb(e) - 'from_node' - 'to_node' || jsonb_build_object('from', f.value, 'to', t.value)
                                order by f.type, f.value, t.type, t.value, source), '[]')
                from identity_edge e join identity_node f on f.node_id = e.from_node join identity_node t on t.node_id = e.to_node),
      'resolutions', (select coalesce(jsonb_agg(to_jsonb(r) - 'version' - 'resolved_at' order by client_id), '[]') from client_resolution r),
      'companies', ${interactions('company_interactions', 'company')},
      'contacts', ${interactions('contact_interactions', 'contact_id')},
      'first', ${attribution('company_profile_attribution', 'company')},
      'last', ${attribution('company_profile_attribution_last', 'company')},
      'limited', ${attribution('company_profile_attribution_first_limited', 'company')},
      'contactFirst', ${attribution('contact_profile_attribution_first', 'contact_id')}
    ) as state`.execute(db);
  return rows[0]?.state;
}

export const hashState = async (db: Database): Promise<string> => fingerprint(await readState(db));
