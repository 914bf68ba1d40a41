import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conversionRate, countTransitions, markovOf } from './markov.ts';
import type { PathCount } from './model.ts';
import { solveConversion } from './solve-conversion.ts';

const path = (text: string, conversions: number, nulls: number): PathCount => ({ channels: text.split(' '), conversions, nulls });
const sharesOf = (paths: PathCount[], order: 1 | 2 | 3 = 1): Record<string, number> =>
  Object.fromEntries(markovOf(order).fit(paths).shares ?? []);
const anyPaths = fc.array(
  fc.record({
    channels: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 6 }),
    conversions: fc.integer({ min: 0, max: 9 }),
    nulls: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 1, maxLength: 12 },
);
const expectEqual = (one: Record<string, number>, other: Record<string, number>): void => {
  expect(Object.keys(one).toSorted()).toEqual(Object.keys(other).toSorted());
  for (const [channel, share] of Object.entries(one)) expect(other[channel]).toBeCloseTo(share, 9);
};

describe('the Markov chain', () => {
  it('is the one that can be worked out by hand', () => {
    // a converts half the time, after b, which two of three journeys begin with, all converts through a.
    const paths = [path('a', 1, 1), path('b a', 1, 0)];
    const transitions = countTransitions(paths, 1);
    expect(conversionRate(transitions, null)).toBeCloseTo(2 / 3, 12);
    expect(conversionRate(transitions, 'a')).toBe(0);
    expect(conversionRate(transitions, 'b')).toBeCloseTo(4 / 9, 12);
    expectEqual(sharesOf(paths), { a: 1 / (1 + 1 / 3), b: 1 / 3 / (1 + 1 / 3) });
  });

  it('converts as often as the journeys do, whatever the order', () => {
    fc.assert(
      fc.property(anyPaths, fc.constantFrom(1, 2, 3), (paths, order) => {
        const conversions = paths.reduce((sum, one) => sum + one.conversions, 0);
        const all = paths.reduce((sum, one) => sum + one.conversions + one.nulls, 0);
        expect(conversionRate(countTransitions(paths, order), null)).toBeCloseTo(all === 0 ? 0 : conversions / all, 9);
      }),
    );
  });

  it.each([1, 2, 3] as const)('of order %d shares all conversions out, none below 0', (order) => {
    fc.assert(
      fc.property(anyPaths, (paths) => {
        const shares = Object.values(sharesOf(paths, order));
        expect(shares.every((share) => share >= 0)).toBe(true);
        if (shares.length > 0) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('does not change when rows are shuffled, split in two, or repeated', () => {
    fc.assert(
      fc.property(anyPaths, fc.integer({ min: 2, max: 5 }), (paths, times) => {
        const shares = sharesOf(paths);
        expectEqual(shares, sharesOf(paths.toReversed()));
        expectEqual(
          shares,
          sharesOf(
            paths.flatMap((one) => [
              { ...one, nulls: 0 },
              { ...one, conversions: 0 },
            ]),
          ),
        );
        expectEqual(shares, sharesOf(paths.map((one) => ({ ...one, conversions: one.conversions * times, nulls: one.nulls * times }))));
      }),
    );
  });

  it('of order 1 does not change when repeats of a channel are one touch', () => {
    fc.assert(
      fc.property(anyPaths, (paths) => {
        const collapsed = paths.map((one) => ({
          ...one,
          channels: one.channels.filter((channel, place) => channel !== one.channels[place - 1]),
        }));
        expectEqual(sharesOf(paths), sharesOf(collapsed));
      }),
    );
  });

  it('is solved alike by elimination and by iteration', () => {
    fc.assert(
      fc.property(anyPaths, (paths) => {
        // Six hundred states that nothing leads to make the chain too large for elimination.
        const padding = Array.from({ length: 600 }, (_, n) => [`x${n}`, new Map([['lost', 1]])] as const);
        const transitions = countTransitions(paths, 2);
        const [small, large] = [transitions, new Map([...transitions, ...padding])].map((of) => solveConversion(of, 'start', 'converted'));
        expect(large).toBeCloseTo(small as number, 12);
      }),
    );
  });
});
