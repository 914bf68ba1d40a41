import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli, UsageError } from '@waybill/shared/cli';
import { models } from '../models/index.ts';
import { readRates } from '../money/convert-currency.ts';
import { buildReport, type ReportChoice } from './build-report.ts';
import { createDayReader, type Grouping } from './build-rows.ts';
import { convertCorpus } from './convert-corpus.ts';
import type { Corpus } from './corpus.ts';
import { toCsv, toJson, toText } from './format-report.ts';
import { readDatabase } from './read-database.ts';
import { readPaths } from './read-paths.ts';

const usage = `Usage: npm run attribution -- --paths FILE | --database FILE [options]

Credits conversions by every model, side by side, and reports channels, paths, cost per order and return on ad spend.

  --paths FILE      aggregated paths as CSV, gzipped where it ends in .gz: path (channels, > between), total_conversions,
                    total_conversion_value, total_null
  --database FILE   a SQLite file with the tables conversions, session_sources and session_costs; it is only read
  --model NAME      only this model, may be given again: ${models.map(({ name }) => name).join(', ')}
  --report KIND     only this report, may be given again: channel, campaign, day, path; channel and path otherwise
  --format FORMAT   text, csv or json
  --top N           so many of the most common paths (10)
  --time-zone ZONE  where days begin, such as Europe/Berlin (UTC)
  --currency CODE   of the values (USD)
  --to CODE         converts values by the rate of the conversion's day, with --rates FILE (CSV: day,from,to,rate)
  --out FILE        writes there instead of to the screen
  --definitions     tells how each model gives credit
`;

const formats = { text: toText, csv: toCsv, json: toJson };
const kinds = ['channel', 'campaign', 'day', 'path'] as const;

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
  if (/^[A-Z]{3}$/.test(given)) return given;
  throw new UsageError(`--${name} ${given}: give a code such as USD`);
}

/** The values in another currency, where the file has what that needs. */
function convert(corpus: Corpus, to: string, ratesFile: string | undefined, timeZone: string): Corpus {
  if (ratesFile === undefined) throw new UsageError('--to needs --rates FILE');
  if (!existsSync(ratesFile)) throw new UsageError(`--rates ${ratesFile}: there is no such file`);
  if (!corpus.hasTimes) throw new UsageError('--to needs the days of conversions, which aggregated paths have not');
  if (corpus.costs.length > 0)
    throw new UsageError('--to would set values of one currency against costs of another; costs have none in this file');
  return convertCorpus(corpus, to, readRates(readFileSync(ratesFile, 'utf8')), createDayReader(timeZone));
}

await runCli(usage, async () => {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const list = { type: 'string', multiple: true, default: [] as string[] } as const;
  const options = {
    ...{ paths: text, database: text, model: list, report: list, format: { ...text, default: 'text' }, top: { ...text, default: '10' } },
    ...{ 'time-zone': { ...text, default: 'UTC' }, currency: { ...text, default: 'USD' }, to: text, rates: text, out: text },
    ...{ definitions: flag, help: flag },
  } as const;
  const { values } = parseArgs({ args: process.argv.slice(2), options });
  if (values.help) return void process.stdout.write(usage);
  if (values.definitions) {
    for (const { name, version, definition } of models) process.stdout.write(`${name} (${version}): ${definition}\n`);
    return;
  }
  const file = values.paths ?? values.database;
  if (file === undefined || (values.paths !== undefined && values.database !== undefined)) {
    throw new UsageError('Give one of --paths FILE and --database FILE.');
  }
  if (!/^[1-9]\d{0,5}$/.test(values.top)) throw new UsageError(`--top ${values.top}: give a whole number`);
  const named = values.model.map((name) =>
    readChoice(
      'model',
      name,
      models.map((model) => model.name),
    ),
  );
  const reports = (values.report.length === 0 ? ['channel', 'path'] : values.report).map((kind) => readChoice('report', kind, kinds));
  const format = readChoice('format', values.format, Object.keys(formats) as (keyof typeof formats)[]);
  const [currency, timeZone] = [readCurrency('currency', values.currency), readTimeZone(values['time-zone'])];
  const choice: ReportChoice = {
    models: models.filter(({ name }) => named.length === 0 || named.includes(name)),
    groupings: reports.filter((kind): kind is Grouping => kind !== 'path'),
    paths: reports.includes('path') ? Number(values.top) : null,
    timeZone,
  };

  process.stderr.write(`Reading ${file}\n`);
  const read = values.paths === undefined ? readDatabase(file, currency) : await readPaths(file, currency);
  const corpus = values.to === undefined ? read : convert(read, readCurrency('to', values.to), values.rates, timeZone);
  for (const sentence of corpus.refused.slice(0, 10)) process.stderr.write(`left out: ${sentence}\n`);
  if (corpus.refused.length > 10) process.stderr.write(`left out: ${corpus.refused.length - 10} more\n`);
  process.stderr.write(`Crediting ${corpus.groups.length} journeys by ${choice.models.length} models\n`);
  const written = formats[format](buildReport(basename(file), corpus, choice));
  if (values.out === undefined) process.stdout.write(written);
  else writeFileSync(values.out, written);
});
