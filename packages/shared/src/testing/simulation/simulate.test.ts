import { describe, expect, it } from '@jest/globals';
import { simulate } from './simulate.ts';

describe('the delivery core in a world where everything fails', () => {
  it('loses nothing, doubles nothing and blames only what is bad, whatever the seed', async () => {
    for (let seed = 1; seed <= 150; seed++) expect({ seed, broken: (await simulate(seed)).broken }).toEqual({ seed, broken: [] });
  });

  it('has the same history for the same seed', async () => {
    expect(await simulate(7)).toEqual(await simulate(7));
  });
});
