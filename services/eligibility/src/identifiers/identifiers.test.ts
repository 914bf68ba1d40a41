import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import fc from 'fast-check';
import { toPerson } from './index.ts';
import type { RawPerson } from './person.ts';

const nobody: RawPerson = {
  ...{ email: null, phone: null, firstName: null, lastName: null, city: null, state: null, zip: null, country: null, externalId: null },
};
const hashed = hashIdentifier;
type Owner = keyof typeof toPerson;
const emailOf = (owner: Owner, email: string) => toPerson[owner]({ ...nobody, email }).email;
const phoneOf = (owner: Owner, phone: string, country: string | null) => toPerson[owner]({ ...nobody, phone, country }).phone;
const ofMeta = (person: Partial<RawPerson>) => toPerson.facebook({ ...nobody, ...person });

describe("the owners' published examples", () => {
  it('Google: an address and a phone number, however written', () => {
    for (const email of ['alexz@example.com', '  alexz@example.com', '  ALEXZ@example.com   ', '  alexz@EXAMPLE.com   '])
      expect(emailOf('google', email)).toEqual(['509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a']);
    for (const phone of ['+18005550100', '   +1-800-555-0100', '1-800-555-0100   ', '1 800 555 0100', '18005550100'])
      expect(phoneOf('google', phone, null)).toEqual(['fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30']);
  });

  it.each([
    ['QuinnY@EXAMPLE.com', 'quinny@example.com'],
    ['user.name+NYC@Example.com', 'user.name+nyc@example.com'],
    ['j.e.f..ferson.Loves.hiking@gmail.com', 'jeffersonloveshiking@gmail.com'],
    ['jefferson.Loves.hiking@googlemail.com', 'jeffersonloveshiking@googlemail.com'],
    ['Cloudy.SanFrancisco+shopping@gmail.com', 'cloudysanfrancisco@gmail.com'],
    ['Cloudy.SanFrancisco+shopping@googlemail.com', 'cloudysanfrancisco@googlemail.com'],
  ])('Google: %s is %s', (email, normal) => {
    expect(emailOf('google', email)).toEqual([hashed(normal)]);
  });

  it.each([
    ['+441134960987', '+441134960987'],
    ['441134960987', '+441134960987'],
    ['+44-113-496-0987', '+441134960987'],
  ])('Google: %s is %s', (phone, normal) => {
    expect(phoneOf('google', phone, null)).toEqual([hashed(normal)]);
  });

  it.each(['@example.com', 'quinn', 'a b@example.com', 'a@b', 'a@@example.com', ' '])('Google: "%s" is no address', (email) => {
    expect(emailOf('google', email)).toEqual([]);
  });

  it.each<[string, Partial<RawPerson>, string, string]>([
    ['an e-mail', { email: 'John_Smith@gmail.com' }, 'email', '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f'],
    ['a phone', { phone: '(650)555-1212', country: 'US' }, 'phone', 'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176'],
    ['a first name', { firstName: 'Mary' }, 'firstName', '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec'],
    ['a name in Hangul', { firstName: '정' }, 'firstName', '8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14'],
    ['a name with an accent', { lastName: 'Valéry' }, 'lastName', '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c'],
    ['a country', { country: 'US' }, 'country', '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'],
    ['a city', { city: 'New York' }, 'city', hashed('newyork')],
    ['a postcode', { zip: 'M1 1AE', country: 'GB' }, 'zip', hashed('m11ae')],
  ])('Meta: %s', (_what, person, field, hash) => {
    const value = ofMeta(person)[field];
    expect(Array.isArray(value) ? value : [value]).toEqual([hash]);
  });

  it('Microsoft: dots and aliases go, whatever the domain', () => {
    expect(emailOf('bing', ' John.Doe+News@Outlook.com ')).toEqual([hashed('johndoe@outlook.com')]);
  });
});

describe('phone numbers', () => {
  it.each<[string, string, string | null, string | null]>([
    ["a national number is read with the person's country", '(650) 555-1212', 'US', '+16505551212'],
    ['given by its English name, too', '020 7946 0958', 'United Kingdom', '+442079460958'],
    ['the trunk zero in brackets goes', '+44 (0)20 7946 0958', 'GB', '+442079460958'],
    ['an international number needs no country', '+972 3 500 0000', null, '+97235000000'],
    ['a number abroad is not of the country', '+49 30 901820', 'US', '+4930901820'],
    ['a national number without a country is nothing', '650 555 1212', null, null],
    ['a number that is too short is nothing', '12345', 'US', null],
    ['letters are nothing', 'call me', 'US', null],
    ['an extension is not part of it', '+1 650 555 1212 ext. 5', 'US', '+16505551212'],
  ])('%s', (_sentence, phone, country, e164) => {
    expect(phoneOf('google', phone, country)).toEqual(e164 === null ? [] : [hashed(e164)]);
    expect(phoneOf('bing', phone, country)).toEqual(e164 === null ? [] : [hashed(e164)]);
    expect(phoneOf('facebook', phone, country)).toEqual(e164 === null ? [] : [hashed(e164.slice(1))]);
  });
});

