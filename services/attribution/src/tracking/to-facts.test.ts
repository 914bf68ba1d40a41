import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import { type TrackingEvent, trackingEventSchema } from '@waybill/shared/messages';
import fc from 'fast-check';
import { buildLead, buildLink, buildSession, buildUnlink, end, uuidOf } from '../testing.ts';
import { toFacts } from './to-facts.ts';

const at = '2026-11-20T10:00:00.000Z';
const facts = (event: TrackingEvent) => toFacts(event, new Set(['waybill.example']));
const read = (event: unknown): TrackingEvent => trackingEventSchema.parse(event);
const ann = { type: 'email', value: hashIdentifier('ann@acme.example'), blocked: null };
const client = { type: 'client', value: uuidOf(9), blocked: null };
const asserted = (source: string, eventId: string) => ({
  ...{ source, eventId, linkedAt: at, unlinkedAt: null, confidence: 1, isPrimary: false, validFrom: null, validTo: null },
});
const signup = (more: object): TrackingEvent =>
  read({
    version: 1,
    kind: 'signup-completed',
    signupId: uuidOf(5),
    clientId: uuidOf(9),
    occurredAt: at,
    email: 'ann@acme.example',
    ...more,
  });

describe('a session', () => {
  it('is a visit, a touchpoint, and those whom it is known to belong to', () => {
    const said = facts(buildSession(1, 9, at, { gclid: ' Cj0 ', utmCampaign: 'brand', companies: [42, 43], contacts: [7] }));
    expect(said.visit).toMatchObject({
      session_id: uuidOf(1),
      client_id: uuidOf(9),
      visited_at: at,
      channel: 'cpc-google',
      campaign: 'brand',
      gclid: 'Cj0',
    });
    expect(said.touchpoint).toMatchObject({
      touchpoint_id: uuidOf(1),
      kind: 'visit',
      session_id: uuidOf(1),
      occurred_at: at,
      channel: 'cpc-google',
      surface: 'web',
    });
    expect(said.known).toEqual([
      { kind: 'company', entity: 42, session_id: uuidOf(1) },
      { kind: 'company', entity: 43, session_id: uuidOf(1) },
      { kind: 'contact', entity: 7, session_id: uuidOf(1) },
    ]);
    expect(said.links).toEqual([]);
  });

  it('is the same whatever the case of its ids', () => {
    const session = buildSession(0xabc, 0xdef, at);
    const upper = { ...session, sessionId: session.sessionId.toUpperCase(), clientId: session.clientId.toUpperCase() };
    expect(facts(upper)).toEqual(facts(session));
  });

  it.each<[string, object, object]>([
    [
      'marks that say nothing',
      { gclid: '', fbclid: 'undefined', msclkid: '{msclkid}', utmCampaign: '(not set)', userAgent: ' ' },
      { gclid: null, fbclid: null, msclkid: null, campaign: null, user_agent: null, channel: 'direct' },
    ],
    ['a page', { landingUrl: 'https://www.acme.example/a?b=c%20d#e' }, { source_url: 'https://www.acme.example/a?b=c%20d#e' }],
    ['what is no page', { landingUrl: '/pricing' }, { source_url: null }],
    ['a page of another kind', { landingUrl: 'javascript:alert(1)' }, { source_url: null }],
    [
      'an address in the page’s query',
      { landingUrl: 'https://a.example/p?x=1&email=ann%40acme.example&y=2' },
      { source_url: 'https://a.example/p?x=1&y=2' },
    ],
    ['an address in the page’s anchor', { landingUrl: 'https://a.example/p#ann@acme.example' }, { source_url: 'https://a.example/p' }],
    [
      'an address in the page’s path',
      { landingUrl: 'https://a.example/unsubscribe/ann@acme.example?x=1' },
      { source_url: 'https://a.example/?x=1' },
    ],
    ['a name at a site', { landingUrl: 'https://a.example/@ann/post' }, { source_url: 'https://a.example/@ann/post' }],
    ['a password before the host', { landingUrl: 'https://ann:secret@a.example/p' }, { source_url: 'https://a.example/p' }],
    ['an IP address', { ipAddress: ' 203.0.113.7 ' }, { ip_address: '203.0.113.7' }],
    ['an IP address of the newer kind', { ipAddress: '2001:db8::7' }, { ip_address: '2001:db8::7' }],
    ['the addresses of all proxies', { ipAddress: '203.0.113.7, 10.0.0.1' }, { ip_address: '203.0.113.7' }],
    ['what is no IP address', { ipAddress: 'unknown' }, { ip_address: null }],
  ])('keeps of %s what can be used', (_, given, kept) => {
    expect(facts(buildSession(1, 9, at, given)).visit).toMatchObject(kept);
  });

  it('has another hash for another content only', () => {
    const content = fc.record({
      gclid: fc.constantFrom(null, 'Cj0', 'Cj1'),
      utmCampaign: fc.constantFrom(null, 'a'),
      companies: fc.constantFrom<number[]>([], [42]),
    });
    fc.assert(
      fc.property(content, content, (left, right) => {
        const [one, other] = [facts(buildSession(1, 9, at, left)), facts(buildSession(1, 9, at, right))];
        const { content_hash: first, ...kept } = one.visit ?? { content_hash: '' };
        const { content_hash: second, ...keptToo } = other.visit ?? { content_hash: '' };
        expect(first === second).toBe(JSON.stringify(kept) === JSON.stringify(keptToo));
      }),
    );
  });
});

