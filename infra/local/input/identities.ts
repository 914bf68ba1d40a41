import { createHash } from 'node:crypto';
import type { SessionStarted, TrackingEvent } from '@waybill/shared/messages';
import type { Input } from './input.ts';
import type { Random } from './random.ts';
import { buildSession, toUuid } from './session.ts';

const minuteMs = 60_000;
const hex = '0123456789abcdef';

type Contact = Input['contacts'][number];
type End = Extract<TrackingEvent, { kind: 'identity-linked' }>['from'];

/** A company with all that the tracker saw of it. */
export interface KnownCompany {
  id: number;
  contacts: Contact[];
  sessions: SessionStarted[];
}

export interface Identities {
  /** Of clients that no tracker knows: a lead alone tells whose they are, or none does. */
  sessions: SessionStarted[];
  /** Leads, signups and the CRM's links, in no order. */
  events: TrackingEvent[];
}

const version = 1 as const;
const newUuid = (random: Random): string => toUuid(random.text(32, hex));
const sha256 = (text: string): string => createHash('sha256').update(text.toLowerCase()).digest('hex');
const domainOf = ({ id }: { id: number }): string => `company-${id}.example`;

function link(random: Random, from: End, to: End, linkedAt: string, source = 'crm'): TrackingEvent {
  const always = { confidence: 1, isPrimary: source === 'crm', validFrom: null, validTo: null };
  return { version, kind: 'identity-linked', eventId: newUuid(random), from, to, source, linkedAt, ...always };
}

const emailEnd = (value: string): End => ({ type: 'email', value });
const companyEnd = (id: number): End => ({ type: 'company', value: `${id}` });

/** Some trackers send addresses, some their hashes beside, and some nothing but the hash. */
function emailOf(random: Random, email: string): { email: string; emailSha256?: string } {
  const form = random.weighted([
    ['plain', 5],
    ['both', 4],
    ['hashed', 1],
  ] as const);
  if (form === 'plain') return { email };
  const emailSha256 = sha256(email);
  return form === 'both' ? { email, emailSha256 } : { email: `sha256:${emailSha256}@${email.slice(email.indexOf('@') + 1)}`, emailSha256 };
}

const nobody = { company: null, contact: null };
const noMarks = {
  ...{ landingUrl: null, referrer: null, utmSource: null, utmMedium: null, utmCampaign: null, ipAddress: null, userAgent: null },
  ...{ gclid: null, wbraid: null, gbraid: null, fbclid: null, fbp: null, fbc: null, msclkid: null },
};

/** What a form or signup in a session has of it. */
const inSession = (random: Random, { clientId, sessionId, startedAt }: SessionStarted, now: number) => ({
  ...{ version, clientId, sessionId, ...nobody, ...noMarks },
  occurredAt: new Date(Math.min(Date.parse(startedAt) + random.whole(1, 20) * minuteMs, now)).toISOString(),
});

function lead(random: Random, session: SessionStarted, email: string, now: number): TrackingEvent {
  const form = random.pick(['demo', 'newsletter', 'whitepaper']);
  return { ...inSession(random, session, now), kind: 'lead-captured', leadId: newUuid(random), form, ...emailOf(random, email) };
}

function signup(random: Random, session: SessionStarted, email: string, now: number): TrackingEvent {
  const { sessionId, ...person } = { ...inSession(random, session, now), ...emailOf(random, email) };
  const signed = { ...person, kind: 'signup-completed' as const, signupId: newUuid(random) };
  if (random.chance(0.7)) return { ...signed, surface: 'web', sessionId };
  // The app's installation is a client of its own, which nothing but the address ties to the website's.
  const app = { os: random.pick(['ios', 'android'] as const), version: `3.${random.whole(0, 9)}.0` };
  return { ...signed, surface: 'mobile', clientId: newUuid(random), app, utmSource: 'app-store', utmMedium: 'organic' };
}

/** The contact that every session names; of another the tracker does not say that all of them are his. */
function onlyContact({ contacts, sessions }: KnownCompany): Contact | null {
  const [first] = sessions[0]?.contacts ?? [];
  const isOnly = sessions.every(({ contacts: named }) => named.length === 1 && named[0] === first);
  return isOnly ? (contacts.find(({ contact_id }) => contact_id === first) ?? null) : null;
}

