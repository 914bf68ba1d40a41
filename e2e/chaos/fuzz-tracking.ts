import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import type { Chance } from '@waybill/shared/testing';
import { sql } from 'kysely';
import { toFacts } from '../../services/attribution/src/tracking/to-facts.ts';

const at = '2026-11-19T10:00:00.000Z';
const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const address = (n: number): string => `zq${n}@fuzz-${n % 97}.example`;
/** An address of an invented event, as no dead letter may show it. */
export const shownAddress = /zq\d+@fuzz/i;

const marks = {
  ...{ landingUrl: 'https://www.example.com/pricing', referrer: null, utmSource: 'google', utmMedium: null, utmCampaign: null },
  ...{ gclid: null, wbraid: null, gbraid: null, fbclid: null, fbp: null, fbc: null, msclkid: null, ipAddress: null, userAgent: null },
};

/** One event of any kind, whole; the clients and sessions of some of them are the same. */
export function inventTrackingEvent(chance: Chance, n: number): string {
  const id = uuid(n + 1);
  const [clientId, company] = [uuid(500_000_000 + chance.upTo(300)), 1 + chance.upTo(50)];
  const person = { version: 1, clientId, occurredAt: at, email: address(n), ...marks };
  const ends = [
    { from: { type: 'client', value: clientId }, to: { type: 'email', value: address(n) } },
    { from: { type: 'client', value: clientId }, to: { type: 'company', value: `${company}` } },
    { from: { type: 'email', value: address(n) }, to: { type: 'contact', value: `${n + 1}` } },
    { from: { type: 'domain', value: `fuzz-${n % 97}.example` }, to: { type: 'company', value: `${company}` } },
  ];
  const link = { version: 1, eventId: id, source: 'crm', ...chance.pick(ends) };
  const whole = [
    { version: 1, kind: 'session-started', sessionId: id, clientId, startedAt: at, ...marks, companies: [company], contacts: [] },
    { ...person, kind: 'lead-captured', leadId: id, sessionId: null, form: 'demo', phone: '+12025550123' },
    { ...person, kind: 'lead-captured', leadId: id, sessionId: uuid(chance.upTo(n + 1) + 400_000_000), form: 'demo', company },
    { ...person, kind: 'signup-completed', signupId: id, surface: 'web', sessionId: null },
    { ...person, kind: 'signup-completed', signupId: id, surface: 'mobile', app: { os: 'ios', version: '3.2.1' } },
    { ...link, kind: 'identity-linked', linkedAt: at, validTo: '2026-12-01T00:00:00.000Z' },
    { ...link, kind: 'identity-unlinked', unlinkedAt: at },
  ];
  return JSON.stringify(chance.pick(whole));
}

const linkKey = (from: string, to: string, source: string, isLinked: boolean): string =>
  `${source}${isLinked ? '' : ', taken back'}: ${from} > ${to}`;

/** All that attribution must keep of an event. */
export function toKeptKeys(event: TrackingEvent): string[] {
  const { touchpoint, visit, links } = toFacts(event, new Set());
  return [
    ...(touchpoint === null ? [] : [`touchpoint ${touchpoint.touchpoint_id}`]),
    ...(visit === null ? [] : [`visit ${visit.session_id}`]),
    ...links.map(({ from, to, source, linkedAt }) =>
      linkKey(`${from.type} ${from.value}`, `${to.type} ${to.value}`, source, linkedAt !== null),
    ),
  ];
}

/** All that attribution keeps of events. */
export async function readKeptEvents(db: Database): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select 'touchpoint ' || touchpoint_id as key from interaction_touchpoints union all select 'visit ' || session_id from visits`.execute(
    db,
  );
  const links = await sql<{ from: string; to: string; source: string; isLinked: boolean; isUnlinked: boolean }>`
    select f.type || ' ' || f.value as from, t.type || ' ' || t.value as to, e.source,
           e.linked_at is not null as "isLinked", e.unlinked_at is not null as "isUnlinked"
    from identity_edge e join identity_node f on f.node_id = e.from_node join identity_node t on t.node_id = e.to_node`.execute(db);
  return [
    ...rows.map(({ key }) => key),
    ...links.rows.flatMap(({ from, to, source, isLinked, isUnlinked }) => [
      ...(isLinked ? [linkKey(from, to, source, true)] : []),
      ...(isUnlinked ? [linkKey(from, to, source, false)] : []),
    ]),
  ];
}
