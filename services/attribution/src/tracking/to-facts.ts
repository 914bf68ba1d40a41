import { isIP } from 'node:net';
import { fingerprint } from '@waybill/shared/conversion';
import type {
  IdentityLinked,
  IdentityUnlinked,
  LeadCaptured,
  SessionStarted,
  SignupCompleted,
  TrackingEvent,
} from '@waybill/shared/messages';
import type { LinkFact } from '../identity/save-links.ts';
import { type NodeKey, toEmailNodes, toNode } from '../identity/to-node.ts';
import { type Channel, classifyChannel, type Marks, readMark, readPage } from './channel.ts';

export interface Visit {
  session_id: string;
  client_id: string;
  visited_at: string;
  channel: Channel;
  campaign: string | null;
  gclid: string | null;
  wbraid: string | null;
  gbraid: string | null;
  fbclid: string | null;
  fbp: string | null;
  fbc: string | null;
  msclkid: string | null;
  ip_address: string | null;
  user_agent: string | null;
  source_url: string | null;
  content_hash: string;
}

/** Something that a client did: what it is, and when; a form or signup in a session has the channel of its session. */
export interface Touchpoint {
  touchpoint_id: string;
  kind: 'visit' | 'lead' | 'signup';
  client_id: string;
  session_id: string | null;
  email_sha256: string | null;
  occurred_at: string;
  channel: Channel | null;
  campaign: string | null;
  surface: 'web' | 'ios' | 'android';
  form: string | null;
  content_hash: string;
}

/** What the tracker or the CRM says of a session itself. */
export interface KnownLink {
  kind: 'company' | 'contact';
  entity: number;
  session_id: string;
}

/** All that an event says, each part of which may be saved again, and in any order. */
export interface Facts {
  visit: Visit | null;
  touchpoint: Touchpoint | null;
  known: KnownLink[];
  links: LinkFact[];
}

/** The visited page as a platform may be told it: without what stands for a person in its address. */
function readSourceUrl(landingUrl: string | null): string | null {
  const page = readPage(landingUrl);
  if (page === null || landingUrl === null) return null;
  if (!/@|%40/.test(landingUrl)) return landingUrl.trim();
  page.username = '';
  page.password = '';
  for (const [name, value] of [...page.searchParams]) if (`${name}${value}`.includes('@')) page.searchParams.delete(name);
  if (/@|%40/.test(page.hash)) page.hash = '';
  if (/[^/](@|%40)[^/]+\./.test(page.pathname)) page.pathname = '/';
  return page.href;
}

/** Some proxies hand on every address on the way, the visitor's first. */
function readIpAddress(given: string | null): string | null {
  const first = given?.split(',')[0]?.trim() ?? '';
  return isIP(first) === 0 ? null : first;
}

interface Origin extends Marks {
  fbp: string | null;
  fbc: string | null;
  ipAddress: string | null;
  userAgent: string | null;
}

function toVisit(sessionId: string, clientId: string, visitedAt: string, origin: Origin): Visit {
  const content = {
    session_id: sessionId.toLowerCase(),
    client_id: clientId.toLowerCase(),
    visited_at: visitedAt,
    channel: classifyChannel(origin),
    campaign: readMark(origin.utmCampaign),
    gclid: readMark(origin.gclid),
    wbraid: readMark(origin.wbraid),
    gbraid: readMark(origin.gbraid),
    fbclid: readMark(origin.fbclid),
    fbp: readMark(origin.fbp),
    fbc: readMark(origin.fbc),
    msclkid: readMark(origin.msclkid),
    ip_address: readIpAddress(origin.ipAddress),
    user_agent: readMark(origin.userAgent),
    source_url: readSourceUrl(origin.landingUrl),
  };
  return { ...content, content_hash: fingerprint(content) };
}

const withHash = (touchpoint: Omit<Touchpoint, 'content_hash'>): Touchpoint => ({ ...touchpoint, content_hash: fingerprint(touchpoint) });

const touchpointOf = ({ session_id, client_id, visited_at, channel, campaign }: Visit): Touchpoint =>
  withHash({
    ...{ touchpoint_id: session_id, kind: 'visit', client_id, session_id, email_sha256: null, occurred_at: visited_at },
    ...{ channel, campaign, surface: 'web', form: null },
  });

