import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Journey } from '../journeys/journey.ts';
import { models } from '../models/index.ts';
import { createConverter, readRates } from '../money/convert-currency.ts';
import { buildPaths } from './build-paths.ts';
import { buildReport } from './build-report.ts';
import { createDayReader } from './build-rows.ts';
import type { Corpus, Cost } from './corpus.ts';
import { type Report, toCsv, toJson, toText } from './format-report.ts';
import { readPaths } from './read-paths.ts';

const noon = Date.parse('2026-03-29T12:00:00Z');
const dayMs = 86_400_000;
const channels = ['Paid Search', 'Email', 'Direct Traffic', 'Referral'];

const journeyOf = (id: string, walked: [channel: string, daysBefore: number][], valueMinor: bigint): Journey => ({
  ...{ conversionId: id, convertedAtMs: noon, valueMinor, currency: 'USD' },
  touches: walked
    .toSorted(([, left], [, right]) => right - left)
    .map(([channel, daysBefore], place) => ({
      ...{ id: `${id}.${place}`, atMs: noon - daysBefore * dayMs - 1, channel, campaign: place % 2 === 0 ? 'spring' : null },
      ...{ isHolder: false, isCloser: false, isImpression: false },
    })),
});
const corpusOf = (journeys: Journey[], costs: Cost[] = []): Corpus => ({
  ...{ nulls: [{ channels: ['Email'], conversions: 0, nulls: 3 }], costs, places: 2, currency: 'USD', hasTimes: true, refused: [] },
  groups: journeys.map((journey) => ({ journey, conversions: 1 })),
});
const reportOf = (corpus: Corpus, timeZone = 'UTC'): Report =>
  buildReport('test', corpus, { models, groupings: ['channel', 'campaign', 'day'], paths: 10, timeZone });

const anyJourneys = fc
  .array(
    fc.tuple(
      fc.array(fc.tuple(fc.constantFrom(...channels), fc.integer({ min: 0, max: 60 })), { maxLength: 5 }),
      fc.bigInt({ min: -5_000n, max: 1_000_000n }),
    ),
    { maxLength: 8 },
  )
  .map((all) => all.map(([walked, value], place) => journeyOf(`c${place}`, walked, value)));
const anyCosts = fc.array(
  fc.record({
    channel: fc.constantFrom(...channels, 'Podcast'),
    campaign: fc.constantFrom('spring', null),
    day: fc.constantFrom('2026-03-28', '2026-03-29'),
    costMicros: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  }),
  { maxLength: 5 },
);

