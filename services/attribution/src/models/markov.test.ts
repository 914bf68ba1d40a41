import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conversionRate, countTransitions, markovOf } from './markov.ts';
import { fit, type PathCount } from './model.ts';
import { solveConversion } from './solve-conversion.ts';

const path = (text: string, conversions: number, nulls: number): PathCount => ({ channels: text.split(' '), conversions, nulls });
const sharesOf = (paths: PathCount[], order: 1 | 2 | 3 = 1): Record<string, number> =>
  Object.fromEntries(fit(markovOf(order), paths).shares ?? []);
const anyPaths = fc.array(
  fc.record({
    channels: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 6 }),
    conversions: fc.integer({ min: 0, max: 9 }),
    nulls: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 1, maxLength: 12 },
);
const orders = fc.constantFrom(1, 2, 3) as fc.Arbitrary<1 | 2 | 3>;
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
      fc.property(anyPaths, orders, (paths, order) => {
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

  it('is the same to the last digit whatever the order of the rows', () => {
    const anyTwoOrders = anyPaths.chain((paths) => fc.tuple(fc.constant(paths), fc.shuffledSubarray(paths, { minLength: paths.length })));
    fc.assert(fc.property(anyTwoOrders, orders, ([paths, other], order) => expect(sharesOf(other, order)).toEqual(sharesOf(paths, order))));
  });

  it('does not change when a row is split in two, or all are there many times', () => {
    fc.assert(
      fc.property(
        anyPaths,
        orders,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 2, max: 5 }),
        (paths, order, part, times) => {
          const split = paths.flatMap(({ channels, conversions, nulls }) => {
            const [some, none] = [Math.floor(conversions * part), Math.floor(nulls * part)];
            return [
              { channels, conversions: some, nulls: none },
              { channels, conversions: conversions - some, nulls: nulls - none },
            ];
          });
          expectEqual(sharesOf(split, order), sharesOf(paths, order));
          expectEqual(sharesOf(Array.from({ length: times }, () => paths).flat(), order), sharesOf(paths, order));
        },
      ),
    );
  });

  it('gives a channel of another name the same share', () => {
    const rename: Record<string, string> = { a: 'd', b: 'start', c: 'converted', d: 'a' };
    fc.assert(
      fc.property(anyPaths, orders, (paths, order) => {
        const renamed = paths.map((one) => ({ ...one, channels: one.channels.map((channel) => rename[channel] as string) }));
        const expected = Object.entries(sharesOf(paths, order)).map(([channel, share]) => [rename[channel], share]);
        expectEqual(sharesOf(renamed, order), Object.fromEntries(expected));
      }),
    );
  });

  it('is what walks by chance come to in the end', () => {
    const paths = [path('a b', 3, 1), path('b a c', 2, 4), path('c', 1, 5), path('a c b a', 2, 2)];
    const transitions = countTransitions(paths, 1);
    const random = mulberry32(7);
    const walk = (without: string | null): boolean => {
      for (let state = 'start'; ; ) {
        if (without !== null && state === JSON.stringify([without])) return false;
        const row = transitions.get(state);
        if (row === undefined) return state === 'converted';
        const counted = [...row].flatMap(([next, count]) => Array<string>(count).fill(next));
        state = counted[Math.floor(random() * counted.length)] as string;
      }
    };
    for (const without of [null, 'a', 'b', 'c']) {
      const walks = 40_000;
      const conversions = Array.from({ length: walks }, () => walk(without)).filter(Boolean).length;
      expect(Math.abs(conversions / walks - conversionRate(transitions, without))).toBeLessThan(0.01);
    }
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

/** Numbers from 0 to 1 that seem random, the same ones for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
