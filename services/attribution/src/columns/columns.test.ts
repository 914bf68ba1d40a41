import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Journey } from '../journeys/journey.ts';
import { first } from '../models/first.ts';
import { last } from '../models/last.ts';
import { linear } from '../models/linear.ts';
import { countTransitions, markovOf, removalEffects } from '../models/markov.ts';
import { fit } from '../models/model.ts';
import { position } from '../models/position.ts';
import { timeDecay, timeDecayOf } from '../models/time-decay.ts';
import { ChannelTotals } from './channel-totals.ts';
import { CreditBuffers, creditColumns } from './credit-columns.ts';
import { ColumnsBuilder, type JourneyColumns } from './journey-columns.ts';
import { TransitionCounts } from './transition-counts.ts';

const names = ['search', 'social', 'email', 'direct'];
const models = [first, last, linear, timeDecay, timeDecayOf(0.5), position];
const endMs = Date.parse('2026-11-20T12:00:00.000Z');
const hourMs = 3_600_000;

interface Walk {
  touches: { channel: number; atMs: number }[];
  isConverted: boolean;
  value: number;
}

const walkOf = (hoursBefore: number[], isConverted = true): Walk => ({
  touches: hoursBefore.map((hours, place) => ({ channel: place % names.length, atMs: endMs - hours * hourMs })),
  ...{ isConverted, value: 1_000 },
});
const toJourney = ({ touches, value }: Walk): Journey => ({
  ...{ conversionId: 'c', convertedAtMs: endMs, valueMinor: BigInt(value), currency: 'USD' },
  touches: touches.map(({ channel, atMs }, place) => ({
    ...{ id: `${place}`, atMs, channel: names[channel] as string, campaign: null, isHolder: false, isCloser: false, isImpression: false },
  })),
});
/** So many journeys in each chunk. */
function toColumns(walks: Walk[], size: number): JourneyColumns[] {
  const builder = new ColumnsBuilder();
  const chunks: JourneyColumns[] = [];
  for (const [place, { touches, isConverted, value }] of walks.entries()) {
    for (const { channel, atMs } of touches) builder.addTouch(channel, atMs);
    builder.endJourney(isConverted, value);
    if (place % size === size - 1 || place === walks.length - 1) chunks.push(builder.take());
  }
  return chunks;
}
const anyWalk: fc.Arbitrary<Walk> = fc
  .record({
    // Few hours, so that touches share an instant; and many, so that their weights are far apart.
    hours: fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 24 * 365 })), { maxLength: 12 }),
    channels: fc.array(fc.nat(names.length - 1), { minLength: 12, maxLength: 12 }),
    isConverted: fc.boolean(),
    value: fc.integer({ min: -5_000, max: 100_000 }),
  })
  .map(({ hours, channels, isConverted, value }) => {
    const { touches } = walkOf(hours.toSorted((left, right) => right - left));
    return { touches: touches.map((touch, place) => ({ ...touch, channel: channels[place] as number })), isConverted, value };
  });
const anyWalks = fc.array(anyWalk, { minLength: 1, maxLength: 20 });
const anySize = fc.integer({ min: 1, max: 20 });

function expectPure(walks: Walk[], size: number): void {
  const expected = models.map((model) => walks.filter(({ isConverted }) => isConverted).flatMap((walk) => model.credit(toJourney(walk))));
  const buffers = new CreditBuffers(models);
  // What the buffers hold is overwritten by the next chunk.
  const streamed = toColumns(walks, size).map((columns) => creditColumns(columns, models, buffers).credits.map((credits) => [...credits]));
  const kept = toColumns(walks, size).map((columns) => creditColumns(columns, models).credits.map((credits) => [...credits]));
  expect(streamed).toEqual(kept);
  for (const [place, credits] of expected.entries()) {
    const found = kept.flatMap((chunk) => chunk[place] ?? []);
    expect(found).toHaveLength(credits.length);
    for (const [touch, credit] of credits.entries()) expect(Math.abs((found[touch] ?? Number.NaN) - credit)).toBeLessThan(1e-12);
  }
}