describe('a report', () => {
  it('adds up by every model and grouping: conversions, value to the cent, cost once', () => {
    fc.assert(
      fc.property(anyJourneys, anyCosts, (journeys, costs) => {
        const report = reportOf(corpusOf(journeys, costs));
        const value = journeys.reduce((sum, { valueMinor }) => sum + valueMinor, 0n);
        const cost = costs.reduce((sum, { costMicros }) => sum + costMicros, 0n);
        expect(report.models.map(({ model }) => model.name)).toEqual(models.map(({ name }) => name));
        for (const { rows } of report.groupings) {
          for (const model of models) {
            const own = rows.filter((row) => row.model === model.name);
            expect(own.reduce((sum, { conversions }) => sum + conversions, 0)).toBeCloseTo(journeys.length, 9);
            expect(own.reduce((sum, { valueMinor }) => sum + valueMinor, 0n)).toBe(value);
            expect(own.reduce((sum, { costMicros }) => sum + costMicros, 0n)).toBe(cost);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('tells in CSV and JSON the same figures', () => {
    fc.assert(
      fc.property(anyJourneys, anyCosts, (journeys, costs) => {
        const report = reportOf(corpusOf(journeys, costs));
        const lines = toCsv(report).split('\r\n').slice(1, -1);
        const json = JSON.parse(toJson(report)) as { reports: Record<string, Record<string, string>[]> };
        const rows = Object.entries(json.reports).flatMap(([grouping, all]) =>
          all.map((row) => [grouping, ...Object.values(row)].join(',')),
        );
        expect(lines).toEqual(rows);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves cost per order and return on ad spend empty where they divide by nothing', () => {
    const costs = [{ channel: 'Podcast', campaign: null, day: '2026-03-29', costMicros: 5_000_000n }];
    const lines = toCsv(reportOf(corpusOf([journeyOf('c', [['Email', 1]], 1_000n)], costs))).split('\r\n');
    expect(lines).toContain('channel,linear,Email,1.000000,10.00,0.00,0.000000,');
    expect(lines).toContain('channel,linear,Podcast,0.000000,0.00,5.00,,0.000000');
  });

  it('shows what no touch led to as unattributed', () => {
    expect(toCsv(reportOf(corpusOf([journeyOf('c', [], 1_000n)])))).toContain(
      'channel,linear,(unattributed),1.000000,10.00,0.00,0.000000,',
    );
  });

  it('quotes what a table would break on, and disarms a formula', () => {
    const csv = toCsv(reportOf(corpusOf([journeyOf('c', [['=cmd,"x"', 1]], 1_000n)])));
    expect(csv).toContain(`channel,linear,"'=cmd,""x""",1.000000`);
  });

  it('is read by a person as tables, one for each figure', () => {
    const text = toText(reportOf(corpusOf([journeyOf('c', [['Email', 1]], 1_000n)])));
    expect(text).toContain('test: 1 conversions worth 10.00 USD, 3 journeys that led nowhere');
    expect(text).toMatch(/Value, USD, by channel\n {2}channel +first +last/);
  });
});

describe('a day of the report', () => {
  it.each([
    ['2026-03-29T22:30:00Z', 'Europe/Berlin', '2026-03-30'],
    ['2026-03-28T22:59:59Z', 'Europe/Berlin', '2026-03-28'],
    ['2026-03-28T23:00:00Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-03-29T21:59:59Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-11-01T04:59:59Z', 'America/New_York', '2026-11-01'],
    ['2026-11-02T04:59:59Z', 'America/New_York', '2026-11-01'],
    ['2026-11-02T05:00:00Z', 'America/New_York', '2026-11-02'],
  ])('%s is in %s %s, also where a day has 23 or 25 hours', (at, timeZone, day) => {
    expect(createDayReader(timeZone)(Date.parse(at))).toBe(day);
  });
});

describe('paths', () => {
  it('are counted by what was walked, the most common first, with touches and days', () => {
    const journeys = [
      journeyOf('a', [['Email', 3]], 100n),
      journeyOf('b', [['Email', 5]], 200n),
      ...[
        journeyOf(
          'c',
          [
            ['Referral', 10],
            ['Email', 1],
          ] as [string, number][],
          400n,
        ),
      ],
    ];
    const report = buildPaths(corpusOf(journeys), 10);
    expect(report.paths[0]).toMatchObject({ path: 'Email', conversions: 2, valueMinor: 300n });
    expect(report).toMatchObject({ distinct: 2, averageTouches: 4 / 3 });
    expect(report.averageDays).toBeCloseTo(6, 5);
    expect(report.medianDays).toBeCloseTo(5, 5);
  });
});

describe('a currency', () => {
  const convert = createConverter(
    readRates('day,from,to,rate\n2026-03-28,USD,EUR,0.5\n2026-03-29,USD,EUR,0.925\n2026-03-29,USD,JPY,150.5\n'),
  );

  it('is converted by the rate of the day, half a unit away from zero, into the places of the other', () => {
    expect(convert(101n, 'USD', 'EUR', '2026-03-28')).toBe(51n);
    expect(convert(-101n, 'USD', 'EUR', '2026-03-28')).toBe(-51n);
    expect(convert(10_000n, 'USD', 'EUR', '2026-03-29')).toBe(9_250n);
    expect(convert(1_000n, 'USD', 'JPY', '2026-03-29')).toBe(1_505n);
    expect(convert(7n, 'USD', 'USD', '1999-01-01')).toBe(7n);
  });

  it('without a rate stops the report, and says which is missing', () => {
    expect(() => convert(1n, 'USD', 'EUR', '2026-03-30')).toThrow('there is no rate from USD to EUR on 2026-03-30; give one in --rates');
    expect(() => readRates('day,from,to,rate\n2026-03-28,USD,EUR,zero')).toThrow('line 2 of the rates must be like');
    expect(() => readRates('2026-03-28,USD,EUR,1')).toThrow('the first line of the rates must be day,from,to,rate');
  });
});

describe('a file of paths', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paths-'));
  const write = (name: string, content: string | Buffer): string => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const text = `﻿total_null,path,total_conversions,total_conversion_value
2,a > b,3,1.25
0,"c, d > a",1,2
1,a > > b,1,1
1,a,one,1
1,a,1,much
`;

  it('is read whatever the order of its columns, and a line that cannot be used is told by its number', async () => {
    const corpus = await readPaths(write('paths.csv', text), 'USD');
    expect(
      corpus.groups.map(({ journey, conversions }) => [journey.touches.map(({ channel }) => channel), conversions, journey.valueMinor]),
    ).toEqual([
      [['a', 'b'], 3, 1_250_000n],
      [['c, d', 'a'], 1, 2_000_000n],
    ]);
    expect(corpus.nulls).toEqual([{ channels: ['a', 'b'], conversions: 0, nulls: 2 }]);
    expect(corpus.refused).toEqual([
      'line 4: the path has an empty channel',
      'line 5: total_conversions and total_null must be whole numbers',
      'line 6: total_conversion_value must be a decimal number',
    ]);
    expect((await readPaths(write('paths.csv.gz', gzipSync(text)), 'USD')).groups).toEqual(corpus.groups);
  });

  it.each([
    ['empty.csv', '', 'is empty; its first line must name path'],
    ['other.csv', 'path,total_null\na,1\n', 'the first line lacks total_conversions, total_conversion_value'],
    ['broken.csv.gz', 'no gzip', 'incorrect header check'],
  ])('%s is refused with its reason', async (name, content, reason) => {
    await expect(readPaths(write(name, content), 'USD')).rejects.toThrow(reason);
  });

  it('that is not there is refused', async () => {
    await expect(readPaths(join(folder, 'none.csv'), 'USD')).rejects.toThrow('ENOENT');
  });
});
