import { describe, expect, it } from '@jest/globals';
import { grantNeededIn, limitedDataUseOf } from './consent.ts';

describe('a grant', () => {
  it.each(['de', 'germany', 'gb', 'uk', 'united kingdom', 'ch', 'switzerland', 'no', 'li'])('is needed in %s', (country) => {
    expect(grantNeededIn).toContain(country);
  });
  it.each(['us', 'united states', 'ca', 'il', 'br', ''])('is not in "%s"', (country) => {
    expect(grantNeededIn).not.toContain(country);
  });
});

describe('limited data use', () => {
  it.each<[string | null, string | null, number | null]>([
    ['US', 'CA', 1000],
    ['USA', 'california', 1000],
    ['us', ' New  Jersey ', 1010],
    ['US', 'RI', 1013],
    ['US', 'NY', null],
    ['US', null, null],
    ['CA', 'CA', null],
    [null, 'CA', null],
  ])('in %s, %s is %s', (country, state, code) => {
    expect(limitedDataUseOf(country, state)).toEqual(code === null ? null : { country: 1, state: code });
  });
});
