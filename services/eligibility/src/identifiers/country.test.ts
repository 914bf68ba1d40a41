import { describe, expect, it } from '@jest/globals';
import { spellingsOf, toCountryCode } from './country.ts';

describe('a country', () => {
  it.each<[string, string | null, string | null]>([
    ['by its code', 'DE', 'DE'],
    ['by its code in lower case', ' de ', 'DE'],
    ['by its name', 'Germany', 'DE'],
    ['by a name in two words', 'United\u00a0 States', 'US'],
    ['by a short name', 'Hong Kong', 'HK'],
    ['by the code that everybody uses', 'UK', 'GB'],
    ['by an abbreviation', 'U.S.A.', 'US'],
    ['by its official name', 'United States of America', 'US'],
    ['by a part', 'Scotland', 'GB'],
    ['by a former name', 'Czech Republic', 'CZ'],
    ['by a name with accents', 'Türkiye', 'TR'],
    ['by a name that has lost them', 'Curacao', 'CW'],
    ['by a name with a plain apostrophe', "Cote d'Ivoire", 'CI'],
    ['by a name with "and"', 'Trinidad and Tobago', 'TT'],
    ['that is a state elsewhere', 'Georgia', 'GE'],
    ['that is none', 'Atlantis', null],
    ['that is a union', 'EU', null],
    ['that is not known', 'ZZ', null],
    ['that is retired', 'YU', null],
    ['that is part of another', 'Canary Islands', null],
    ['by a code of three letters that is not in common use', 'DEU', null],
    ['of an empty field', ' ', null],
    ['of no field', null, null],
  ])('%s', (_sentence, raw, code) => {
    expect(toCountryCode(raw)).toBe(code);
  });

  it.each(['CZ', 'GB', 'US', 'CI'])('%s is read from each of its spellings, all of them in lower case', (code) => {
    const spellings = spellingsOf(code);
    expect(spellings).toContain(code.toLowerCase());
    for (const spelling of spellings) {
      expect(spelling).toBe(spelling.toLowerCase());
      expect(toCountryCode(spelling)).toBe(code);
    }
  });

  it('has no spelling where it is none', () => {
    expect(spellingsOf('EU')).toEqual([]);
  });
});
