import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareTouches, type Journey } from '../journeys/journey.ts';
import { splitValue } from '../money/split-value.ts';
import { type JourneyModel, type Model, models } from './index.ts';
import { linear } from './linear.ts';
import { position } from './position.ts';
import { anyJourney, byChannel, channels, creditOf, dayMs, journeyOf, shiftedBy, sum } from './testing.ts';
import { timeDecay, timeDecayOf } from './time-decay.ts';

const named = models.map((model) => [model.name, model] as const);

describe.each(named)('%s', (_name, model) => {
  it('credits each conversion with 1 in all, and nothing below 0', () => {
    fc.assert(
      fc.property(anyJourney, fc.array(anyJourney, { maxLength: 5 }), (journey, others) => {
        const credits = creditOf(model, journey, others);
        expect(credits).toHaveLength(journey.touches.length);
        expect(Math.abs(sum(credits) - 1)).toBeLessThan(1e-9);
        expect(credits.every((credit) => credit >= 0)).toBe(true);
      }),
    );
  });

  it('gives a lone touch everything', () => {
    expect(creditOf(model, journeyOf(['search', 3]))).toEqual([1]);
  });

  it('calls channels by no name but its own: other names give the same credits', () => {
    const rename: Record<string, string> = { search: 'e', social: 'd', email: 'c', direct: 'direct', affiliate: 'a' };
    const renamed = (journey: Journey): Journey => ({
      ...journey,
      touches: journey.touches.map((touch) => ({ ...touch, channel: rename[touch.channel] as string })),
    });
    fc.assert(
      fc.property(anyJourney, anyJourney, (journey, other) => {
        const [before, after] = [creditOf(model, journey, [other]), creditOf(model, renamed(journey), [renamed(other)])];
        for (const [place, credit] of before.entries()) expect(Math.abs(credit - (after[place] ?? 0))).toBeLessThan(1e-9);
      }),
    );
  });

  it('credits alike whenever the journey was', () => {
    fc.assert(
      fc.property(anyJourney, fc.integer({ min: -20_000 * dayMs, max: 20_000 * dayMs }), (journey, shiftMs) => {
        expect(creditOf(model, shiftedBy(shiftMs, journey))).toEqual(creditOf(model, journey));
      }),
    );
  });

  it.each([89, 10_000])('finishes journeys of %d touches over years', (length) => {
    const journey = journeyOf(...Array.from({ length }, (_, n) => [channels[n % 5] as string, (length - n) / 8] as [string, number]));
    const credits = creditOf(model, journey);
    expect(Math.abs(sum(credits) - 1)).toBeLessThan(1e-9);
    expect(credits.every(Number.isFinite)).toBe(true);
  });

  it('splits money to the cent', () => {
    fc.assert(
      fc.property(anyJourney, fc.bigInt({ min: -10_000_000n, max: 10_000_000n }), (journey, amount) => {
        const parts = splitValue(amount, creditOf(model, journey));
        expect(parts.reduce((total, part) => total + part, 0n)).toBe(amount);
      }),
    );
  });
});

