import { parseArgs } from 'node:util';
import { UsageError } from '@waybill/shared/cli';
import { models } from '../models/index.ts';
import { placesOf } from '../money/decimal.ts';
import { readDay } from '../read-day.ts';
import type { ReportChoice } from './build-report.ts';
import { createDayReader, type Grouping } from './build-rows.ts';
import { type LiveChoice, liveConversions } from './read-live.ts';

export const usage = `Usage: npm run attribution -- --from DAY --to DAY | --paths FILE | --database FILE [options]

Credits conversions by every model, side by side, and reports channels, paths, cost per order and return on ad spend.

  --from DAY --to DAY   the conversions of companies in these days, both included, with their touches as attribution found them
    --conversion WHAT   ${Object.keys(liveConversions).join(', ')} (paid)
    --save              keeps every touch's credit, by every model, in attribution_credit
  --paths FILE          aggregated paths as CSV, gzipped where it ends in .gz: path (channels, > between), total_conversions,
                        total_conversion_value, total_null
  --database FILE       a SQLite file with the tables conversions, session_sources and session_costs; it is only read
  --model NAME          only this model, may be given again: ${models.map(({ name }) => name).join(', ')}
  --report KIND         only this report, may be given again: channel, campaign, day, path; channel and path otherwise
  --format FORMAT       text, csv or json
  --top N               so many of the most common paths (10)
  --time-zone ZONE      where days begin, such as Europe/Berlin (UTC)
  --currency CODE       of the values, where they name none (USD)
  --convert-to CODE     converts values by the rate of the conversion's day, with --rates FILE (CSV: day,from,to,rate)
  --out FILE            writes there instead of to the screen
  --definitions         tells how each model gives credit
`;

export const formats = ['text', 'csv', 'json'] as const;
const kinds = ['channel', 'campaign', 'day', 'path'] as const;

export type ReportSource = { kind: 'live'; choice: LiveChoice; save: boolean } | { kind: 'paths' | 'database'; file: string };

export interface ReportArguments {
  source: ReportSource;
  report: ReportChoice;
  format: (typeof formats)[number];
  currency: string;
  /** Null: values stay in their currency. */
  convert: { to: string; ratesFile: string } | null;
  out: string | null;
}

function readChoice<T extends string>(name: string, given: string, among: readonly T[]): T {
  const found = among.find((one) => one === given);
  if (found === undefined) throw new UsageError(`--${name} ${given}: give one of ${among.join(', ')}`);
  return found;
}

function readTimeZone(given: string): string {
  try {
    createDayReader(given);
    return given;
  } catch {
    throw new UsageError(`--time-zone ${given}: give a zone such as Europe/Berlin`);
  }
}

function readCurrency(name: string, given: string): string {
  try {
    if (given !== given.toUpperCase()) throw new RangeError();
    placesOf(given);
    return given;
  } catch {
    throw new UsageError(`--${name} ${given}: give a code such as USD`);
  }
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const list = { type: 'string', multiple: true, default: [] as string[] } as const;
const options = {
  ...{ from: text, to: text, conversion: text, save: flag, paths: text, database: text, model: list, report: list },
  ...{ format: { ...text, default: 'text' }, top: { ...text, default: '10' }, 'time-zone': { ...text, default: 'UTC' } },
  ...{ currency: { ...text, default: 'USD' }, 'convert-to': text, rates: text, out: text, definitions: flag, help: flag },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

function readSource(values: Values, timeZone: string, currency: string): ReportSource {
  const isLive = values.from !== undefined || values.to !== undefined;
  const given = [isLive ? 'live' : undefined, values.paths, values.database].filter((source) => source !== undefined);
  if (given.length !== 1) throw new UsageError('Give one of --from DAY --to DAY, --paths FILE and --database FILE.');
  if (!isLive && (values.conversion !== undefined || values.save)) throw new UsageError('--conversion and --save go with --from and --to.');
  if (values.paths !== undefined) return { kind: 'paths', file: values.paths };
  if (values.database !== undefined) return { kind: 'database', file: values.database };
  const [from, to] = [readDay('from', values.from), readDay('to', values.to)];
  if (from > to) throw new UsageError('--from must not be after --to');
  const conversion = readChoice(
    'conversion',
    values.conversion ?? 'paid',
    Object.keys(liveConversions) as (keyof typeof liveConversions)[],
  );
  return { kind: 'live', choice: { conversion, from, to, timeZone, currency }, save: values.save };
}

function readConversion(to: string | undefined, ratesFile: string | undefined): ReportArguments['convert'] {
  if (to === undefined && ratesFile === undefined) return null;
  if (to === undefined || ratesFile === undefined) throw new UsageError('--convert-to CODE and --rates FILE go together.');
  return { to: readCurrency('convert-to', to), ratesFile };
}

/** The arguments of `attribution`, or that help or the models' definitions are asked for. Throws UsageError. */
export function readReportArguments(args: string[]): ReportArguments | 'help' | 'definitions' {
  const { values } = parseArgs({ args, options });
  if (values.help) return 'help';
  if (values.definitions) return 'definitions';
  if (!/^[1-9]\d{0,5}$/.test(values.top)) throw new UsageError(`--top ${values.top}: give a whole number`);
  const names = models.map(({ name }) => name);
  const named = values.model.map((name) => readChoice('model', name, names));
  const reports = (values.report.length === 0 ? ['channel', 'path'] : values.report).map((kind) => readChoice('report', kind, kinds));
  const [currency, timeZone] = [readCurrency('currency', values.currency), readTimeZone(values['time-zone'])];
  return {
    ...{ source: readSource(values, timeZone, currency), format: readChoice('format', values.format, formats), currency },
    report: {
      models: models.filter(({ name }) => named.length === 0 || named.includes(name)),
      groupings: reports.filter((kind): kind is Grouping => kind !== 'path'),
      paths: reports.includes('path') ? Number(values.top) : null,
      timeZone,
    },
    ...{ convert: readConversion(values['convert-to'], values.rates), out: values.out ?? null },
  };
}
