import { createHash } from 'node:crypto';
import type { SessionStarted } from '@waybill/shared/messages';
import { generateIdentities, toArrivals } from './identities.ts';
import type { CompanyScore, ContactAcvScore, ContactCpScore, Input } from './input.ts';
import { createRandom, type Random } from './random.ts';
import { buildSession, toUuid } from './session.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const employeesRanges: [readonly [number, number], number][] = [
  [[1, 10], 42],
  [[11, 50], 28],
  [[51, 200], 14],
  [[201, 500], 8],
  [[501, 1_000], 5],
  [[1_001, 5_000], 3],
];

interface Place {
  country: string;
  state: string | null;
  prefix: string;
}

const places: [Place, number][] = [
  [{ country: 'US', state: 'CA', prefix: '+1202555' }, 12],
  [{ country: 'US', state: 'TX', prefix: '+1202555' }, 10],
  [{ country: 'US', state: 'NY', prefix: '+1202555' }, 20],
  [{ country: 'GB', state: null, prefix: '+44207946' }, 10],
  [{ country: 'DE', state: null, prefix: '+4930901820' }, 12],
  [{ country: 'FR', state: null, prefix: '+3319900' }, 8],
  [{ country: 'IL', state: null, prefix: '+97235000' }, 6],
  [{ country: 'CA', state: 'ON', prefix: '+1613555' }, 6],
  [{ country: 'AU', state: 'NSW', prefix: '+6125550' }, 6],
];

const eea = new Set(['DE', 'FR']);
const firstNames = ['Maya', 'Jonas', 'Amélie', 'Noah', 'Priya', 'Oliver', 'Zoë', 'Daniel', 'Sofía', 'Liam', 'Ingrid', 'Tomer'];
const lastNames = ['Berg', 'García', "O'Neill", 'Schmidt', 'Nguyen', 'Cohen', 'Dubois', 'Okafor', 'Smith-Jones', 'Rossi'];
const campaigns = ['brand', 'non-brand', 'performance-max', 'retargeting', 'lookalike'];

