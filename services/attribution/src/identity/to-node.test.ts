import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import fc from 'fast-check';
import { isRoleAddress, toDomainNode, toEmailNodes, toHashedAddress, toNode } from './to-node.ts';

const own = new Set(['waybill.example']);
const nodes = (email: string) => toEmailNodes(email, own);
const ann = hashIdentifier('ann@acme.example');

describe('an e-mail address', () => {
  it.each([
    ['as it is', 'ann@acme.example', 'ann@acme.example'],
    ['in capitals', 'Ann@ACME.Example', 'ann@acme.example'],
    ['with blanks around it', ' ann@acme.example ', 'ann@acme.example'],
    ['with a tag', 'ann+news@acme.example', 'ann@acme.example'],
    ['with two tags', 'ann+news+2026@acme.example', 'ann@acme.example'],
    ['that begins with a plus', '+ann@acme.example', '+ann@acme.example'],
    ['with dots, which tell people apart', 'a.nn@acme.example', 'a.nn@acme.example'],
    ['of a domain with other letters', 'ann@Müller.example', 'ann@xn--mller-kva.example'],
    ['of the same domain as DNS has it', 'ann@XN--mller-kva.example', 'ann@xn--mller-kva.example'],
    ['with other letters, written in two ways', 'jo\u0308rg@acme.example', 'j\u00f6rg@acme.example'],
  ])('%s', (_, given, normal) => {
    expect(nodes(given)).toEqual({
      email: { type: 'email', value: hashIdentifier(normal), blocked: null },
      domain: { type: 'domain', value: normal.slice(normal.indexOf('@') + 1), blocked: null },
    });
  });

  it.each([
    ['of a person at a free-mail domain', 'ann.lee@gmail.com', null, 'a free-mail domain'],
    ['of a mailbox that is no person’s', 'info@acme.example', 'a role mailbox', null],
    ['of such a mailbox in capitals and with a tag', 'No-Reply+7@acme.example', 'a role mailbox', null],
    ['of such a mailbox at a free-mail domain', 'sales@gmail.com', 'a role mailbox', 'a free-mail domain'],
    ['of our own people', 'bob@Waybill.example', 'an address of our own domain', 'our own domain'],
    ['of our own people below our domain', 'bob@eu.waybill.example', 'an address of our own domain', 'our own domain'],
    ['of people whose domain ends as ours', 'bob@notwaybill.example', null, null],
  ])('%s', (_, given, email, domain) => {
    expect([nodes(given).email.blocked, nodes(given).domain?.blocked]).toEqual([email, domain]);
  });

  it.each([
    ['known by its hash', `sha256:${ann}`, null, null],
    ['known by hash and domain', `sha256:${ann}@Acme.example`, null, { type: 'domain', value: 'acme.example', blocked: null }],
    [
      'known by hash and a free-mail domain',
      `sha256:${ann}@gmail.com`,
      null,
      { type: 'domain', value: 'gmail.com', blocked: 'a free-mail domain' },
    ],
    [
      ...(['known by hash and our own domain', `sha256:${ann}@waybill.example`, 'an address of our own domain'] as const),
      { type: 'domain', value: 'waybill.example', blocked: 'our own domain' },
    ],
  ])('%s', (_, given, blocked, domain) => {
    expect(nodes(given)).toEqual({ email: { type: 'email', value: ann, blocked }, domain });
  });

  it('gives the same nodes as its hashed form, unless it is no person’s', () => {
    const mailbox = fc.stringMatching(/^[a-zA-Z0-9_'&-]{1,20}(\+[a-z]{0,5})?$/);
    const domain = fc.oneof(fc.domain(), fc.constantFrom('gmail.com', 'waybill.example', 'Müller.example', 'eu.waybill.example'));
    fc.assert(
      fc.property(mailbox, domain, (name, of) => {
        const email = `${name}@${of}`;
        fc.pre(!isRoleAddress(email));
        expect(nodes(toHashedAddress(email))).toEqual(nodes(email));
      }),
    );
  });

  it('is never kept in the clear', () => {
    fc.assert(fc.property(fc.emailAddress(), (email) => /^[0-9a-f]{64}$/.test(nodes(email).email.value)));
  });
});

describe('a domain', () => {
  it.each([
    ['as it is', 'acme.example', 'acme.example', null],
    ['in capitals', 'ACME.example', 'acme.example', null],
    ['of a website', 'www.acme.example', 'acme.example', null],
    ['that is named www', 'www.example', 'www.example', null],
    ['with other letters', 'Müller.example', 'xn--mller-kva.example', null],
    ['of free mail', 'Gmail.com', 'gmail.com', 'a free-mail domain'],
    ['of our own', 'www.waybill.example', 'waybill.example', 'our own domain'],
  ])('%s', (_, given, value, blocked) => {
    expect(toDomainNode(given, own)).toEqual({ type: 'domain', value, blocked });
  });
});

it.each([
  ['a client in small letters', { type: 'client', value: 'D3B07384-D113-4C5E-8B1A-0A1B2C3D4E5F' }, 'd3b07384-d113-4c5e-8b1a-0a1b2c3d4e5f'],
  ['an address by its hash', { type: 'email', value: 'Ann+x@acme.example' }, ann],
  ['a domain', { type: 'domain', value: 'WWW.Acme.example' }, 'acme.example'],
  ['a company', { type: 'company', value: '42' }, '42'],
  ['a contact', { type: 'contact', value: '7' }, '7'],
] as const)('an end of a link: %s', (_, end, value) => {
  expect(toNode(end, own)).toEqual({ type: end.type, value, blocked: null });
});