describe('a lead', () => {
  it('without a session is a visit of its own, and links client, address, domain, company and contact', () => {
    const said = facts(buildLead(2, 9, 'Ann+x@Acme.example', at, { msclkid: 'f8', company: 42, contact: 7 }));
    expect(said.visit).toMatchObject({ session_id: uuidOf(2), client_id: uuidOf(9), channel: 'cpc-bing', msclkid: 'f8' });
    expect(said.touchpoint).toMatchObject({
      touchpoint_id: uuidOf(2),
      kind: 'lead',
      session_id: uuidOf(2),
      email_sha256: ann.value,
      channel: 'cpc-bing',
      surface: 'web',
      form: 'demo',
    });
    expect(said.links).toEqual([
      { from: client, to: ann, ...asserted('lead', uuidOf(2)) },
      { from: ann, to: { type: 'domain', value: 'acme.example', blocked: null }, ...asserted('lead', uuidOf(2)) },
      { from: ann, to: { type: 'company', value: '42', blocked: null }, ...asserted('lead', uuidOf(2)) },
      { from: ann, to: { type: 'contact', value: '7', blocked: null }, ...asserted('lead', uuidOf(2)) },
    ]);
  });

  it('of a session is no visit, and has no channel of its own', () => {
    const said = facts(buildLead(2, 9, 'ann@acme.example', at, { sessionId: uuidOf(1), gclid: 'Cj0' }));
    expect(said.visit).toBeNull();
    expect(said.touchpoint).toMatchObject({ session_id: uuidOf(1), channel: null, campaign: null });
  });

  it('whose address is known by its hash alone links no domain', () => {
    const { links } = facts(buildLead(2, 9, `sha256:${ann.value}`, at));
    expect(links.map(({ to }) => to)).toEqual([ann]);
  });
});

describe('a signup', () => {
  it.each([
    ['on the web', { surface: 'web', sessionId: uuidOf(1) }, { session_id: uuidOf(1), surface: 'web' }, null],
    [
      'on the web without a session',
      { surface: 'web', sessionId: null, gclid: 'Cj0' },
      { session_id: uuidOf(5), surface: 'web' },
      'cpc-google',
    ],
    [
      'in the app',
      { surface: 'mobile', app: { os: 'ios', version: '3.2' }, utmSource: 'google', utmMedium: 'cpc' },
      { session_id: uuidOf(5), surface: 'ios' },
      'cpc-google',
    ],
    [
      'in the other app',
      { surface: 'mobile', app: { os: 'android', version: '3' } },
      { session_id: uuidOf(5), surface: 'android' },
      'direct',
    ],
  ])('%s', (_, more, touchpoint, channel) => {
    const said = facts(signup(more));
    expect(said.touchpoint).toMatchObject({ touchpoint_id: uuidOf(5), kind: 'signup', form: null, channel, ...touchpoint });
    expect(said.visit?.channel ?? null).toBe(channel);
    expect(said.links.map(({ from, to, source }) => [from.type, to.type, source])).toEqual([
      ['client', 'email', 'signup'],
      ['email', 'domain', 'signup'],
    ]);
  });
});

describe('a link', () => {
  const link = buildLink(3, end.email('ann@acme.example'), end.company(42), at, {
    confidence: 0.5,
    isPrimary: true,
    validTo: '2026-12-01T00:00:00.000Z',
  });
  const ends = { from: ann, to: { type: 'company', value: '42', blocked: null } };

  it('is what its event says, and no visit', () => {
    expect(facts(link)).toEqual({
      ...{ visit: null, touchpoint: null, known: [] },
      links: [{ ...ends, ...asserted('crm', uuidOf(3)), confidence: 0.5, isPrimary: true, validTo: '2026-12-01T00:00:00.000Z' }],
    });
  });

  it('that is taken back names the same ends and source', () => {
    expect(facts(buildUnlink(4, link, at)).links).toEqual([{ ...ends, ...asserted('crm', uuidOf(4)), linkedAt: null, unlinkedAt: at }]);
  });

  it('of a CRM’s website finds the domain of its people', () => {
    const [site] = facts(buildLink(3, end.domain('www.acme.example'), end.company(42), at)).links;
    const [, person] = facts(buildLead(2, 9, 'ann@acme.example', at)).links;
    expect(site?.from).toEqual(person?.to);
  });
});