function readSession(event: SessionStarted): Facts {
  const visit = toVisit(event.sessionId, event.clientId, event.startedAt, event);
  const known = (kind: KnownLink['kind'], entities: number[]): KnownLink[] =>
    entities.map((entity) => ({ kind, entity, session_id: visit.session_id }));
  const links = [...known('company', event.companies), ...known('contact', event.contacts)];
  return { visit, touchpoint: touchpointOf(visit), known: links, links: [] };
}

const assertion =
  (eventId: string, at: string, source: string) =>
  (from: NodeKey, to: NodeKey): LinkFact => ({
    ...{
      from,
      to,
      source,
      eventId: eventId.toLowerCase(),
      linkedAt: at,
      unlinkedAt: null,
      confidence: 1,
      isPrimary: false,
      validFrom: null,
      validTo: null,
    },
  });

/** A form or signup: the client has the address, the address its domain, and the company and contact where the event names them. */
function linksOfPerson(
  event: LeadCaptured | SignupCompleted,
  eventId: string,
  source: string,
  ownDomains: ReadonlySet<string>,
): LinkFact[] {
  const link = assertion(eventId, event.occurredAt, source);
  const client = toNode({ type: 'client', value: event.clientId }, ownDomains);
  const { email, domain } = toEmailNodes(event.email, ownDomains);
  return [
    link(client, email),
    ...(domain === null ? [] : [link(email, domain)]),
    ...(event.company === null ? [] : [link(email, { type: 'company', value: `${event.company}`, blocked: null })]),
    ...(event.contact === null ? [] : [link(email, { type: 'contact', value: `${event.contact}`, blocked: null })]),
  ];
}

function readPerson(event: LeadCaptured | SignupCompleted, ownDomains: ReadonlySet<string>): Facts {
  const isLead = event.kind === 'lead-captured';
  const id = (isLead ? event.leadId : event.signupId).toLowerCase();
  const surface = isLead || event.surface === 'web' ? 'web' : event.app.os;
  const sessionId = isLead || event.surface === 'web' ? event.sessionId : null;
  // Without a session it is a visit of its own, so that it counts as a touch.
  const visit = sessionId === null ? toVisit(id, event.clientId, event.occurredAt, event) : null;
  const touchpoint = withHash({
    ...{ touchpoint_id: id, kind: isLead ? 'lead' : 'signup', client_id: event.clientId.toLowerCase() },
    ...{ session_id: sessionId?.toLowerCase() ?? id, email_sha256: toEmailNodes(event.email, ownDomains).email.value },
    ...{ occurred_at: event.occurredAt, channel: visit?.channel ?? null, campaign: visit?.campaign ?? null },
    ...{ surface, form: isLead ? event.form : null },
  });
  return { visit, touchpoint, known: [], links: linksOfPerson(event, id, isLead ? 'lead' : 'signup', ownDomains) };
}

function readLink(event: IdentityLinked | IdentityUnlinked, ownDomains: ReadonlySet<string>): Facts {
  const at = event.kind === 'identity-linked' ? event.linkedAt : event.unlinkedAt;
  const asserted = assertion(event.eventId, at, event.source)(toNode(event.from, ownDomains), toNode(event.to, ownDomains));
  const { confidence, isPrimary, validFrom, validTo } = event.kind === 'identity-linked' ? event : asserted;
  const link = { ...asserted, confidence, isPrimary, validFrom, validTo };
  return {
    ...{ visit: null, touchpoint: null, known: [] },
    links: [event.kind === 'identity-linked' ? link : { ...link, linkedAt: null, unlinkedAt: at }],
  };
}

/** What a tracking event says. `ownDomains`: the addresses of which are our own people's. */
export function toFacts(event: TrackingEvent, ownDomains: ReadonlySet<string>): Facts {
  if (event.kind === 'session-started') return readSession(event);
  if (event.kind === 'identity-linked' || event.kind === 'identity-unlinked') return readLink(event, ownDomains);
  return readPerson(event, ownDomains);
}
