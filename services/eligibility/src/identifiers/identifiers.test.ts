import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import fc from 'fast-check';
import * as bing from './bing.ts';
import * as facebook from './facebook.ts';
import * as google from './google.ts';
import { toPerson } from './index.ts';
import { plainText, type RawPerson } from './person.ts';
import { toE164 } from './phone.ts';

type Owner = keyof typeof toPerson;
const owner = fc.constantFrom<Owner>('google', 'facebook', 'bing');

const mailbox = fc.stringMatching(/^[A-Za-z0-9._+'-]{1,12}$/);
const domain = fc.constantFrom('gmail.com', 'GoogleMail.com', 'Outlook.com', 'example.co.uk', 'müller.example', 'localhost');
const address = fc.tuple(mailbox, domain).map(([name, at]) => `${name}@${at}`);
const number = fc.constantFrom(
  '+1 650 555 1212',
  '(650) 555-1212',
  '020 7946 0958',
  '+44 (0)20 7946 0958',
  '16505551212',
  '000-000-0000',
  '7',
);
const country = fc.constantFrom('US', 'united states', 'GB', 'Germany', 'Türkiye', 'Atlantis', null);
const letters = 'AbÇéĞñÖşžΣωЖд정東कृ0'.normalize('NFC');
const words = fc.oneof(
  fc.array(fc.constantFrom(...letters, ..."-'’. ,(\u0301\u0327\u200b\u00a0"), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const state = fc.oneof(fc.constantFrom('California', 'new-hampshire', 'u-tah', 'D.C.', 'NSW'), words);
const zip = fc.oneof(fc.constantFrom('94105-1234', '2139', 'M1 1AE'), words);
const person: fc.Arbitrary<RawPerson> = fc.record({
  email: fc.oneof(address, words, fc.constant(null)),
  phone: fc.oneof(number, words, fc.constant(null)),
  firstName: fc.option(words),
  lastName: fc.option(words),
  city: fc.option(words),
  state: fc.option(state),
  zip: fc.option(zip),
  country,
  externalId: fc.option(words),
});

const changeAll = (raw: RawPerson, change: (text: string) => string): RawPerson => ({
  email: raw.email && change(raw.email),
  phone: raw.phone && change(raw.phone),
  firstName: raw.firstName && change(raw.firstName),
  lastName: raw.lastName && change(raw.lastName),
  city: raw.city && change(raw.city),
  state: raw.state && change(raw.state),
  zip: raw.zip && change(raw.zip),
  country: raw.country && change(raw.country),
  externalId: raw.externalId && change(raw.externalId),
});

const withoutCase = (text: string) => text.toUpperCase().toLowerCase() === text.toLowerCase();

describe('for anybody and every owner', () => {
  it('nothing but hashes comes out', () => {
    fc.assert(
      fc.property(owner, person, (of, raw) => {
        const { email, phone, ...rest } = toPerson[of](raw);
        for (const value of [...email, ...phone, ...Object.values(rest)]) expect(value).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  it('text that is composed and text that is not hash equally', () => {
    fc.assert(
      fc.property(owner, person, (of, raw) => {
        const composed = toPerson[of](changeAll(raw, (text) => text.normalize('NFC')));
        expect(toPerson[of](changeAll(raw, (text) => text.normalize('NFD')))).toEqual(composed);
      }),
    );
  });

  it('what surrounds a value does not matter', () => {
    fc.assert(
      fc.property(owner, person, fc.constantFrom(' ', '\t\r\n', '\u00a0', '\u3000', '\u200b', '\ufeff', ' \u202c '), (of, raw, space) => {
        expect(toPerson[of](changeAll(raw, (text) => `${space}${text}${space}`))).toEqual(toPerson[of](raw));
      }),
    );
  });

  it('upper and lower case do not matter', () => {
    fc.assert(
      fc.property(owner, person, (of, raw) => {
        // Some letters, such as the German ß, are two in upper case.
        const reversible = changeAll(raw, (text) => (withoutCase(text) ? text : ''));
        const lower = toPerson[of](changeAll(reversible, (text) => text.toLowerCase()));
        expect(toPerson[of](changeAll(reversible, (text) => text.toUpperCase()))).toEqual(lower);
      }),
    );
  });

  it('a hash passes in every field, in either case and with the appendix of a parameter builder', () => {
    fc.assert(
      fc.property(owner, fc.string(), fc.constantFrom('', '.AQ', '.AQYBAQAA'), fc.boolean(), (of, text, appendix, upper) => {
        const hash = hashIdentifier(text);
        const given = `${upper ? hash.toUpperCase() : hash}${appendix}`;
        const fields = { email: given, phone: given, firstName: given, lastName: given, city: given, state: given, zip: given };
        const { email, phone, ...rest } = toPerson[of]({ ...fields, country: given, externalId: given });
        expect([...email, ...phone]).toEqual([hash, hash]);
        for (const value of Object.values(rest)) expect(value).toBe(hash);
      }),
    );
  });
});

describe('a normal form', () => {
  const countryCode = fc.constantFrom('US', 'GB', 'DE', null);
  type Normalise = (plain: string, country: string | null) => string | null;

  it.each<[string, Normalise, fc.Arbitrary<string>]>([
    ["Google's e-mail", google.normaliseEmail, address],
    ["Meta's e-mail", facebook.normaliseEmail, address],
    ["Microsoft's e-mail", bing.normaliseEmail, address],
    ['a phone number', toE164, number],
    ["Meta's names and cities", facebook.lettersOnly, words],
    ["Meta's state", facebook.normaliseState, state],
    ["Meta's zip", facebook.normaliseZip, zip],
    ["Meta's external id", facebook.normaliseExternalId, words],
  ])('of %s is its own', (_what, normalise, raw) => {
    fc.assert(
      fc.property(raw, countryCode, (text, code) => {
        const normal = normalise(plainText(text) ?? '', code);
        fc.pre(normal !== null && normal !== '');
        expect(plainText(normal)).toBe(normal);
        expect(normalise(normal, code)).toBe(normal);
      }),
    );
  });
});
