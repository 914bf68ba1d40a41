import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Model, models } from '../models/index.ts';
import { buildReport } from './build-report.ts';
import type { ReportRow } from './build-rows.ts';
import type { Corpus } from './corpus.ts';
import { anyCosts, anyJourneys, channels, corpusOf, journeyOf } from './testing.ts';

const rowsOf = (corpus: Corpus, model: Model): ReportRow[] =>
  buildReport('test', corpus, { models: [model], groupings: ['channel', 'day'], paths: null, timeZone: 'UTC' }).groupings.flatMap(
    ({ rows }) => rows,
  );
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
const anyCorpus: fc.Arbitrary<Corpus> = fc
  .tuple(anyJourneys, anyNulls, anyCosts)
  .map(([journeys, nulls, costs]) => ({ ...corpusOf(journeys, costs), nulls }));
const anyOrderOf = ({ groups, nulls, costs, ...corpus }: Corpus): fc.Arbitrary<Corpus> =>
  fc.record({ groups: shuffled(groups), nulls: shuffled(nulls), costs: shuffled(costs) }).map((parts) => ({ ...corpus, ...parts }));

const byChannel = ({ model, key }: ReportRow): string => JSON.stringify([model, key]);

describe.each(models.map((model) => [model.name, model] as const))('the report of %s', (_name, model) => {
  it('is the same to the cent whatever the order of journeys and costs', () => {
    const anyTwoOrders = anyCorpus.chain((corpus) => fc.tuple(fc.constant(corpus), anyOrderOf(corpus)));
    fc.assert(
      fc.property(anyTwoOrders, ([corpus, other]) => expectEqual(rowsOf(other, model), rowsOf(corpus, model))),
      { numRuns: 50 },
    );
  });

  it('has each figure so many times where every journey and cost is there so many times', () => {
    fc.assert(
      fc.property(anyCorpus, fc.integer({ min: 2, max: 5 }), (corpus, times) => {
        const repeated = <T>(all: T[]): T[] => Array.from({ length: times }, () => all).flat();
        const many = { ...corpus, groups: repeated(corpus.groups), nulls: repeated(corpus.nulls), costs: repeated(corpus.costs) };
        const [once, found] = [rowsOf(corpus, model), rowsOf(many, model)];
        expect(found.map(byChannel)).toEqual(once.map(byChannel));
        for (const [place, row] of once.entries()) {
          expect(found[place]?.conversions).toBeCloseTo(row.conversions * times, 9);
          expect(found[place]?.costMicros).toBe(row.costMicros * BigInt(times));
          // A total that is split once holds less rounding than one split so many times.
          const rounded = Number((found[place]?.valueMinor ?? 0n) - row.valueMinor * BigInt(times));
          expect(Math.abs(rounded)).toBeLessThanOrEqual('fit' in model ? times : 0);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(models.filter((model) => !('fit' in model)).map((model) => [model.name, model] as const))('%s', (_name, model) => {
  it('gives a channel exactly the conversion more that only it led to, and no other channel any less', () => {
    fc.assert(
      fc.property(anyCorpus, fc.constantFrom(...channels), (corpus, channel) => {
        const own = journeyOf('own', [[channel, 1]], 100n);
        const more = { ...corpus, groups: [...corpus.groups, { journey: own, conversions: 1 }] };
        const channelRows = (of: Corpus) => rowsOf(of, model).filter(({ key }) => channels.includes(key ?? ''));
        const before = new Map(channelRows(corpus).map(({ key, conversions }) => [key, conversions]));
        for (const { key, conversions } of channelRows(more)) {
          expect(conversions).toBeCloseTo((before.get(key) ?? 0) + (key === channel ? 1 : 0), 9);
        }
      }),
      { numRuns: 50 },
    );
  });
});
