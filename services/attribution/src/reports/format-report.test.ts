import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { models } from '../models/index.ts';
import { toUnits } from '../money/decimal.ts';
import { buildReport } from './build-report.ts';
import type { Corpus } from './corpus.ts';
import { type Report, toCsv, toJson } from './format-report.ts';
import { anyCosts, anyJourneys, corpusOf, journeyOf, noon } from './testing.ts';

const reportOf = (corpus: Corpus): Promise<Report> =>
  buildReport('test', corpus, { models, groupings: ['channel', 'campaign', 'day'], paths: null, timeZone: 'UTC' });

/** The records of a text of RFC 4180, read letter by letter. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let [fields, field, isQuoted]: [string[], string, boolean] = [[], '', false];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string;
    if (isQuoted && letter === '"' && text[at + 1] === '"') field += text[at++];
    else if (letter === '"') isQuoted = !isQuoted;
    else if (isQuoted || !/[,\r\n]/.test(letter)) field += letter;
    else if (letter !== ',' && !text.startsWith('\r\n', at)) throw new Error('a line break outside quotes is not CRLF');
    else {
      fields.push(field);
      field = '';
      if (letter === ',') continue;
      records.push(fields);
      fields = [];
      at += 1;
    }
  }
  return records;
}

type JsonRow = Record<'model' | 'key', string> & Record<string, string | null>;
const jsonRows = (report: Report): [grouping: string, row: JsonRow][] => {
  const { reports } = JSON.parse(toJson(report)) as { reports: Record<string, JsonRow[]> };
  return Object.entries(reports).flatMap(([grouping, rows]) => rows.map((row) => [grouping, row] as [string, JsonRow]));
};

const awkward = ['=1+1', '+44', '-5', '-cmd', '@sum', '\tx', '\rx', 'a,b', 'the "best"', 'two\r\nlines', '"', "'", '(direct)', 'Ω'];
const anyName = fc.oneof(fc.constantFrom(...awkward), fc.string({ minLength: 1, unit: fc.constantFrom(...'=+-@\t\r\n",;a1') }));
const anyNamed = fc.tuple(anyJourneys, anyCosts, fc.array(anyName, { minLength: 4, maxLength: 4 })).map(([journeys, costs, names]) => {
  const known = new Map<string, string>();
  const rename = (channel: string): string => {
    known.set(channel, known.get(channel) ?? names[known.size] ?? channel);
    return known.get(channel) as string;
  };
  const renamed = journeys.map((journey) => ({
    ...journey,
    touches: journey.touches.map((touch) => ({ ...touch, channel: rename(touch.channel) })),
  }));
  return corpusOf(
    renamed,
    costs.map((cost) => ({ ...cost, channel: rename(cost.channel) })),
  );
});

describe('CSV and JSON', () => {
  it('tell the same figures to the cent, whatever channels are called', async () => {
    await fc.assert(
      fc.asyncProperty(anyNamed, async (corpus) => {
        const report = await reportOf(corpus);
        const told = readCsv(toCsv(report)).slice(1);
        const expected = jsonRows(report).map(([grouping, { model, key, ...figures }]) => {
          return [grouping, model, key, ...Object.values(figures).map((figure) => figure ?? '')];
        });
        const unarmed = told.map((fields) => fields.map((field) => (/^'[=+\-@\t\r]/.test(field) ? field.slice(1) : field)));
        expect(unarmed).toEqual(expected);
        const rows = report.groupings.flatMap((grouping) => grouping.rows);
        const money = unarmed.map(([, , , , value = '', cost = '']) => [toUnits(value, 2), toUnits(cost, 6)]);
        expect(money).toEqual(rows.map(({ valueMinor, costMicros }) => [valueMinor, costMicros]));
      }),
      { numRuns: 60 },
    );
  });

  it('never hold a cell that a spreadsheet would take for a formula', async () => {
    await fc.assert(
      fc.asyncProperty(anyNamed, async (corpus) => {
        for (const field of readCsv(toCsv(await reportOf(corpus))).flat()) expect(field).not.toMatch(/^[=+\-@\t\r](?!\d+(\.\d+)?$)/);
      }),
      { numRuns: 60 },
    );
  });

  it('quote what a table would break on, and disarm a formula', async () => {
    const csv = toCsv(await reportOf(corpusOf([journeyOf('c', [['=cmd,"x"', 1]], 1_000n)])));
    expect(csv).toContain(`channel,linear,"'=cmd,""x""",1.000000`);
  });

  it('divide by nothing nowhere: the ratio is null, and its cell empty', async () => {
    const spent = { channel: 'Podcast', campaign: null, atMs: noon, costMicros: 5_000_000n };
    const report = await reportOf(corpusOf([journeyOf('c', [['Email', 1]], 1_000n)], [spent]));
    const ratios = jsonRows(report).flatMap(([grouping, { model, key, cpo, roas }]) => {
      return grouping === 'channel' && model === 'linear' ? [[key, cpo, roas]] : [];
    });
    expect(ratios).toEqual([
      ['Email', '0.000000', null],
      ['Podcast', null, '0.000000'],
    ]);
    expect(toCsv(report)).toContain('channel,linear,Podcast,0.000000,0.00,5.00,,0.000000\r\n');
  });
});
