import { describe, expect, it } from '@jest/globals';
import { toE164 } from './phone.ts';

describe('a phone number', () => {
  it.each<[string, string, string | null, string]>([
    ['is read with the country of the person', '(650)555-1212', 'US', '+16505551212'],
    ['is read with a country by its name', '020 7946 0958', 'United Kingdom', '+442079460958'],
    ['can have its country code before it', '44 20 7946 0958', 'GB', '+442079460958'],
    ['can have the prefix of its country before a foreign one', '011 44 20 7946 0958', 'US', '+442079460958'],
    ['can have 00 before it anywhere', '0044 20 7946 0958', 'US', '+442079460958'],
    ['can have 00 before it without a country', '0044 20 7946 0958', null, '+442079460958'],
    ['needs no country after a plus sign', '+972 3 500 0000', null, '+97235000000'],
    ['needs no country that is known after a plus sign', '+972 3 500 0000', 'Atlantis', '+97235000000'],
    ['is of the country it says', '+49 30 901820', 'US', '+4930901820'],
    ['without a plus sign and a country that fits begins with a country code', '442079460958', 'US', '+442079460958'],
    ['loses the trunk zero in brackets', '+44 (0)20 7946 0958', 'GB', '+442079460958'],
    ['loses the trunk zero in brackets without a country', '+49(0)30 901820', null, '+4930901820'],
    ['loses the trunk zero within brackets', '+44 (020) 7946 0958', null, '+442079460958'],
    ['keeps the zero that is no trunk prefix', '+39 (0)6 1234 5678', null, '+390612345678'],
    ['can have any punctuation', '+1 (650) 555–1212', null, '+16505551212'],
    ['can be a link', 'tel:+1-650-555-1212', null, '+16505551212'],
    ['loses its extension', '+1 650 555 1212 ext. 5', null, '+16505551212'],
    ['can be in full width', '＋１６５０５５５１２１２', null, '+16505551212'],
    ['can be in digits of another script', '٠٥٠١٢٣٤٥٦٧', 'AE', '+971501234567'],
  ])('%s', (_sentence, phone, country, e164) => {
    expect(toE164(phone, country)).toBe(e164);
    expect(toE164(e164, country)).toBe(e164);
  });

  it.each<[string, string, string | null]>([
    ['without a country', '650 555 1212', null],
    ['without a country that is known', '650 555 1212', 'Atlantis'],
    ['without a country, that could be Norwegian', '479 123 4567', null],
    ['without a country, with a trunk zero', '0170 1234 5678', null],
    ['without its area', '555-1212', 'US'],
    ['too short', '12345', 'US'],
    ['too long', '+1 650 555 1212 3456', 'US'],
    ['with a trunk zero where there is none', '+34 (0)912 345 678', 'ES'],
    ['of zeros', '000 000 0000', 'US'],
    ['of ones', '111-111-1111', 'US'],
    ['made of a row on the keyboard', '123-456-7890', 'US'],
    ['of no country', '+999 123 456 789', null],
    ['of two numbers', '650-555-1212 / 650-555-1213', 'US'],
    ['of letters', 'call me', 'US'],
    ['of a plus sign', '+', 'US'],
  ])('%s is none', (_sentence, phone, country) => {
    expect(toE164(phone, country)).toBeNull();
  });
});
