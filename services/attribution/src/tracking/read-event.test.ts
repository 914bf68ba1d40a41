import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import { isEmailAddress } from '@waybill/shared/messages';
import fc from 'fast-check';
import { isRoleAddress } from '../identity/to-node.ts';
import { buildLead, buildLink, buildSession, buildUnlink, end } from '../testing.ts';
import { readEvent, redactAddresses } from './read-event.ts';
import { toFacts } from './to-facts.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const at = '2026-11-20T10:00:00.000Z';
const link = buildLink(3, end.email('ann@acme.example'), end.company(42), at);

describe('an event whose instant cannot be', () => {
  const future = 'the event lies more than a day in the future; set the clock of whoever sent it';
  const past = 'the event lies before 2002; set the clock of whoever sent it';
  const kinds: [string, (instant: string) => object][] = [
    ['a session', (instant) => buildSession(1, 9, instant)],
    ['a lead', (instant) => buildLead(2, 9, 'ann@acme.example', instant)],
    ['a link', (instant) => ({ ...link, linkedAt: instant })],
    ['a link that is taken back', (instant) => buildUnlink(4, link, instant)],
  ];
  const instants: [string, string, string | null][] = [
    ['a day from now', '2026-11-21T12:00:00.000Z', null],
    ['a moment later', '2026-11-21T12:00:00.001Z', future],
    ['when a clock without a battery begins', '2001-01-01T00:00:00.000Z', past],
    ['the first moment of 2002', '2002-01-01T00:00:00.000Z', null],
  ];
  it.each(kinds.flatMap(([kind, build]) => instants.map(([when, instant, reason]) => [kind, when, build(instant), reason] as const)))(
    '%s, %s',
    (_, __, event, reason) => {
      const read = readEvent(JSON.stringify(event), now);
      expect(read.ok ? null : read.reason).toBe(reason);
    },
  );

  it('may say that a link will hold, or held, at any time', () => {
    const valid = { ...link, validFrom: '1999-01-01T00:00:00.000Z', validTo: '2050-01-01T00:00:00.000Z' };
    expect(readEvent(JSON.stringify(valid), now).ok).toBe(true);
  });
});

const hash = hashIdentifier('ann@acme.example');
const lead = buildLead(2, 9, 'Ann+news@Acme.example', at) as Record<string, unknown>;
const redact = (message: unknown): Record<string, unknown> => JSON.parse(redactAddresses(JSON.stringify(message)));

