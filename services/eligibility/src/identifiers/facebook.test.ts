import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import { toPerson } from './index.ts';
import { nobody } from './nobody.ts';
import type { RawPerson } from './person.ts';

const personOf = (person: Partial<RawPerson>) => toPerson.facebook({ ...nobody, ...person });

// https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
describe("Meta's published examples", () => {
  it('an e-mail', () => {
    expect(personOf({ email: 'John_Smith@gmail.com' }).email).toEqual(['62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f']);
  });

  it('a phone number', () => {
    expect(personOf({ phone: '(650)555-1212', country: 'US' }).phone).toEqual([
      'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176',
    ]);
  });

  it.each<[string, Partial<RawPerson>, keyof RawPerson, string]>([
    ['a first name', { firstName: 'Mary' }, 'firstName', '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec'],
    ['a name in Hangul', { firstName: '정' }, 'firstName', '8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14'],
    ['a name with an accent', { lastName: 'Valéry' }, 'lastName', '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c'],
    ['a country', { country: 'US' }, 'country', '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'],
    ['a city', { city: 'New York' }, 'city', hashIdentifier('newyork')],
    ['a British postcode', { zip: 'M1 1AE', country: 'GB' }, 'zip', hashIdentifier('m11ae')],
  ])('%s', (_what, person, field, hash) => {
    expect(personOf(person)[field]).toBe(hash);
  });
});

describe("Meta's person", () => {
  it.each<[string, Partial<RawPerson>, keyof RawPerson, string | undefined]>([
    ['has a name without punctuation', { lastName: "O'Neill-Smith, Jr." }, 'lastName', 'oneillsmithjr'],
    ['has a name without typographic punctuation', { lastName: 'O’Neill—Smith' }, 'lastName', 'oneillsmith'],
    ['has a name without spaces', { firstName: 'Anna  Maria' }, 'firstName', 'annamaria'],
    ['has a name with its vowel signs', { firstName: 'कृष्णा' }, 'firstName', 'कृष्णा'],
    ['has a name whose letters meet composed', { firstName: 'e-\u0301' }, 'firstName', 'é'],
    ['has no name of punctuation alone', { firstName: '-' }, 'firstName', undefined],
    ['has a city with its accents', { city: 'München' }, 'city', 'münchen'],
    ['has a city in its script', { city: '東京' }, 'city', '東京'],
    ['has a city without punctuation', { city: 'St. Louis' }, 'city', 'stlouis'],
    ['has a state of the United States by its code', { state: 'California', country: 'US' }, 'state', 'ca'],
    ['has a state in two words by its code', { state: 'new  hampshire', country: 'USA' }, 'state', 'nh'],
    ['has a state by a code that was one', { state: 'NY', country: 'US' }, 'state', 'ny'],
    ['has a state by a code with dots', { state: 'D.C.', country: 'US' }, 'state', 'dc'],
    ['has a state by a code of ISO 3166-2', { state: 'US-CA', country: 'US' }, 'state', 'ca'],
    ['has a state by its code where the country is not known', { state: 'California' }, 'state', 'ca'],
    ['has no state of the United States that is none', { state: 'Bayern', country: 'US' }, 'state', undefined],
    ['has a state elsewhere by its name', { state: 'Nordrhein-Westfalen', country: 'DE' }, 'state', 'nordrheinwestfalen'],
    ['has a state elsewhere that is called as one there', { state: 'Montana', country: 'BG' }, 'state', 'montana'],
    ['has the code of a state elsewhere', { state: 'NSW', country: 'AU' }, 'state', 'nsw'],
    ['has five digits of a zip code', { zip: '94105', country: 'US' }, 'zip', '94105'],
    ['has five of nine digits', { zip: '94105-1234', country: 'US' }, 'zip', '94105'],
    ['has five of nine digits without a dash', { zip: '941051234', country: 'US' }, 'zip', '94105'],
    ['has five of nine digits where the country is not known', { zip: '94105-1234' }, 'zip', '94105'],
    ['has all nine digits of a country where they count', { zip: '12345-6789', country: 'SA' }, 'zip', '123456789'],
    ['has no zip code that has lost its zero', { zip: '2139', country: 'US' }, 'zip', undefined],
    ['has all of a postal code elsewhere', { zip: '1229-076', country: 'PT' }, 'zip', '1229076'],
    ['has the letters of a postal code', { zip: 'K1A 0B1', country: 'CA' }, 'zip', 'k1a0b1'],
    ['has a country by its code', { country: 'Germany' }, 'country', 'de'],
    ['has no country that nobody knows', { country: 'Atlantis' }, 'country', undefined],
    ['has an external id in lower case without spaces', { externalId: ' Contact 7-b ' }, 'externalId', 'contact7-b'],
    ['has no external id of white space', { externalId: ' ' }, 'externalId', undefined],
  ])('%s', (_sentence, person, field, normal) => {
    expect(personOf(person)[field]).toBe(normal === undefined ? undefined : hashIdentifier(normal));
  });

  it.each<[string, string, string]>([
    ['keeps dots and alias', ' Jane.Doe+News@Gmail.com', 'jane.doe+news@gmail.com'],
    ['keeps letters of any script', 'Jürgen@Müller.example', 'jürgen@müller.example'],
  ])('has an e-mail that %s', (_sentence, email, normal) => {
    expect(personOf({ email }).email).toEqual([hashIdentifier(normal)]);
  });

  it.each<[string, string, string | null, string]>([
    ['without the plus sign', '+972 3 500 0000', null, '97235000000'],
    ['without the trunk zero', '+44 (0)20 7946 0958', null, '442079460958'],
    ['without leading zeros', '0044 20 7946 0958', null, '442079460958'],
  ])('has a phone number %s', (_sentence, phone, country, digits) => {
    expect(personOf({ phone, country }).phone).toEqual([hashIdentifier(digits)]);
  });

  it('has no field of what is not known', () => {
    expect(personOf({ city: 'Berlin' })).toEqual({ email: [], phone: [], city: hashIdentifier('berlin') });
  });
});