function* strangersOf(random: Random, company: KnownCompany, now: number, sourceOf: (random: Random) => Partial<SessionStarted>) {
  const [first] = company.sessions as [SessionStarted];
  const bornAt = Date.parse(first.startedAt);
  const clientId = newUuid(random);
  const sessions = Array.from({ length: random.whole(1, 3) }, () => {
    const startedAt = new Date(bornAt + Math.floor(random.unit() * (now - bornAt))).toISOString();
    const known = { sessionId: newUuid(random), clientId, startedAt, companies: [], contacts: [], landingUrl: first.landingUrl };
    return buildSession(known, sourceOf(random));
  });
  yield* sessions;
  // A mailbox that several people read says of nobody whose client it is.
  const mailbox = random.chance(0.8) ? `visitor-${random.text(6, hex)}` : 'info';
  yield lead(random, random.pick(sessions), `${mailbox}@${domainOf(company)}`, now);
}

function* eventsOf(random: Random, company: KnownCompany, all: KnownCompany[], now: number): Generator<TrackingEvent> {
  const { id, sessions, contacts } = company;
  const [{ startedAt }] = sessions as [SessionStarted];
  yield link(random, { type: 'domain', value: domainOf(company) }, companyEnd(id), startedAt);
  const only = onlyContact(company);
  if (only !== null) yield link(random, emailEnd(String(only.email)), { type: 'contact', value: `${only.contact_id}` }, startedAt);
  if (random.chance(0.5)) yield lead(random, random.pick(sessions), String(random.pick(contacts).email), now);
  if (random.chance(0.4)) yield signup(random, random.pick(sessions), String(random.pick(contacts).email), now);
  if (random.chance(0.02)) {
    // An import takes an address for another company's, and takes it back.
    const wrong = link(random, emailEnd(String(random.pick(contacts).email)), companyEnd(random.pick(all).id), startedAt, 'import');
    yield wrong;
    const { from, to, source } = wrong as Extract<TrackingEvent, { kind: 'identity-linked' }>;
    yield { version, kind: 'identity-unlinked', eventId: newUuid(random), from, to, source, unlinkedAt: new Date(now).toISOString() };
  }
}

/**
 * Invents what tells whose clients are. Of sessions that the tracker knows it tells nothing that the tracker does not say itself; one company in
 * twelve has sessions besides that are found to be its own by it alone.
 */
export function generateIdentities(
  random: Random,
  companies: KnownCompany[],
  now: number,
  sourceOf: (random: Random) => Partial<SessionStarted>,
): Identities {
  const events = companies.flatMap((company) => [...eventsOf(random, company, companies, now)]);
  const strangers = companies.flatMap((company) => (random.chance(1 / 12) ? [...strangersOf(random, company, now, sourceOf)] : []));
  const isSession = (event: TrackingEvent): event is SessionStarted => event.kind === 'session-started';
  return { sessions: strangers.filter(isSession), events: [...events, ...strangers.filter((event) => !isSession(event))] };
}

const instantOf = (event: TrackingEvent): string => {
  if (event.kind === 'session-started') return event.startedAt;
  if (event.kind === 'identity-linked') return event.linkedAt;
  return event.kind === 'identity-unlinked' ? event.unlinkedAt : event.occurredAt;
};

/** Events as they arrive: by their instants, but a few late, and a few twice. */
export function toArrivals(random: Random, events: TrackingEvent[]): TrackingEvent[] {
  const byInstant = events.toSorted((left, right) => Date.parse(instantOf(left)) - Date.parse(instantOf(right)));
  const placed = byInstant.map((event) => ({ event, isLate: random.chance(0.04), isDoubled: random.chance(0.03) }));
  const of = (wanted: (one: (typeof placed)[number]) => boolean) => placed.filter(wanted).map(({ event }) => event);
  return [...of(({ isLate }) => !isLate), ...of(({ isLate }) => isLate), ...of(({ isDoubled }) => isDoubled)];
}