describe('a parked message', () => {
  it.each<[string, unknown, unknown]>([
    ['an address', { email: 'Ann+news@Acme.example' }, { email: `sha256:${hash}@acme.example` }],
    ['an address that is known by its hash', { email: `sha256:${hash}@acme.example` }, { email: `sha256:${hash}@acme.example` }],
    ['an address of nobody', { email: 'info@acme.example' }, { email: 'info@acme.example' }],
    [
      'an address with an apostrophe',
      { email: "o'neill@acme.example" },
      { email: `sha256:${hashIdentifier("o'neill@acme.example")}@acme.example` },
    ],
    [
      'an end of a link',
      { from: { type: 'email', value: 'ann@acme.example' } },
      { from: { type: 'email', value: `sha256:${hash}@acme.example` } },
    ],
    ['an address in a list', [['ann@acme.example']], [[`sha256:${hash}@acme.example`]]],
    ['an address as a name', { 'ann@acme.example': 1 }, { [`sha256:${hash}@acme.example`]: 1 }],
    ['an address in words', { email: 'Ann <ann@acme.example>' }, { email: `Ann <<sha256:${hash}>>` }],
    [
      'an address in a page',
      { landingUrl: 'https://a.example/?e=ann%40acme.example&x=1' },
      { landingUrl: `https://a.example/?e=<sha256:${hash}>&x=1` },
    ],
    ['the beginning of an address', { email: 'ann@' }, { email: `<sha256:${hashIdentifier('ann@')}>` }],
    [
      'the right hash beside an address',
      { email: 'ann@acme.example', emailSha256: hash },
      { email: `sha256:${hash}@acme.example`, emailSha256: hash },
    ],
    [
      'the right hash beside an address with a tag',
      { email: 'ann+x@acme.example', emailSha256: hashIdentifier('ann+x@acme.example') },
      { email: `sha256:${hash}@acme.example`, emailSha256: hash },
    ],
    [
      'a wrong hash beside an address',
      { emailSha256: 'ab', email: 'ann@acme.example' },
      { emailSha256: 'ab', email: `sha256:${hash}@acme.example` },
    ],
    [
      'names and numbers',
      { phone: '+12025550123', first_name: 'Ann', lastName: 'Lee', name: null },
      { phone: 'redacted', first_name: 'redacted', lastName: 'redacted', name: null },
    ],
    [
      'what names nobody',
      { form: 'demo', utmCampaign: '@home', userAgent: 'Mozilla/5.0' },
      { form: 'demo', utmCampaign: '@home', userAgent: 'Mozilla/5.0' },
    ],
  ])('has instead of %s', (_, message, redacted) => {
    expect(redact(message)).toEqual(redacted);
    expect(redact(redacted)).toEqual(redacted);
  });

  it('that is no JSON has no address either', () => {
    expect(redactAddresses('{"email":"ann\\u0040acme.example","x')).toBe(`{"email":"<sha256:${hash}>","x`);
    expect(redactAddresses('ANN%40acme.example')).toBe(`<sha256:${hash}>`);
  });

  it('that is nested without end has no address either', () => {
    expect(redactAddresses(`${'['.repeat(200_000)}"ann@acme.example"${']'.repeat(200_000)}`)).not.toContain('ann@acme');
  });

  const person = fc
    .tuple(fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._'+-]{0,14}[a-z0-9]$/), fc.domain())
    .map(([mailbox, domain]) => `zq${mailbox}@${domain}`)
    .filter((address) => isEmailAddress(address) && !isRoleAddress(address));
  const written = fc.tuple(
    person,
    fc.constantFrom<(address: string) => string>(
      ...[
        (address: string) => address,
        (address: string) => address.toUpperCase(),
        (address: string) => ` ${address}\t`,
        (address: string) => `mailto:${address}`,
      ],
      ...[
        (address: string) => `Ann <${address}>, Bob`,
        (address: string) => `https://a.example/?email=${encodeURIComponent(address)}`,
        (address: string) => `${address};${address}`,
      ],
    ),
  );
  const shows = (text: string, address: string): boolean => {
    const mailbox = address.slice(0, address.lastIndexOf('@')).toLowerCase();
    return ['@', '%40', '\\u0040'].some((sign) => text.toLowerCase().includes(`${mailbox}${sign}`));
  };

  it('shows no address, wherever it stood, whole or cut off', () => {
    const keys = [...Object.keys(lead), 'unknown', 'email_address'];
    fc.assert(
      fc.property(written, fc.constantFrom(...keys), fc.double({ min: 0, max: 1, noNaN: true }), ([address, write], key, share) => {
        const text = JSON.stringify({ ...lead, [key]: write(address), inside: { list: [write(address)], [address]: true } });
        expect(shows(redactAddresses(text), address)).toBe(false);
        const cut = text.slice(0, Math.floor(share * text.length));
        expect(shows(redactAddresses(cut), address)).toBe(false);
        expect(shows(redactAddresses(text.replaceAll('@', '\\u0040')), address)).toBe(false);
      }),
    );
  });

  it('can be read again where it could be read, and says the same', () => {
    const own = new Set(['waybill.example']);
    const domain = fc.oneof(fc.domain(), fc.constantFrom('gmail.com', 'waybill.example', 'Müller.example'));
    const mailbox = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9&'=/-]{1,12}(\+[a-z]{1,5})?$/), fc.constantFrom('info', 'No-Reply', 'jörg'));
    const address = fc.tuple(mailbox, domain).map(([name, of]) => `${name}@${of}`);
    fc.assert(
      fc.property(address.filter(isEmailAddress), fc.boolean(), (email, isHashed) => {
        const plain = { ...lead, email, emailSha256: isHashed ? hashIdentifier(email.toLowerCase()) : undefined };
        const events = [plain, buildLink(3, end.email(email), end.company(42), at), buildSession(1, 9, at)];
        for (const event of events) {
          const text = JSON.stringify(event);
          const [before, after] = [readEvent(text, now), readEvent(redactAddresses(text), now)];
          if (!before.ok || !after.ok) throw new Error(`${JSON.stringify(before)} ${JSON.stringify(after)}`);
          expect(toFacts(after.value, own)).toEqual(toFacts(before.value, own));
        }
      }),
    );
  });

  it('cannot be read where it could not', () => {
    const wrong = [
      ...[
        'ann',
        'ann@',
        'ann@@acme.example',
        'ann@acme',
        'Ann <ann@acme.example>',
        'ann@acme.example,bob@acme.example',
        'ann@acme..example',
      ],
      ...[' ann @acme.example', 'mailto:ann@acme.example', 'ann%40acme.example'],
    ];
    const events = [
      ...wrong.map((email) => ({ ...lead, email })),
      { ...lead, emailSha256: hashIdentifier('bob@acme.example') },
      { ...lead, leadId: '' },
    ];
    for (const event of events) {
      const text = JSON.stringify(event);
      expect([text, readEvent(text, now).ok, readEvent(redactAddresses(text), now).ok]).toEqual([text, false, false]);
    }
  });

  it('is the same when it is redacted again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          written.map(([address, write]) => JSON.stringify({ email: write(address) })),
        ),
        (text) => {
          const once = redactAddresses(text);
          expect(redactAddresses(once)).toBe(once);
        },
      ),
    );
  });
});
