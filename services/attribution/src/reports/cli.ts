import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { runCli, UsageError } from '@waybill/shared/cli';
import { connect, type Database } from '@waybill/shared/db';
import { readDatabaseUrl } from '../ihc/config.ts';
import { models } from '../models/index.ts';
import { readRates } from '../money/convert-currency.ts';
import { type ReportArguments, type ReportSource, readReportArguments, usage } from './arguments.ts';
import { creditCorpus, learnCorpus, type TakeCredits } from './build-report.ts';
import { createDayReader } from './build-rows.ts';
import { convertCorpus } from './convert-corpus.ts';
import { type Corpus, isEmpty } from './corpus.ts';
import { type Report, toCsv, toJson, toText } from './format-report.ts';
import { readDatabase } from './read-database.ts';
import { readLive } from './read-live.ts';
import { readPaths } from './read-paths.ts';
import { saveCredits } from './save-credits.ts';

const formats = { text: toText, csv: toCsv, json: toJson };
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The values in another currency, where the source has what that needs. */
async function convert(corpus: Corpus, { convert: wanted, report, source }: ReportArguments): Promise<Corpus> {
  if (wanted === null) return corpus;
  const { to, ratesFile } = wanted;
  if (!existsSync(ratesFile)) throw new UsageError(`--rates ${ratesFile}: there is no such file`);
  if (!corpus.hasTimes) throw new UsageError('--convert-to needs the days of conversions, which aggregated paths have not');
  if (!(await isEmpty(corpus.costs)))
    throw new UsageError(`--convert-to would set values of one currency against costs of another; costs have none in ${nameOf(source)}`);
  return convertCorpus(corpus, to, readRates(readFileSync(ratesFile, 'utf8')), createDayReader(report.timeZone));
}

const nameOf = (source: ReportSource): string =>
  source.kind === 'live' ? `${source.choice.conversion}, ${source.choice.from} to ${source.choice.to}` : basename(source.file);

async function read(source: ReportSource, currency: string, db: Database | null): Promise<Corpus> {
  if (source.kind === 'live') return readLive(db as Database, source.choice);
  return source.kind === 'paths' ? readPaths(source.file, currency) : readDatabase(source.file, currency);
}

async function build(corpus: Corpus, { source, report }: ReportArguments, db: Database | null): Promise<Report> {
  const learned = await learnCorpus(corpus, report);
  const credit = (take?: TakeCredits): Promise<Report> => creditCorpus(nameOf(source), corpus, report, learned, take);
  if (source.kind !== 'live' || !source.save || db === null) return credit();
  const { saved, credited } = await saveCredits(db, corpus, report.models, credit);
  say(`Saved ${saved} credits`);
  return credited;
}

async function report(given: ReportArguments, db: Database | null): Promise<void> {
  const { source, currency, format, out } = given;
  say(`Reading ${source.kind === 'live' ? nameOf(source) : source.file}`);
  const stored = await read(source, currency, db);
  try {
    const corpus = await convert(stored, given);
    for (const sentence of corpus.refused.slice(0, 10)) say(`left out: ${sentence}`);
    if (corpus.refused.length > 10) say(`left out: ${corpus.refused.length - 10} more`);
    say(`Crediting journeys by ${given.report.models.length} models`);
    const written = formats[format](await build(corpus, given, db));
    if (out === null) process.stdout.write(written);
    else writeFileSync(out, written);
  } finally {
    stored.close?.();
  }
}

await runCli(usage, async () => {
  const given = readReportArguments(process.argv.slice(2));
  if (given === 'help') return void process.stdout.write(usage);
  if (given === 'definitions') {
    for (const { name, version, definition } of models) process.stdout.write(`${name} (${version}): ${definition}\n`);
    return;
  }
  const db = given.source.kind === 'live' ? connect(readDatabaseUrl(), 2) : null;
  try {
    await report(given, db);
  } finally {
    await db?.destroy();
  }
});
