import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashIdentifier, parseWith } from '../conversion/index.ts';
import { isEmailAddress, linkable, trackingEventSchema } from './tracking.ts';

const uuid = 'd3b07384-d113-4c5e-8b1a-0a1b2c3d4e5f';
const other = '0f8fad5b-d9cb-469f-a165-70867728950e';
const emptyUuid = '00000000-0000-0000-0000-000000000000';
const at = '2026-11-20T10:00:00.000Z';
const later = '2026-11-21T10:00:00.000Z';
const hash = hashIdentifier('ann@acme.example');

const marks = {
  ...{ landingUrl: null, referrer: null, utmSource: null, utmMedium: null, utmCampaign: null, ipAddress: null, userAgent: null },
  ...{ gclid: null, wbraid: null, gbraid: null, fbclid: null, fbp: null, fbc: null, msclkid: null },
};
const session = {
  version: 1,
  kind: 'session-started',
  sessionId: uuid,
  clientId: other,
  startedAt: at,
  ...marks,
  companies: [],
  contacts: [],
};
const lead = {
  version: 1,
  kind: 'lead-captured',
  leadId: uuid,
  clientId: other,
  sessionId: null,
  occurredAt: at,
  form: 'demo',
  email: 'ann@acme.example',
};
const signup = { version: 1, kind: 'signup-completed', signupId: uuid, clientId: other, occurredAt: at, email: 'ann@acme.example' };
const web = { ...signup, surface: 'web', sessionId: other };
const mobile = { ...signup, surface: 'mobile', app: { os: 'ios', version: '3.2.1' } };
const ends = {
  client: { type: 'client', value: other },
  email: { type: 'email', value: 'ann@acme.example' },
  domain: { type: 'domain', value: 'acme.example' },
  company: { type: 'company', value: '42' },
  contact: { type: 'contact', value: '7' },
};
const linked = { version: 1, kind: 'identity-linked', eventId: uuid, from: ends.email, to: ends.company, source: 'crm', linkedAt: at };
const unlinked = {
  version: 1,
  kind: 'identity-unlinked',
  eventId: uuid,
  from: ends.email,
  to: ends.company,
  source: 'crm',
  unlinkedAt: at,
};

const read = (event: unknown) => parseWith(trackingEventSchema, event);
const reasonOf = (event: unknown): string => {
  const parsed = read(event);
  return parsed.ok ? '' : parsed.reason;
};

