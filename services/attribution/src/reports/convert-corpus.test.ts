import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { models } from '../models/index.ts';
import { createConverter, type Rate } from '../money/convert-currency.ts';
import { buildReport } from './build-report.ts';
import { createDayReader, type ReportRow } from './build-rows.ts';
import { convertCorpus } from './convert-corpus.ts';
import type { Corpus } from './corpus.ts';
import { anyJourneys, corpusOf, journeyOf, listOf } from './testing.ts';

const rateOf = (day: string, from: string, to: string, rate: string): Rate => ({ day, from, to, rate });
const rowsOf = async (corpus: Corpus): Promise<ReportRow[]> => {
  const { groupings } = await buildReport('test', corpus, { models, groupings: ['channel'], paths: null, timeZone: 'UTC' });
  return groupings.flatMap(({ rows }) => rows);
};
const convertedAt = (at: string) => ({ ...journeyOf(at, [['Email', 1]], 10_000n), convertedAtMs: Date.parse(at) });

describe('a corpus in another currency', () => {
  it.each([
    ['2026-03-28T23:59:59.999+01:00', 5_000n],
    ['2026-03-29T00:00:00.000+01:00', 9_000n],
    ['2026-03-29T23:59:59.999+02:00', 9_000n],
  ])('takes the rate of the day in which %s is where the report is read', async (at, expected) => {
    const rates = [rateOf('2026-03-28', 'USD', 'EUR', '0.5'), rateOf('2026-03-29', 'USD', 'EUR', '0.9')];
    const { journeys } = convertCorpus(corpusOf([convertedAt(at)]), 'EUR', rates, createDayReader('Europe/Berlin'));
    expect((await listOf(journeys)).map(({ journey }) => [journey.valueMinor, journey.currency])).toEqual([[expected, 'EUR']]);
  });

  it.each(['EUR', 'JPY', 'KWD'])('is split in %s so that the parts are the sum of what was converted, by every model', async (to) => {
    const anyCurrencies = fc.array(fc.constantFrom('USD', 'JPY', 'KWD', 'EUR'), { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(anyJourneys, anyCurrencies, fc.integer({ min: 1, max: 10 ** 9 }), async (journeys, currencies, millionths) => {
        const rate = (millionths / 1e6).toFixed(6);
        const rates = ['USD', 'JPY', 'KWD', 'EUR'].map((from) => rateOf('2026-03-29', from, to, rate));
        const mixed = journeys.map((journey, place) => ({ ...journey, currency: currencies[place] as string }));
        const rows = await rowsOf(convertCorpus(corpusOf(mixed), to, rates, createDayReader('UTC')));
        const convert = createConverter(rates);
        const total = mixed.reduce((sum, { valueMinor, currency }) => sum + convert(valueMinor, currency, to, '2026-03-29'), 0n);
        for (const { name } of models) {
          const own = rows.filter(({ model }) => model === name);
          expect(own.reduce((sum, { valueMinor }) => sum + valueMinor, 0n)).toBe(total);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is never one of several: values of two currencies are not added', async () => {
    const mixed = corpusOf([journeyOf('usd', [['Email', 1]], 100n), { ...journeyOf('eur', [['Email', 1]], 100n), currency: 'EUR' }]);
    await expect(rowsOf(mixed)).rejects.toThrow('conversion eur is in EUR, the report in USD; convert it first');
  });
});
