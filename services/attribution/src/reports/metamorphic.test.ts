import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Model, models, needsCorpus } from '../models/index.ts';
import { buildReport } from './build-report.ts';
import type { Grouping, ReportRow } from './build-rows.ts';
import { anyCosts, anyJourneys, channels, journeyOf, type Parts, partsOf, toCorpus } from './testing.ts';

const rowsOf = async (parts: Parts, model: Model): Promise<ReportRow[]> => {
  const choice = { models: [model], groupings: ['channel', 'day'] as Grouping[], paths: null, timeZone: 'UTC' };
  return (await buildReport('test', toCorpus(parts), choice)).groupings.flatMap(({ rows }) => rows);
};
const expectEqual = (found: ReportRow[], expected: ReportRow[]): void => {
  const exact = (rows: ReportRow[]) => rows.map(({ conversions: _, ...row }) => row);
  expect(exact(found)).toEqual(exact(expected));
  for (const [place, { conversions }] of expected.entries()) expect(found[place]?.conversions).toBeCloseTo(conversions, 9);
};
const shuffled = <T>(all: T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray(all, { minLength: all.length });

const anyNulls = fc.array(
  fc.record({
    channels: fc.array(fc.constantFrom(...channels), { minLength: 1, maxLength: 4 }),
    conversions: fc.constant(0),
    nulls: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 6 },
);
const anyParts: fc.Arbitrary<Parts> = fc
  .tuple(anyJourneys, anyNulls, anyCosts)
  .map(([journeys, nulls, costs]) => ({ ...partsOf(journeys, costs), nulls }));
const anyOrderOf = ({ groups, nulls, costs }: Parts): fc.Arbitrary<Parts> =>
  fc.record({ groups: shuffled(groups), nulls: shuffled(nulls), costs: shuffled(costs) });

const byChannel = ({ model, key }: ReportRow): string => JSON.stringify([model, key]);

describe.each(models.map((model) => [model.name, model] as const))('the report of %s', (_name, model) => {
  it('is the same to the cent whatever the order of journeys and costs', async () => {
    const anyTwoOrders = anyParts.chain((parts) => fc.tuple(fc.constant(parts), anyOrderOf(parts)));
    await fc.assert(
      fc.asyncProperty(anyTwoOrders, async ([parts, other]) => expectEqual(await rowsOf(other, model), await rowsOf(parts, model))),
      { numRuns: 50 },
    );
  });

  it('has each figure so many times where every journey and cost is there so many times', async () => {
    await fc.assert(
      fc.asyncProperty(anyParts, fc.integer({ min: 2, max: 5 }), async (parts, times) => {
        const repeated = <T>(all: T[]): T[] => Array.from({ length: times }, () => all).flat();
        const many = { groups: repeated(parts.groups), nulls: repeated(parts.nulls), costs: repeated(parts.costs) };
        const [once, found] = [await rowsOf(parts, model), await rowsOf(many, model)];
        expect(found.map(byChannel)).toEqual(once.map(byChannel));
        for (const [place, row] of once.entries()) {
          expect(found[place]?.conversions).toBeCloseTo(row.conversions * times, 9);
          expect(found[place]?.costMicros).toBe(row.costMicros * BigInt(times));
          // A total that is split once holds less rounding than one split so many times.
          const rounded = Number((found[place]?.valueMinor ?? 0n) - row.valueMinor * BigInt(times));
          expect(Math.abs(rounded)).toBeLessThanOrEqual(needsCorpus(model) ? times : 0);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(models.filter((model) => !needsCorpus(model)).map((model) => [model.name, model] as const))('%s', (_name, model) => {
  it('gives a channel exactly the conversion more that only it led to, and no other channel any less', async () => {
    await fc.assert(
      fc.asyncProperty(anyParts, fc.constantFrom(...channels), async (parts, channel) => {
        const own = journeyOf('own', [[channel, 1]], 100n);
        const more = { ...parts, groups: [...parts.groups, { journey: own, conversions: 1 }] };
        const channelRows = async (of: Parts) => (await rowsOf(of, model)).filter(({ key }) => channels.includes(key ?? ''));
        const before = new Map((await channelRows(parts)).map(({ key, conversions }) => [key, conversions]));
        for (const { key, conversions } of await channelRows(more)) {
          expect(conversions).toBeCloseTo((before.get(key) ?? 0) + (key === channel ? 1 : 0), 9);
        }
      }),
      { numRuns: 50 },
    );
  });
});
