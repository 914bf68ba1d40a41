import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Journey, Touch } from '../journeys/journey.ts';
import { splitValue } from '../money/split-value.ts';
import { fit, type JourneyModel, type Model, models, type PathCount } from './index.ts';
import { linear } from './linear.ts';
import { timeDecayOf } from './time-decay.ts';

const dayMs = 24 * 60 * 60_000;
const endMs = Date.parse('2026-11-20T12:00:00.000Z');
const channels = ['search', 'social', 'email', 'direct', 'affiliate'];

const touchOf = (channel: string, atMs: number, place: number, changes: Partial<Touch> = {}): Touch => ({
  ...{ id: `t${String(place).padStart(5, '0')}`, atMs, channel, campaign: null, isHolder: false, isCloser: false, isImpression: false },
  ...changes,
});
/** Touches so many days before the conversion, in order. */
const journeyOf = (...touches: [channel: string, daysBefore: number, changes?: Partial<Touch>][]): Journey => ({
  ...{ conversionId: 'c', convertedAtMs: endMs, valueMinor: 10_000n, currency: 'USD' },
  touches: touches.map(([channel, days, changes], place) => touchOf(channel, endMs - days * dayMs, place, changes)),
});
const pathsOf = (journeys: Journey[]): PathCount[] =>
  journeys.map(({ touches }) => ({ channels: touches.map(({ channel }) => channel), conversions: 1, nulls: 1 }));
const creditOf = (model: Model, journey: Journey, others: Journey[] = []): number[] =>
  fit(model, pathsOf([journey, ...others])).credit(journey);

const anyJourney = fc
  .array(
    fc.record({
      channel: fc.constantFrom(...channels),
      hours: fc.integer({ min: 1, max: 27 * 24 }),
      isHolder: fc.boolean(),
      isCloser: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((touches): Journey => {
    const ordered = touches.toSorted((left, right) => right.hours - left.hours);
    return journeyOf(
      ...ordered.map(
        ({ channel, hours, isHolder, isCloser }) => [channel, hours / 24, { isHolder, isCloser }] as [string, number, Partial<Touch>],
      ),
    );
  });
const named = models.map((model) => [model.name, model] as const);
const sum = (credits: number[]): number => credits.reduce((total, credit) => total + credit, 0);
const byChannel = (journey: Journey, credits: number[]): Record<string, number> => {
  const totals: Record<string, number> = {};
  for (const [place, { channel }] of journey.touches.entries()) totals[channel] = (totals[channel] ?? 0) + (credits[place] ?? 0);
  return totals;
};

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

  it('finishes journeys of ten thousand touches over years', () => {
    const journey = journeyOf(
      ...Array.from({ length: 10_000 }, (_, n) => [channels[n % 5] as string, (10_000 - n) / 8] as [string, number]),
    );
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
    ['position', journeyOf(['search', 2], ['email', 1]), [0.5, 0.5]],
    ['position', four, [0.4, 0.1, 0.1, 0.4]],
    ['w-shaped', journeyOf(['search', 2], ['email', 1]), [0.5, 0.5]],
    ['w-shaped', three, [1 / 3, 1 / 3, 1 / 3]],
    ['w-shaped', four, [0.3, 0.1, 0.3, 0.3]],
    ['first 28 days', journeyOf(['search', 28], ['email', 1]), [1, 0]],
    ['first 28 days', journeyOf(['search', 28 + 1 / dayMs], ['email', 1]), [0, 1]],
    ['first 28 days', journeyOf(['search', 40], ['email', 30]), [0, 0]],
    ['shapley', journeyOf(['search', 3], ['email', 2], ['search', 1]), [0.25, 0.5, 0.25]],
  ])('of %s', (name, journey, expected) => {
    const model = models.find((one) => one.name === name) as Model;
    const credits = creditOf(model, journey);
    for (const [place, credit] of expected.entries()) expect(credits[place]).toBeCloseTo(credit, 12);
  });

  it('of time decay halve in seven days, whenever the journey was, and are even without end to the half-life', () => {
    fc.assert(
      fc.property(anyJourney, fc.integer({ min: -20_000, max: 20_000 }), (journey, days) => {
        const model = models.find(({ name }) => name === 'time decay') as JourneyModel;
        const shift = days * dayMs;
        const shifted = {
          ...journey,
          convertedAtMs: journey.convertedAtMs + shift,
          touches: journey.touches.map((touch) => ({ ...touch, atMs: touch.atMs + shift })),
        };
        expect(model.credit(shifted)).toEqual(model.credit(journey));
        const even = timeDecayOf(1e12).credit(journey);
        for (const [place, credit] of linear.credit(journey).entries()) expect(even[place]).toBeCloseTo(credit, 9);
      }),
    );
  });

  it('of linear and Shapley by channel know no order; those of position do', () => {
    fc.assert(
      fc.property(anyJourney, (journey) => {
        const reversed = { ...journey, touches: journey.touches.toReversed() };
        for (const name of ['linear', 'shapley']) {
          const model = models.find((one) => one.name === name) as JourneyModel;
          const [one, other] = [byChannel(journey, model.credit(journey)), byChannel(reversed, model.credit(reversed))];
          for (const [channel, credit] of Object.entries(one)) expect(other[channel]).toBeCloseTo(credit, 9);
        }
      }),
    );
    const position = models.find(({ name }) => name === 'position') as JourneyModel;
    const journey = journeyOf(['search', 3], ['email', 2], ['email', 1]);
    expect(byChannel(journey, position.credit(journey))).toEqual({ search: 0.4, email: 0.6000000000000001 });
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
