import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { models } from '../models/index.ts';
import { createConverter, readRates } from '../money/convert-currency.ts';
import { buildPaths } from './build-paths.ts';
import { buildReport } from './build-report.ts';
import { createDayReader } from './build-rows.ts';
import type { Corpus } from './corpus.ts';
import { type Report, toCsv, toJson, toText } from './format-report.ts';
import { readPaths } from './read-paths.ts';
import { anyCosts, anyJourneys, corpusOf, journeyOf, listOf, noon } from './testing.ts';

const reportOf = (corpus: Corpus, timeZone = 'UTC'): Promise<Report> =>
  buildReport('test', corpus, { models, groupings: ['channel', 'campaign', 'day'], paths: 10, timeZone });

describe('a report', () => {
  it('adds up by every model and grouping: conversions, value to the cent, cost once', async () => {
    await fc.assert(
      fc.asyncProperty(anyJourneys, anyCosts, async (journeys, costs) => {
        const report = await reportOf(corpusOf(journeys, costs));
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

  it('leaves cost per order and return on ad spend empty where they divide by nothing', async () => {
    const costs = [{ channel: 'Podcast', campaign: null, atMs: noon, costMicros: 5_000_000n }];
    const lines = toCsv(await reportOf(corpusOf([journeyOf('c', [['Email', 1]], 1_000n)], costs))).split('\r\n');
    expect(lines).toContain('channel,linear,Email,1.000000,10.00,0.00,0.000000,');
    expect(lines).toContain('channel,linear,Podcast,0.000000,0.00,5.00,,0.000000');
  });

  it('shows what no touch led to as unattributed', async () => {
    expect(toCsv(await reportOf(corpusOf([journeyOf('c', [], 1_000n)])))).toContain(
      'channel,linear,(unattributed),1.000000,10.00,0.00,0.000000,',
    );
  });

  it('is read by a person as tables, one for each figure', async () => {
    const text = toText(await reportOf(corpusOf([journeyOf('c', [['Email', 1]], 1_000n)])));
    expect(text).toContain('test: 1 conversions worth 10.00 USD, 3 journeys that led nowhere');
    expect(text).toMatch(/Value, USD, by channel\n {2}channel +first +last/);
  });
});

const hourMs = 3_600_000;

describe('a day of the report', () => {
  it.each([
    ['UTC', '2026-03-29', '2026-03-29T00:00:00Z', 24],
    ['Europe/Berlin', '2026-03-28', '2026-03-28T00:00:00+01:00', 24],
    ['Europe/Berlin', '2026-03-29', '2026-03-29T00:00:00+01:00', 23],
    ['Europe/Berlin', '2026-03-30', '2026-03-30T00:00:00+02:00', 24],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T00:00:00+02:00', 25],
    ['America/New_York', '2026-03-08', '2026-03-08T00:00:00-05:00', 23],
    ['America/New_York', '2026-11-01', '2026-11-01T00:00:00-04:00', 25],
    ['Asia/Kathmandu', '2026-11-01', '2026-11-01T00:00:00+05:45', 24],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-04T00:00:00+10:30', 23.5],
    // Clocks go from midnight to one.
    ['America/Santiago', '2026-09-06', '2026-09-06T01:00:00-03:00', 23],
  ])('in %s begins on %s at %s, lasts %p hours, and ends before the next begins', (timeZone, day, start, hours) => {
    const dayOf = createDayReader(timeZone);
    const startMs = Date.parse(start);
    const endMs = startMs + hours * hourMs;
    expect([dayOf(startMs), dayOf(endMs - 1)]).toEqual([day, day]);
    const dayMs = 24 * hourMs;
    const [before, after] = [-dayMs, dayMs].map((ms) => new Date(Date.parse(`${day}T00:00:00Z`) + ms).toISOString().slice(0, 10));
    expect([dayOf(startMs - 1), dayOf(endMs)]).toEqual([before, after]);
  });

  it('has the cost of a touch beside its credit, wherever the day begins', async () => {
    const anyZone = fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Auckland', 'America/Los_Angeles');
    await fc.assert(
      fc.asyncProperty(anyJourneys, anyZone, async (journeys, timeZone) => {
        const touches = journeys.flatMap((journey) => journey.touches);
        const costs = touches.map(({ channel, campaign, atMs }) => ({ channel, campaign, atMs, costMicros: 1_000_000n }));
        const { groupings } = await reportOf(corpusOf(journeys, costs), timeZone);
        const rows = groupings.flatMap((of) => (of.grouping === 'day' ? of.rows : []));
        const linear = rows.filter(({ model, key }) => model === 'linear' && key !== null);
        expect(linear.map(({ conversions, costMicros }) => conversions > 0 && costMicros > 0n)).toEqual(linear.map(() => true));
      }),
    );
  });
});

describe('paths', () => {
  it('are counted by what was walked, the most common first, with touches and days', async () => {
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
    const report = await buildPaths(corpusOf(journeys), 10);
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
    const groups = await listOf(corpus.journeys);
    expect(
      groups.map(({ journey, conversions }) => [journey.touches.map(({ channel }) => channel), conversions, journey.valueMinor]),
    ).toEqual([
      [['a', 'b'], 3, 1_250_000n],
      [['c, d', 'a'], 1, 2_000_000n],
    ]);
    expect(await listOf(corpus.nulls)).toEqual([{ channels: ['a', 'b'], conversions: 0, nulls: 2 }]);
    expect(corpus.refused).toEqual([
      'line 4: the path has an empty channel',
      'line 5: total_conversions and total_null must be whole numbers',
      'line 6: total_conversion_value must be a decimal number',
    ]);
    const zipped = await readPaths(write('paths.csv.gz', gzipSync(text)), 'USD');
    expect(await listOf(zipped.journeys)).toEqual(groups);
  });

  it('can be read again: what it gives is the same, and nobody else’s to change', async () => {
    const corpus = await readPaths(write('again.csv', text), 'USD');
    const read = async () => [await listOf(corpus.journeys), await listOf(corpus.nulls)] as const;
    const first = await read();
    for (const { journey } of first[0]) journey.touches.pop();
    const [groups, nulls] = await read();
    expect(groups.map(({ journey }) => journey.touches.map(({ id }) => id))).toEqual([
      ['line 2.000000', 'line 2.000001'],
      ['line 3.000000', 'line 3.000001'],
    ]);
    expect(nulls).toEqual(first[1]);
  });

  it('gives the same report where the count of a path stands in one line or in several', async () => {
    const anyLine = fc.record({
      path: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((walked) => walked.join(' > ')),
      parts: fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 5_000_000 }), fc.integer({ min: 0, max: 9 })), {
        minLength: 1,
        maxLength: 3,
      }),
    });
    const anyLines = fc.uniqueArray(anyLine, { minLength: 1, maxLength: 5, selector: ({ path }) => path });
    const reportOfLines = async (lines: string[]): Promise<Report> =>
      reportOf(
        await readPaths(write('split.csv', ['path,total_conversions,total_conversion_value,total_null', ...lines].join('\n')), 'USD'),
      );
    await fc.assert(
      fc.asyncProperty(anyLines, async (lines) => {
        const lineOf = (path: string, [conversions, micros, nulls]: [number, number, number]) =>
          `${path},${conversions},${(conversions === 0 ? 0 : micros / 1e6).toFixed(6)},${nulls}`;
        const several = lines.flatMap(({ path, parts }) => parts.map((part) => lineOf(path, part)));
        const one = lines.map(({ path, parts }) => {
          const sumOf = (place: 0 | 2) => parts.reduce((sum, part) => sum + part[place], 0);
          const micros = parts.reduce((sum, [conversions, part]) => sum + (conversions === 0 ? 0 : part), 0);
          return lineOf(path, [sumOf(0), micros, sumOf(2)]);
        });
        expect(toJson(await reportOfLines(several))).toEqual(toJson(await reportOfLines(one)));
      }),
      { numRuns: 50 },
    );
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