interface Company {
  id: number;
  range: readonly [number, number];
  place: Place;
  contacts: number[];
  /** The first session; everything else of the company happens after it. */
  bornAt: number;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const maybe = <T>(happens: boolean, value: T): T | null => (happens ? value : null);

function clickOf(random: Random, platform: 'google' | 'facebook' | 'bing'): Partial<SessionStarted> {
  // One click id in a hundred arrives cut off, as it does in the field.
  const cut = random.chance(0.01);
  const utmCampaign = random.pick(campaigns);
  if (platform === 'google') {
    const kind = random.weighted([['gclid', 90], ['wbraid', 6], ['gbraid', 4]] as const);
    return { utmSource: 'google', utmMedium: 'cpc', utmCampaign, [kind]: cut ? 'Cj0' : `Cj0KCQ${random.text(48, base64url)}` };
  }
  if (platform === 'facebook') {
    return { utmSource: 'facebook', utmMedium: 'cpc', utmCampaign, fbclid: cut ? 'I' : `IwAR${random.text(57, base64url)}`, fbp: null };
  }
  return { utmSource: 'bing', utmMedium: 'cpc', utmCampaign, msclkid: random.text(cut ? 28 : 32, '0123456789abcdef') };
}

function sourceOf(random: Random): Partial<SessionStarted> {
  const source = random.weighted([['google', 34], ['facebook', 18], ['bing', 9], ['linkedin', 6], ['organic', 12], ['direct', 13], ['email', 8]] as const);
  if (source === 'organic') return { referrer: 'https://www.google.com/' };
  if (source === 'linkedin') return { utmSource: 'linkedin', utmMedium: 'paid-social', utmCampaign: 'Decision makers' };
  if (source === 'email') return { utmSource: 'newsletter', utmMedium: 'email' };
  return source === 'direct' ? {} : clickOf(random, source);
}

function generateSessions(random: Random, company: Company, now: number): SessionStarted[] {
  const count = random.whole(1, 6);
  const clientId = toUuid(random.text(32, '0123456789abcdef'));
  return Array.from({ length: count }, (_, index) => {
    const startedAt = index === 0 ? company.bornAt : company.bornAt + Math.floor(random.unit() * Math.min(10 * dayMs, now - company.bornAt));
    const known = {
      sessionId: toUuid(random.text(32, '0123456789abcdef')),
      clientId,
      startedAt: iso(startedAt),
      companies: [company.id],
      contacts: [random.pick(company.contacts)],
      landingUrl: 'https://www.example.com/pricing',
      ipAddress: `198.51.100.${random.whole(1, 254)}`,
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
    };
    return buildSession(known, sourceOf(random));
  });
}

function generateCompanyRow(random: Random, company: Company, now: number): Input['companies'][number] {
  const after = (from: number, longest: number): number => Math.min(from + Math.floor(random.unit() * longest), now - 60_000);
  const signupAt = after(company.bornAt, 2 * dayMs);
  const mqlAt = after(signupAt, dayMs);
  const paidAt = after(mqlAt, 3 * dayMs);
  const signedUp = random.chance(0.7);
  const paid = signedUp && random.chance(0.35);
  const startedFunnelAt = after(company.bornAt, dayMs);
  const demoFormAt = after(signupAt, 2 * dayMs);
  const demoBookedAt = after(demoFormAt, 2 * 3_600_000);
  const askedForDemo = signedUp && random.chance(0.3);
  const booked = askedForDemo && random.chance(0.7);
  return {
    company: company.id,
    employees_range_min: company.range[0],
    employees_range_max: company.range[1],
    is_spam: random.chance(0.03),
    is_legitimate: !random.chance(0.02),
    country: company.place.country,
    state: company.place.state,
    started_funnel_at: maybe(signedUp || random.chance(0.3), iso(startedFunnelAt)),
    signup_at: maybe(signedUp, iso(signupAt)),
    added_5_users_at: maybe(signedUp && random.chance(0.2), iso(after(signupAt, 3 * dayMs))),
    demo_form_filled_at: maybe(askedForDemo, iso(demoFormAt)),
    demo_booked_at: maybe(booked, iso(demoBookedAt)),
    demo_done_at: maybe(booked && random.chance(0.8), iso(after(demoBookedAt, 3 * dayMs))),
    refunded_at: maybe(paid && random.chance(0.04), iso(after(paidAt, 2 * dayMs))),
    mql_at: maybe(signedUp && random.chance(0.6), iso(mqlAt)),
    first_paid_at: maybe(paid, iso(paidAt)),
    first_payment_value: maybe(paid, (random.whole(2_900, 240_000) / 100).toFixed(4)),
    first_payment_currency: maybe(paid, 'USD'),
  };
}

function generateContactRow(random: Random, company: Company, contactId: number): Input['contacts'][number] {
  const first = random.pick(firstNames);
  const last = random.pick(lastNames);
  const mailbox = `${first}.${last}`.normalize('NFD').replace(/[^a-zA-Z.]/g, '').toLowerCase();
  const consents = eea.has(company.place.country)
    ? ([['granted', 70], ['denied', 15], ['unknown', 15]] as const)
    : ([['granted', 15], ['denied', 5], ['unknown', 80]] as const);
  const consent = random.weighted(consents);
  const leadAt = company.bornAt + Math.floor(random.unit() * 0.1 * dayMs);
  const isLead = random.chance(0.5);
  const leadScore = random.whole(0, 320);
  return {
    contact_id: contactId,
    company: company.id,
    is_spam: random.chance(0.02),
    email: `${mailbox}@company-${company.id}.example`,
    phone_number: maybe(random.chance(0.6), `${company.place.prefix}${random.text(4, '0123456789')}`),
    phone_is_corrupted: random.chance(0.03),
    first_name: first,
    last_name: last,
    state: company.place.state,
    country: company.place.country,
    external_id: `contact-${contactId}`,
    consent_ad_user_data: consent,
    consent_ad_personalization: consent,
    signup_at: maybe(random.chance(0.6), iso(company.bornAt + Math.floor(random.unit() * dayMs))),
    lead_at: maybe(isLead, iso(leadAt)),
    lead_index: maybe(isLead, (random.whole(0, 10_000) / 100).toFixed(4)),
    lead_score: maybe(isLead, leadScore),
    lead_score_250_at: maybe(isLead && leadScore >= 250, iso(leadAt + Math.floor(random.unit() * dayMs))),
    demo_booked_at: maybe(random.chance(0.15), iso(company.bornAt + Math.floor(random.unit() * 2 * dayMs))),
  };
}

const probability = (random: Random, scale: number): number => Number((random.unit() ** 3 * scale).toFixed(6));

function generateScores(random: Random, companies: Company[], scoredAt: string): NonNullable<Input['scores']> {
  const ofCompany = ({ id, range }: Company): CompanyScore => ({
    company: id,
    cp1: probability(random, 0.4),
    cp1_arpu: (random.whole(2_000, 90_000) / 100).toFixed(2),
    cp3: probability(random, 0.6),
    cp3_arpu: (random.whole(4_000, 180_000) / 100).toFixed(2),
    employees_range_min: range[0],
    employees_range_max: range[1],
    scored_at: scoredAt,
  });
  const contactIds = companies.flatMap(({ contacts }) => contacts);
  const cp = (contact_id: number): ContactCpScore => ({
    contact_id,
    combined1_conversion_probability_predicted: probability(random, 0.3),
    combined3_conversion_probability_predicted: probability(random, 0.5),
    cp1_signup_first: probability(random, 0.3),
    cp3_signup_first: probability(random, 0.4),
    book_a_demo_1_probability: probability(random, 0.2),
    book_a_demo_3_probability: probability(random, 0.3),
    scored_at: scoredAt,
  });
  const acv = (contact_id: number): ContactAcvScore => ({ contact_id, acv: (random.whole(20_000, 900_000) / 100).toFixed(2), scored_at: scoredAt });
  return { companies: companies.map(ofCompany), contactCp: contactIds.map(cp), contactAcv: contactIds.map(acv) };
}

const randomOf = (text: string): Random =>
  createRandom(Number.parseInt(createHash('sha256').update(text).digest('hex').slice(0, 8), 16));

/**
 * Invents a plausible company's fortnight: the same seed, size and `now` give the same input to the byte. It holds what the field holds:
 * spam, missing consent, cut-off click ids, corrupted phone numbers, clicks outside the window.
 */
export function generateInput({ seed, companies: count, now }: { seed: number; companies: number; now: Date }): Input {
  const random = randomOf(`waybill ${seed}`);
  const at = now.getTime();
  let nextContact = 1;
  const companies = Array.from({ length: count }, (_, index): Company => {
    const contacts = Array.from({ length: random.whole(1, 3) }, () => nextContact++);
    const bornAt = at - Math.floor((0.1 + random.unit() * 13.9) * dayMs);
    return { id: index + 1, range: random.weighted(employeesRanges), place: random.weighted(places), contacts, bornAt };
  });
  const rows = companies.map((company) => generateCompanyRow(random, company, at));
  const contacts = companies.map((company) => company.contacts.map((contactId) => generateContactRow(random, company, contactId)));
  const known = companies.map((company) => generateSessions(random, company, at));
  const scores = generateScores(random, companies, iso(at - 2 * hourMs));
  // Chance of its own, so that the company is the same whatever else is told of it.
  const others = randomOf(`waybill identities ${seed}`);
  const people = companies.map(({ id }, index) => ({ id, contacts: contacts[index] ?? [], sessions: known[index] ?? [] }));
  const identities = generateIdentities(others, people, at, sourceOf);
  const sessions = [...known.flat(), ...identities.sessions];
  return {
    ...{ label: `generated example company (seed ${seed})`, companies: rows, contacts: contacts.flat(), sessions, scores },
    events: toArrivals(others, [...sessions, ...identities.events]),
  };
}