describe('journeys in columns', () => {
  it('are credited as each of them is alone, in chunks of any size, and those that led nowhere not at all', () => {
    fc.assert(fc.property(anyWalks, anySize, expectPure));
  });

  it.each<[string, number[]]>([
    ['one touch', [5]],
    ['two touches', [200, 5]],
    ['three touches', [200, 5, 1]],
    ['touches at one instant', [7, 7, 7, 7]],
    ['no touch', []],
    ['ten thousand touches over a hundred years', Array.from({ length: 10_000 }, (_, place) => (10_000 - place) * 87.6)],
  ])('of %s are credited as alone', (_, hours) => {
    expectPure([walkOf([9, 8]), walkOf(hours), walkOf([4, 2], false), walkOf([3])], 3);
  });

  it('of ten thousand touches leave no weight without a number', () => {
    const hours = Array.from({ length: 10_000 }, (_, place) => (10_000 - place) * 87.6);
    for (const credits of creditColumns(toColumns([walkOf(hours)], 1)[0] as JourneyColumns, models).credits) {
      expect(credits.every((credit) => credit >= 0 && credit <= 1)).toBe(true);
      expect(Math.abs(credits.reduce((sum, credit) => sum + credit, 0) - 1)).toBeLessThan(1e-9);
    }
  });

  it('sum up by channel to what their touches were credited with, chunk by chunk', () => {
    fc.assert(
      fc.property(anyWalks, anySize, (walks, size) => {
        const totals = new ChannelTotals(models, names.length);
        for (const columns of toColumns(walks, size)) totals.add(columns, creditColumns(columns, models));
        for (const { model, conversions, values } of totals.totals) {
          const [expected, expectedValues] = [names.map(() => 0), names.map(() => 0)];
          for (const walk of walks.filter(({ isConverted }) => isConverted))
            for (const [place, credit] of model.credit(toJourney(walk)).entries()) {
              const channel = walk.touches[place]?.channel as number;
              expected[channel] = (expected[channel] as number) + credit;
              expectedValues[channel] = (expectedValues[channel] as number) + credit * walk.value;
            }
          for (const channel of names.keys()) {
            expect(conversions[channel]).toBeCloseTo(expected[channel] as number, 10);
            expect(values[channel]).toBeCloseTo(expectedValues[channel] as number, 6);
          }
        }
      }),
    );
  });

  it('go from channel to channel as often as their paths do, and lose as much without one', () => {
    fc.assert(
      fc.property(anyWalks, anySize, (walks, size) => {
        const paths = walks.map(({ touches, isConverted }) => ({
          channels: touches.map(({ channel }) => names[channel] as string),
          conversions: isConverted ? 1 : 0,
          nulls: isConverted ? 0 : 1,
        }));
        const counts = new TransitionCounts(names);
        for (const columns of toColumns(walks, size)) counts.add(columns);
        expect(counts.toTransitions()).toEqual(countTransitions(paths, 1));
        const effects = removalEffects(counts.toTransitions(), names);
        const total = [...effects.values()].reduce((sum, effect) => sum + effect, 0);
        for (const [channel, share] of fit(markovOf(1), paths).shares ?? [])
          expect((effects.get(channel) ?? 0) / total).toBeCloseTo(share, 12);
      }),
    );
  });

  it('are built in order and whole, or not at all', () => {
    const builder = new ColumnsBuilder();
    builder.addTouch(0, 2_000);
    expect(() => builder.addTouch(0, 1_999)).toThrow('a touch at 1999 cannot follow one at 2000');
    builder.endJourney(true, 0);
    // Another journey may begin earlier, also in the next chunk.
    builder.addTouch(0, 1_000);
    builder.endJourney(true, 0);
    expect(builder.take().atMs).toEqual(Float64Array.of(2_000, 1_000));
    builder.addTouch(0, 500);
    expect(() => builder.take()).toThrow('a journey is open');
    builder.endJourney(false, 0);
    expect(builder.take()).toMatchObject({ atMs: Float64Array.of(500), starts: Uint32Array.of(0, 1), converted: Uint8Array.of(0) });
  });

  it('have no transitions counted between more channels than can be solved for', () => {
    expect(() => new TransitionCounts(Array.from({ length: 1_001 }, (_, n) => `c${n}`))).toThrow('1001 channels are more than the 1000');
  });
});