describe('credits', () => {
  const three = journeyOf(['search', 14], ['email', 7, { isHolder: true }], ['direct', 0.1]);
  const four = journeyOf(['search', 14], ['email', 7], ['social', 3, { isHolder: true }], ['direct', 0.1]);
  it.each<[string, Journey, number[]]>([
    ['first', three, [1, 0, 0]],
    ['last', three, [0, 0, 1]],
    ['last non-direct', three, [0, 1, 0]],
    ['last non-direct', journeyOf(['direct', 2], ['(direct)', 1]), [0, 1]],
    ['linear', four, [0.25, 0.25, 0.25, 0.25]],
    ['time decay', journeyOf(['search', 14], ['email', 7], ['direct', 0]), [1 / 7, 2 / 7, 4 / 7]],
    ['time decay', journeyOf(['search', 40_007], ['email', 40_000]), [1 / 3, 2 / 3]],
    ['position', journeyOf(['search', 2], ['email', 1]), [0.5, 0.5]],
    ['position', four, [0.4, 0.1, 0.1, 0.4]],
    ['w-shaped', journeyOf(['search', 2], ['email', 1]), [0.5, 0.5]],
    ['w-shaped', three, [1 / 3, 1 / 3, 1 / 3]],
    ['w-shaped', four, [0.3, 0.1, 0.3, 0.3]],
    ['shapley', journeyOf(['search', 3], ['email', 2], ['search', 1]), [0.25, 0.5, 0.25]],
  ])('of %s', (name, journey, expected) => {
    const model = models.find((one) => one.name === name) as Model;
    const credits = creditOf(model, journey);
    for (const [place, credit] of expected.entries()) expect(credits[place]).toBeCloseTo(credit, 12);
  });

  it('of time decay are half as large for a touch seven days earlier', () => {
    fc.assert(
      fc.property(anyJourney, (journey) => {
        const earlier = shiftedBy(-7 * dayMs, journey).touches.map((touch) => ({ ...touch, id: `${touch.id} earlier` }));
        const touches = [...earlier, ...journey.touches].sort(compareTouches);
        const credits = timeDecay.credit({ ...journey, touches });
        const creditOfTouch = new Map(touches.map(({ id }, place) => [id, credits[place] as number]));
        for (const { id } of journey.touches) {
          expect((creditOfTouch.get(`${id} earlier`) as number) / (creditOfTouch.get(id) as number)).toBeCloseTo(0.5, 12);
        }
      }),
    );
  });

  it('of time decay are even where the half-life has no end', () => {
    fc.assert(
      fc.property(anyJourney, (journey) => {
        const even = timeDecayOf(1e12).credit(journey);
        for (const [place, credit] of linear.credit(journey).entries()) expect(even[place]).toBeCloseTo(credit, 9);
      }),
    );
  });

  it('of linear and Shapley by channel know no order', () => {
    const anyOrders = anyJourney.chain((journey) => {
      const { length } = journey.touches;
      return fc
        .shuffledSubarray(journey.touches, { minLength: length, maxLength: length })
        .map((touches) => [journey, { ...journey, touches }]);
    });
    fc.assert(
      fc.property(anyOrders, ([journey, shuffled]) => {
        for (const name of ['linear', 'shapley']) {
          const model = models.find((one) => one.name === name) as JourneyModel;
          const [one, other] = [journey, shuffled].map((walked) => byChannel(walked as Journey, model.credit(walked as Journey)));
          for (const [channel, credit] of Object.entries(one ?? {})) expect(other?.[channel]).toBeCloseTo(credit, 9);
        }
      }),
    );
  });

  it.each([
    ['first', ['search', 'email', 'email', 'email'], 0.4],
    ['between', ['email', 'search', 'email', 'email'], 0.1],
    ['last', ['email', 'email', 'email', 'search'], 0.4],
  ])('of position know where a channel stood: %s', (_place, walked, expected) => {
    const journey = journeyOf(...walked.map((channel, place) => [channel, 9 - place] as [string, number]));
    expect(byChannel(journey, position.credit(journey)).search).toBeCloseTo(expected, 12);
  });

  it('of Shapley are those of its game, worked out player by player', () => {
    const anyPaths = fc.array(fc.subarray(channels.slice(0, 4), { minLength: 1 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(anyPaths, (paths) => {
        const players = channels.slice(0, 4);
        const worth = (coalition: Set<string>): number => paths.filter((path) => path.every((channel) => coalition.has(channel))).length;
        const orders = permutations(players);
        const expected = Object.fromEntries(players.map((player) => [player, 0]));
        for (const order of orders) {
          const coalition = new Set<string>();
          for (const player of order) {
            const before = worth(coalition);
            coalition.add(player);
            expected[player] = (expected[player] ?? 0) + (worth(coalition) - before) / orders.length;
          }
        }
        const shapley = models.find(({ name }) => name === 'shapley') as JourneyModel;
        const found = Object.fromEntries(players.map((player) => [player, 0]));
        for (const path of paths) {
          const journey = journeyOf(...path.map((channel, place) => [channel, 9 - place] as [string, number]));
          for (const [channel, credit] of Object.entries(byChannel(journey, shapley.credit(journey))))
            found[channel] = (found[channel] ?? 0) + credit;
        }
        for (const player of players) expect(found[player]).toBeCloseTo(expected[player] as number, 9);
      }),
      { numRuns: 50 },
    );
  });
});

function permutations<T>(of: T[]): T[][] {
  if (of.length <= 1) return [of];
  return of.flatMap((one, place) => permutations(of.toSpliced(place, 1)).map((rest) => [one, ...rest]));
}
