import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli, UsageError } from '@waybill/shared/cli';
import { createClock, readDestinations } from '@waybill/shared/config';
import { fingerprint } from '@waybill/shared/conversion';
import { connect } from '@waybill/shared/db';
import { builtInCatalogue, type ConversionType, catalogue, checkCatalogue } from '../catalogue/index.ts';
import { toRules } from '../decide/rule.ts';
import { findHeldSources } from '../progress.ts';
import { readRulesSettings } from './config.ts';
import { describeCatalogue } from './describe.ts';
import { evaluateCatalogues } from './evaluate.ts';
import { createDifference, createPreview, type Tally } from './tally.ts';

const page = join(import.meta.dirname, '../../../../docs/conversion-types.md');
const usage = `Usage: npm run rules -- print | describe [--write] | preview [--catalogue FILE] | diff --catalogue FILE [--days N]

What the conversion types decide, without sending or writing anything.
  print      the catalogue as JSON, to change a copy of it
  describe   the catalogue as a page; --write writes docs/conversion-types.md, without the types that a platform.json brings
  preview    what a run of now would decide, for each type
  diff       what would come and go with a changed catalogue, over the events and clicks of the last N days (30) as they are stored today;
             of scores, and of when they first reached a bound, only what is stored counts: a score's history is not kept
`;

function readCatalogue(file: string): ConversionType[] {
  if (!existsSync(file)) throw new UsageError(`--catalogue ${file}: there is no such file; npm run -s rules -- print > FILE makes one`);
  try {
    return checkCatalogue(JSON.parse(readFileSync(file, 'utf8')) as unknown[]);
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(`--catalogue ${file}: is not JSON: ${error.message}`) : error;
  }
}

const sum = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
const money = (value: Record<string, number>): string =>
  Object.entries(value)
    .map(([currency, amount]) => `${amount.toFixed(2)} ${currency}`)
    .join(', ');

function printTable(head: string[], rows: string[][]): void {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  for (const row of [head, ...rows])
    process.stdout.write(
      `  ${row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}

function printTallies(title: string, tallies: Tally[]): void {
  const total = tallies.reduce((all, { conversions }) => all + conversions, 0);
  process.stdout.write(`\n${title}: ${total}\n`);
  if (total === 0) return;
  const rows = tallies.map(({ conversionType, campaign, conversions, value, reasons }) => [
    ...[conversionType, campaign, `${conversions}`, money(value), sum(reasons)],
  ]);
  printTable(['type', 'campaign', 'conversions', 'value', 'first reasons'], rows);
}

async function evaluating(run: (of: Awaited<ReturnType<typeof openRules>>) => Promise<void>): Promise<void> {
  const opened = await openRules();
  try {
    await run(opened);
  } finally {
    await opened.db.destroy();
  }
}

async function openRules() {
  const settings = readRulesSettings();
  const destinations = readDestinations(settings.DESTINATIONS_FILE);
  const db = connect(settings.DATABASE_URL, 2);
  const held = await findHeldSources(db);
  return {
    db,
    now: createClock(settings.CLOCK_AT).now(),
    scoresMaxAgeHours: settings.SCORES_MAX_AGE_HOURS,
    toRules: (types: ConversionType[]) => toRules(types, destinations, held),
  };
}

const preview = (types: ConversionType[]): Promise<void> =>
  evaluating(async ({ db, now, scoresMaxAgeHours, toRules: rulesOf }) => {
    const gathered = createPreview(types.map(({ name }) => name));
    const options = { view: { now, backHours: null }, scoresMaxAgeHours };
    await evaluateCatalogues(db, [rulesOf(types)], options, ([evaluated = []]) => gathered.addPage(evaluated));
    const rows = gathered
      .preview()
      .map((one) => [one.conversionType, `${one.considered}`, `${one.eligible}`, `${one.fresh}`, money(one.value), sum(one.reasons)]);
    printTable(['type', 'considered', 'eligible', 'new', 'value of the new', 'most frequent reasons against'], rows);
  });

const diff = (types: ConversionType[], days: number): Promise<void> =>
  evaluating(async ({ db, now, scoresMaxAgeHours, toRules: rulesOf }) => {
    const gathered = createDifference();
    const prints = [catalogue, types].map((all) => new Set(all.map((type) => fingerprint(type)))) as [Set<string>, Set<string>];
    const [before, after] = [
      catalogue.filter((type) => !prints[1].has(fingerprint(type))),
      types.filter((type) => !prints[0].has(fingerprint(type))),
    ] as const;
    // A type that is new here is evaluated as if an account took it: whether one does is for DESTINATIONS_FILE to say later.
    const isNew = (type: ConversionType) => catalogue.every(({ name }) => name !== type.name);
    const afterRules = rulesOf(after).map((rule) =>
      rule.destination === null && isNew(rule.type) ? { ...rule, destination: { account: 'none yet', action: 'none yet' } } : rule,
    );
    const names = [...new Set([...before, ...after].map(({ name }) => name))];
    process.stdout.write(`${names.length === 0 ? 'The catalogues are the same' : `Changed types: ${names.join(', ')}`}\n`);
    const options = { view: { now, backHours: days * 24 }, scoresMaxAgeHours };
    await evaluateCatalogues(db, [rulesOf(before), afterRules], options, ([old = [], changed = []]) => gathered.addPage(old, changed));
    const { coming, going, revalued } = gathered.difference();
    printTallies('Would come', coming);
    printTallies('Would go', going);
    printTallies('Would have another value (by how much)', revalued);
  });

function readDays(given: string): number {
  if (/^[1-9]\d{0,2}$/.test(given)) return Number(given);
  throw new UsageError(`--days ${given}: give a whole number from 1 to 999`);
}

await runCli(usage, async () => {
  const options = {
    catalogue: { type: 'string' },
    days: { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parseArgs({ args: process.argv.slice(2), options, allowPositionals: true });
  const [action] = positionals;
  if (values.help) return void process.stdout.write(usage);
  if (action === 'print') return void process.stdout.write(`${JSON.stringify(catalogue, null, 2)}\n`);
  if (action === 'describe' && values.write) return writeFileSync(page, describeCatalogue(builtInCatalogue));
  if (action === 'describe') return void process.stdout.write(describeCatalogue(catalogue));
  if (action === 'preview') return preview(values.catalogue === undefined ? catalogue : readCatalogue(values.catalogue));
  if (action === 'diff' && values.catalogue !== undefined) return diff(readCatalogue(values.catalogue), readDays(values.days));
  throw new UsageError(action === 'diff' ? 'diff needs --catalogue FILE.' : 'Give one of print, describe, preview, diff.');
});
