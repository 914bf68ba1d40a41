import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openChaosHouse } from './chaos/chaos-house.ts';
import { inventConversion, inventWorld, manners, type Planned } from './chaos/chaos-world.ts';
import { findBroken } from './chaos/find-broken.ts';
import { runFuzz } from './chaos/fuzz.ts';
import { live, runSeed } from './chaos/run-seed.ts';

const quiet = (): void => undefined;

describe('chaos', () => {
  it('is the same world for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const invent = () => inventWorld(seed, 50, ['google', 'bing'], ['google-sender', 'hub']);
        const withoutCompany = (text: string) => text.replaceAll(/"company":\d+/g, '');
        expect(withoutCompany(JSON.stringify(invent()))).toBe(withoutCompany(JSON.stringify(invent())));
      }),
      { numRuns: 20 },
    );
  });

  it.each([11, 12])(
    'loses nothing, doubles nothing and blames only what is bad, with seed %d',
    async (seed) => {
      const { broken, rejected } = await runSeed(seed, 1_500, quiet);
      expect(broken).toEqual([]);
      expect(rejected).toBeGreaterThan(0);
    },
    240_000,
  );
});

it('one bad conversion of 2,000 on each platform is rejected for its own reason, and 1,999 are accepted', async () => {
  const house = await openChaosHouse(quiet);
  try {
    const [size, bad, seed] = [2_000, 1_234, 1];
    const planned = house.platforms.flatMap((platform) =>
      Array.from({ length: size }, (_, n): Planned => {
        const nature = n === bad ? 'bad' : 'good';
        return { conversion: inventConversion(seed, platform, n, nature), nature, rival: null };
      }),
    );
    const first = planned.map(({ conversion }) => ({ platform: conversion.platform, payload: JSON.stringify(conversion) }));
    const world = { seed, planned, malformed: [], first, schedule: [] };
    await live(house, world, quiet);
    await house.stopServices();
    // What is held against the plan: 1,999 of each platform stand there once, and one is rejected with the platform's own code.
    expect(await findBroken(house, world)).toEqual({
      broken: [],
      resent: 0,
      rejected: house.platforms.length,
      parked: house.platforms.length,
    });
    expect(house.platforms).toEqual(Object.keys(manners).toSorted());
  } finally {
    await house.close();
  }
}, 240_000);

it('mutated messages stop no process, and each is accounted for', async () => {
  const { accounted, restarts, missing, parked, settled } = await runFuzz(3_000, 1, quiet);
  expect({ accounted, restarts, missing }).toEqual({ accounted: 3_000, restarts: [], missing: [] });
  expect([parked > 1_000, settled > 300]).toEqual([true, true]);
}, 240_000);
