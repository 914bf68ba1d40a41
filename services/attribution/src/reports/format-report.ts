import { toCsvText } from '../csv.ts';
import type { Model } from '../models/index.ts';
import { fromUnits } from '../money/decimal.ts';
import type { PathReport } from './build-paths.ts';
import { costPerOrder, type Grouping, type ReportRow, returnOnAdSpend, type Tally } from './build-rows.ts';
import type { Corpus } from './corpus.ts';

/** All that is told of a corpus; each format shows the same figures. */
export interface Report {
  source: string;
  corpus: Pick<Corpus, 'currency' | 'places' | 'refused'>;
  totals: { conversions: number; valueMinor: bigint; nulls: number; costMicros: bigint };
  models: { model: Pick<Model, 'name' | 'version' | 'definition'>; attributed: Tally; unattributed: Tally }[];
  /** Why models were left out, a sentence each. */
  leftOut: string[];
  groupings: { grouping: Grouping; rows: ReportRow[] }[];
  paths: PathReport | null;
}

const unattributed = '(unattributed)';
const decimals = (number: number | null, places = 2): string => number?.toFixed(places) ?? '';

/** Conversions to six places, money to its own, ratios to six, null where undefined: the figures of CSV and JSON alike. */
function toFigures(row: ReportRow, { places }: Report['corpus']) {
  return {
    model: row.model,
    key: row.key ?? unattributed,
    conversions: row.conversions.toFixed(6),
    value: fromUnits(row.valueMinor, places, 2),
    cost: fromUnits(row.costMicros, 6, 2),
    cpo: costPerOrder(row)?.toFixed(6) ?? null,
    roas: returnOnAdSpend(row, places)?.toFixed(6) ?? null,
  };
}

const csvHead = ['report', 'model', 'key', 'conversions', 'value', 'cost', 'cpo', 'roas'];

/** Every line of every report as CSV (RFC 4180). CPO and ROAS are empty where their denominator is 0. */
export function toCsv({ groupings, corpus }: Report): string {
  const lines = groupings.flatMap(({ grouping, rows }) =>
    rows.map((row) => {
      const { model, key, conversions, value, cost, cpo, roas } = toFigures(row, corpus);
      return [grouping, model, key, conversions, value, cost, cpo ?? '', roas ?? ''];
    }),
  );
  return toCsvText([csvHead, ...lines]);
}

/** The same, and the paths, as JSON. */
export function toJson(report: Report): string {
  const { corpus, totals, models, groupings, paths, leftOut, source } = report;
  const money = (minor: bigint): string => fromUnits(minor, corpus.places, 2);
  const tally = ({ conversions, valueMinor }: { conversions: number; valueMinor: bigint }) => ({ conversions, value: money(valueMinor) });
  const shown = {
    ...{ source, currency: corpus.currency, leftOut, refused: corpus.refused },
    totals: { ...tally(totals), nulls: totals.nulls, cost: fromUnits(totals.costMicros, 6, 2) },
    models: models.map(({ model, attributed, unattributed: none }) => ({
      ...model,
      attributed: tally(attributed),
      unattributed: tally(none),
    })),
    reports: Object.fromEntries(groupings.map(({ grouping, rows }) => [grouping, rows.map((row) => toFigures(row, corpus))])),
    paths:
      paths === null
        ? null
        : { ...paths, paths: paths.paths.map((path) => ({ ...path, valueMinor: undefined, value: money(path.valueMinor) })) },
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}

function formatTable(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string =>
    `  ${cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()}`;
  return [line(head), ...rows.map(line)].join('\n');
}

/** One table for each figure: a line for each key, a column for each model. */
function formatGrouping(grouping: Grouping, rows: ReportRow[], { places, currency }: Report['corpus']): string[] {
  const models = [...new Set(rows.map(({ model }) => model))];
  const keys = [...new Set(rows.map(({ key }) => key))].sort((left, right) =>
    left === null ? 1 : right === null ? -1 : left < right ? -1 : 1,
  );
  const find = new Map(rows.map((row) => [JSON.stringify([row.model, row.key]), row]));
  const tableOf = (title: string, cell: (row: ReportRow) => string): string => {
    const lines = keys.map((key) => [
      key ?? unattributed,
      ...models.map((model) => {
        const row = find.get(JSON.stringify([model, key]));
        return row === undefined ? '' : cell(row);
      }),
    ]);
    return `${title} by ${grouping}\n${formatTable([grouping, ...models], lines)}\n`;
  };
  const hasCosts = rows.some(({ costMicros }) => costMicros > 0n);
  const money = [
    tableOf('Conversions', ({ conversions }) => conversions.toFixed(2)),
    tableOf(`Value, ${currency},`, ({ valueMinor }) => Number(fromUnits(valueMinor, places)).toFixed(2)),
  ];
  if (!hasCosts) return money;
  return [
    ...money,
    tableOf(`Cost per order, ${currency},`, (row) => decimals(costPerOrder(row))),
    tableOf('Return on ad spend', (row) => decimals(returnOnAdSpend(row, places))),
  ];
}

function formatPaths(
  { paths, distinct, averageTouches, averageDays, medianDays }: PathReport,
  { places, currency }: Report['corpus'],
): string {
  const shorten = (path: string): string => (path.length <= 90 ? path : `${path.slice(0, 60)} … ${path.slice(-26)}`);
  const rows = paths.map(({ path, conversions, valueMinor }) => [
    shorten(path),
    `${conversions}`,
    Number(fromUnits(valueMinor, places)).toFixed(2),
  ]);
  const time =
    averageDays === null
      ? ''
      : `, ${averageDays.toFixed(1)} days from the first touch to the conversion on average, ${decimals(medianDays, 1)} in the middle`;
  return `Paths: ${distinct} different ones, ${decimals(averageTouches)} touches on average${time}\n${formatTable(['most common', 'conversions', currency], rows)}\n`;
}

/** The report as a person reads it. */
export function toText(report: Report): string {
  const { corpus, totals, models, leftOut, groupings, paths, source } = report;
  const money = (minor: bigint): string => `${fromUnits(minor, corpus.places, 2)} ${corpus.currency}`;
  const summary = models.map(({ model, attributed, unattributed: none }) => [
    ...[
      model.name,
      model.version,
      attributed.conversions.toFixed(0),
      money(attributed.valueMinor),
      none.conversions.toFixed(0),
      money(none.valueMinor),
    ],
  ]);
  const spent = totals.costMicros === 0n ? '' : `, at a cost of ${fromUnits(totals.costMicros, 6, 2)}`;
  return [
    `${source}: ${totals.conversions} conversions worth ${money(totals.valueMinor)}, ${totals.nulls} journeys that led nowhere${spent}\n`,
    ...(corpus.refused.length === 0 ? [] : [`${corpus.refused.length} rows were left out\n`]),
    `Models\n${formatTable(['model', 'version', 'attributed', 'value', 'unattributed', 'value'], summary)}\n`,
    ...(leftOut.length === 0 ? [] : [`${leftOut.map((sentence) => `Left out: ${sentence}`).join('\n')}\n`]),
    ...groupings.flatMap(({ grouping, rows }) => formatGrouping(grouping, rows, corpus)),
    ...(paths === null ? [] : [formatPaths(paths, corpus)]),
  ].join('\n');
}