describe("Meta's fields", () => {
  it.each<[string, Partial<RawPerson>, string, string | undefined]>([
    ['punctuation of a name goes', { lastName: "O'Neill-Smith" }, 'lastName', 'oneillsmith'],
    ['letters keep their accents', { city: 'München' }, 'city', 'münchen'],
    ['a state of the United States is its code', { state: 'California', country: 'US' }, 'state', 'ca'],
    ['its code stays', { state: 'NY', country: 'US' }, 'state', 'ny'],
    ['in two words, too', { state: 'new  hampshire', country: 'USA' }, 'state', 'nh'],
    ['elsewhere it is the name', { state: 'Nordrhein-Westfalen', country: 'DE' }, 'state', 'nordrheinwestfalen'],
    ['nine digits of a zip code are five', { zip: '94105-1234', country: 'US' }, 'zip', '94105'],
    ['elsewhere all of them count', { zip: '1229-076', country: 'PT' }, 'zip', '1229076'],
    ['a country that nobody knows is left out', { country: 'Atlantis' }, 'country', undefined],
    ['a country by its name is its code', { country: 'Germany' }, 'country', 'de'],
    ['an external id keeps its case', { externalId: ' Contact-7 ' }, 'externalId', 'Contact-7'],
    ['what is only punctuation is left out', { firstName: '-' }, 'firstName', undefined],
  ])('%s', (_sentence, person, field, normal) => {
    expect(ofMeta(person)[field]).toBe(normal === undefined ? undefined : hashed(normal));
  });
});

const owners: Owner[] = ['google', 'facebook', 'bing'];
const rawPerson = fc.record({
  email: fc.option(fc.oneof(fc.emailAddress(), fc.string())),
  phone: fc.option(fc.oneof(fc.constantFrom('+1 650 555 1212', '020 7946 0958'), fc.string())),
  firstName: fc.option(fc.string({ unit: 'grapheme' })),
  lastName: fc.option(fc.string({ unit: 'grapheme' })),
  city: fc.option(fc.string({ unit: 'grapheme' })),
  state: fc.option(fc.constantFrom('California', 'CA', 'Bayern')),
  zip: fc.option(fc.constantFrom('94105-1234', 'M1 1AE')),
  country: fc.option(fc.constantFrom('US', 'GB', 'DE', 'x')),
  externalId: fc.option(fc.string()),
});
const changeAll = (person: RawPerson, change: (text: string) => string): RawPerson =>
  Object.fromEntries(
    Object.entries(person).map(([field, value]) => [field, value === null ? null : change(value)]),
  ) as unknown as RawPerson;

describe('for every owner and anybody', () => {
  it('only hashes come out', () => {
    fc.assert(
      fc.property(fc.constantFrom(...owners), rawPerson, (owner, person) => {
        const { email, phone, ...rest } = toPerson[owner](person);
        for (const value of [...email, ...phone, ...Object.values(rest)]) expect(value).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  it('how accents are encoded and what surrounds a value do not matter', () => {
    fc.assert(
      fc.property(fc.constantFrom(...owners), rawPerson, fc.constantFrom(' ', '\u00a0', '\u200b', '\ufeff\t'), (owner, person, space) => {
        const expected = toPerson[owner](person);
        expect(toPerson[owner](changeAll(person, (text) => text.normalize('NFD')))).toEqual(expected);
        expect(toPerson[owner](changeAll(person, (text) => `${space}${text}${space}`))).toEqual(expected);
      }),
    );
  });

  it('what is hashed already passes, in either case and with the appendix of a parameter builder', () => {
    const hash = hashed('jane@example.com');
    for (const owner of owners) {
      for (const given of [hash, hash.toUpperCase(), ` ${hash} `, `${hash}.AQ`, `${hash}.AQYBAQAA`])
        expect(toPerson[owner]({ ...nobody, email: given, phone: given })).toMatchObject({ email: [hash], phone: [hash] });
    }
  });
});