describe('a tracking event', () => {
  it.each<[string, object]>([
    ['a session', session],
    ['a session with fields that nobody knows yet', { ...session, screen: { width: 1920 } }],
    ['a session whose ids are in upper case', { ...session, sessionId: uuid.toUpperCase() }],
    [
      'a session with a page that is none, and a long one',
      { ...session, landingUrl: 'pricing', referrer: `https://a.example/?${'x'.repeat(5_000)}` },
    ],
    ['a session with empty marks', { ...session, utmSource: '', gclid: ' ' }],
    ['a lead', lead],
    ['a lead with the hash of its address', { ...lead, emailSha256: hash }],
    ['a lead with the hash of its address written otherwise', { ...lead, email: ' Ann@ACME.example ', emailSha256: hash }],
    ['a lead of a session', { ...lead, sessionId: other }],
    ['a lead whose address is known by its hash', { ...lead, email: `sha256:${hash}` }],
    ['a lead whose address is known by its hash and domain', { ...lead, email: `sha256:${hash}@acme.example`, emailSha256: hash }],
    ['a lead with company and contact', { ...lead, company: 42, contact: 7 }],
    ['a signup on the web', web],
    ['a signup in the app', mobile],
    ['a signup in a build of the app', { ...mobile, app: { os: 'android', version: '10.0.2-beta.1+45' } }],
    ['a link for ever', linked],
    ['a link between two instants', { ...linked, validFrom: at, validTo: later, confidence: 0.5, isPrimary: true }],
    [
      'a link whose client and domain are written in capitals',
      { ...linked, from: ends.client, to: { type: 'email', value: 'ANN@ACME.EXAMPLE' } },
    ],
    ['a link that is taken back', unlinked],
  ])('is read: %s', (_, event) => {
    expect(reasonOf(event)).toBe('');
  });

  it.each<[string, object, string]>([
    [
      'a kind that there is not',
      { ...session, kind: 'page-viewed' },
      'kind: must be session-started, lead-captured, signup-completed, identity-linked or identity-unlinked',
    ],
    ['no kind', {}, 'kind: must be session-started, lead-captured, signup-completed, identity-linked or identity-unlinked'],
    ['a list', [session], '(whole message): must be an object'],
    ['another version', { ...session, version: 2 }, 'version: must be 1'],
    ['a session id that is no UUID', { ...session, sessionId: '42' }, 'sessionId: must be a UUID'],
    ['the empty UUID as session', { ...session, sessionId: emptyUuid }, 'sessionId: must not be the empty UUID'],
    ['a client id that is no UUID', { ...session, clientId: 'GA1.2.3.4' }, 'clientId: must be a UUID'],
    ['the empty UUID as client', { ...session, clientId: emptyUuid }, 'clientId: must not be the empty UUID'],
    [
      'the UUID of nothing but ones as client',
      { ...session, clientId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
      'clientId: must not be the empty UUID',
    ],
    ['no client', { ...session, clientId: undefined }, 'clientId: must be a UUID'],
    [
      'an instant without milliseconds',
      { ...session, startedAt: '2026-11-20T10:00:00Z' },
      'startedAt: must be an instant in UTC with milliseconds, such as 2026-11-20T10:00:00.000Z',
    ],
    [
      'an instant of another zone',
      { ...session, startedAt: '2026-11-20T10:00:00.000+02:00' },
      'startedAt: must be an instant in UTC with milliseconds, such as 2026-11-20T10:00:00.000Z',
    ],
    [
      'a day that there is not',
      { ...session, startedAt: '2026-02-30T10:00:00.000Z' },
      'startedAt: must be an instant in UTC with milliseconds, such as 2026-11-20T10:00:00.000Z',
    ],
    ['an instant before 1970', { ...session, startedAt: '0001-01-01T00:00:00.000Z' }, 'startedAt: must not be before 1970'],
    ['a session without a field', { ...session, gclid: undefined }, 'gclid: is missing; give null where it is not known'],
    ['a click id that is a number', { ...session, gclid: 5 }, 'gclid: must be text or null'],
    ['a click id without end', { ...session, gclid: 'x'.repeat(2_001) }, 'gclid: must be at most 2000 characters'],
    ['a page without end', { ...session, landingUrl: 'x'.repeat(8_193) }, 'landingUrl: must be at most 8192 characters'],
    ['company 0', { ...session, companies: [42, 0] }, 'companies.1: must be a positive whole number'],
    ['a company that is text', { ...session, companies: ['42'] }, 'companies.0: must be a positive whole number'],
    ['a contact beyond all numbers', { ...session, contacts: [2 ** 53] }, 'contacts.0: must be a positive whole number'],
    ['no list of companies', { ...session, companies: null }, 'companies: must be a list of positive whole numbers'],
    [
      'a session of everybody',
      { ...session, companies: Array.from({ length: 101 }, (__, n) => n + 1) },
      'companies: must be at most 100; a session of more people tells nothing of any',
    ],
    [
      'an address without a domain',
      { ...lead, email: 'ann' },
      'email: must be an e-mail address, or sha256: with the SHA-256 of one in lower-case hex',
    ],
    [
      'an address in words',
      { ...lead, email: 'Ann <ann@acme.example>' },
      'email: must be an e-mail address, or sha256: with the SHA-256 of one in lower-case hex',
    ],
    [
      'a hash without its mark',
      { ...lead, email: hash },
      'email: must be an e-mail address, or sha256: with the SHA-256 of one in lower-case hex',
    ],
    [
      'a hash that is not the address’s',
      { ...lead, emailSha256: hashIdentifier('bob@acme.example') },
      'emailSha256: is not the SHA-256 of the e-mail address in lower case',
    ],
    [
      'a hash that is not the hashed address’s',
      { ...lead, email: `sha256:${hash}`, emailSha256: hashIdentifier('bob@acme.example') },
      'emailSha256: is not the SHA-256 of the e-mail address in lower case',
    ],
    ['a hash in capitals', { ...lead, emailSha256: hash.toUpperCase() }, 'emailSha256: must be a SHA-256 in lower-case hex'],
    ['a lead of no form', { ...lead, form: '' }, 'form: must not be empty'],
    ['a lead of a session that is none', { ...lead, sessionId: '' }, 'sessionId: must be a UUID, or null without a session'],
    [
      'a lead with the id of its session',
      { ...lead, sessionId: uuid.toUpperCase() },
      'leadId: must be another id than that of the session',
    ],
    ['a lead of company 0', { ...lead, company: 0 }, 'company: must be a positive whole number'],
    ['a signup with the id of its session', { ...web, sessionId: uuid }, 'signupId: must be another id than that of the session'],
    ['a signup elsewhere', { ...web, surface: 'tv' }, 'surface: must be web or mobile'],
    ['a signup in an app that is not told', { ...mobile, app: undefined }, 'app: must be an object with os and version'],
    ['a signup in the app of another system', { ...mobile, app: { os: 'symbian', version: '1' } }, 'app.os: must be ios or android'],
    [
      'a signup in an app of no version',
      { ...mobile, app: { os: 'ios', version: 'latest' } },
      'app.version: must be a version such as 3.2.1',
    ],
    ['a link of no end', { ...linked, to: 'company 42' }, 'to: must be an object with type and value'],
    [
      'a link to what nobody knows',
      { ...linked, to: { type: 'phone', value: '1' } },
      'to.type: must be client, email, domain, company or contact',
    ],
    ['a link of a client that is no UUID', { ...linked, from: { type: 'client', value: '9' } }, 'from.value: must be a UUID'],
    [
      'a link of an address that is none',
      { ...linked, from: { type: 'email', value: 'ann@' } },
      'from.value: must be an e-mail address, or sha256: with the SHA-256 of one in lower-case hex',
    ],
    [
      'a link of a domain that is none',
      { ...linked, from: { type: 'domain', value: 'https://acme.example' } },
      'from.value: must be a domain',
    ],
    [
      'a link to company 042',
      { ...linked, to: { type: 'company', value: '042' } },
      'to.value: must be the digits of a positive whole number',
    ],
    [
      'a link to a company that is a number',
      { ...linked, to: { type: 'company', value: 42 } },
      'to.value: must be the digits of a positive whole number',
    ],
    ['a link of no source', { ...linked, source: 'The CRM' }, 'source: must be a name of lower-case letters, digits and dashes'],
    [
      'a link that nobody believes',
      { ...linked, confidence: 0 },
      'confidence: must be above 0 and at most 1; what is not believed at all is taken back by identity-unlinked',
    ],
    [
      'a link that is more than certain',
      { ...linked, confidence: 1.1 },
      'confidence: must be above 0 and at most 1; what is not believed at all is taken back by identity-unlinked',
    ],
    ['a link that ends before it begins', { ...linked, validFrom: later, validTo: at }, 'validTo: must be after validFrom'],
    ['a link that ends as it begins', { ...linked, validFrom: at, validTo: at }, 'validTo: must be after validFrom'],
    [
      'a link that ends at no instant',
      { ...linked, validTo: 'never' },
      'validTo: must be an instant in UTC with milliseconds, such as 2026-11-20T10:00:00.000Z',
    ],
    [
      'no instant of taking back',
      { ...unlinked, unlinkedAt: undefined },
      'unlinkedAt: must be an instant in UTC with milliseconds, such as 2026-11-20T10:00:00.000Z',
    ],
  ])('is refused with place and rule: %s', (_, event, reason) => {
    expect(reasonOf(event)).toBe(reason);
  });

  it('names every problem at once', () => {
    expect(reasonOf({ ...session, sessionId: 'a', clientId: 'b' })).toBe('sessionId: must be a UUID; clientId: must be a UUID');
  });

  it('links the ends that may be linked, and no others, linked and taken back alike', () => {
    const problem =
      'to.type: cannot be linked from that type; link client to email or company, email to domain, contact or company, domain to company';
    for (const from of Object.values(ends)) {
      for (const to of Object.values(ends)) {
        const reason = (linkable[from.type] as string[] | undefined)?.includes(to.type) ? '' : problem;
        expect([from.type, to.type, reasonOf({ ...linked, from, to })]).toEqual([from.type, to.type, reason]);
        expect([from.type, to.type, reasonOf({ ...unlinked, from, to })]).toEqual([from.type, to.type, reason]);
      }
    }
    expect(linkable).toEqual({ client: ['email', 'company'], email: ['domain', 'contact', 'company'], domain: ['company'] });
  });

  it('is never repeated in the reason for its refusal', () => {
    const whole = [session, lead, web, mobile, linked, unlinked] as Record<string, unknown>[];
    const secret = fc.stringMatching(/^[a-z]{4,9}\.[a-z]{4,9}@[a-z]{4,9}\.example$/).map((address) => `zq${address}`);
    const broken = fc
      .constantFrom(...whole)
      .chain((event) => fc.record({ event: fc.constant(event), key: fc.constantFrom(...Object.keys(event)), secret }));
    fc.assert(
      fc.property(broken, ({ event, key, secret: address }) => !reasonOf({ ...event, [key]: { [address]: [address] } }).includes(address)),
    );
  });
});

describe('an e-mail address', () => {
  it.each([
    'ann@acme.example',
    'Ann.Lee+news@mail.acme.co.uk',
    "o'neill@acme.example",
    'r&d@acme.example',
    'jörg@müller.example',
    'анна@почта.рф',
    'ann@xn--mller-kva.xn--p1ai',
    '1@2.example',
  ])('is %s', (address) => {
    expect(isEmailAddress(address)).toBe(true);
  });

  it.each([
    ...[
      '',
      'ann',
      '@acme.example',
      'ann@',
      'ann@acme',
      'ann@@acme.example',
      'ann@acme@bolt.example',
      '.ann@acme.example',
      'ann.@acme.example',
    ],
    ...[
      'an..n@acme.example',
      'ann@acme..example',
      'ann@-acme.example',
      'ann@acme.e',
      'ann@10.0.0.1',
      'an n@acme.example',
      'ann@acme.example,bob@acme.example',
    ],
    ...['mailto:ann@acme.example', 'ann@acme.example\n', `${'a'.repeat(65)}@acme.example`, `ann@${'acme.'.repeat(60)}example`],
  ])('is not "%s"', (text) => {
    expect(isEmailAddress(text)).toBe(false);
  });
});
