import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect } from '@waybill/shared/db';
import { createPublisher } from '@waybill/shared/pubsub';
import { generateInput } from './input/generated.ts';
import type { Input } from './input/input.ts';
import { clockAfter, expectedPaid, type Journeys, readJourneys, toInput } from './input/journeys.ts';
import { loadInput } from './input/load.ts';
import { type InputChoice, readOptions, type StartOptions, UsageError, usage } from './options.ts';
import { findDisagreements, formatResult, readResult } from './result.ts';
import { requestRun, untilAttributed, untilDelivered } from './round.ts';
import { dataFolder, type Stack, startStack } from './stack.ts';

const startedAt = performance.now();
const say = (line: string): void =>
  void process.stdout.write(`[${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s] ${line}\n`);

interface Prepared {
  folder: string;
  label: string;
  clockAt: string | undefined;
  input: Input | null;
  journeys: Journeys | null;
}

function folderName(choice: InputChoice): string {
  if (choice.kind === 'generated') return `generated-${choice.seed}-${choice.companies}`;
  if (choice.kind === 'none') return 'own';
  return `journeys-${createHash('sha256').update(readFileSync(choice.file)).digest('hex').slice(0, 12)}`;
}

/** Invented input keeps the instant it was first invented at, so that a second start finds the same world. */
function inventedAt(folder: string, options: StartOptions): Date {
  const file = join(folder, 'invented-at');
  if (existsSync(file) && !options.fresh) return new Date(readFileSync(file, 'utf8'));
  return new Date(options.clock ?? Date.now());
}

function prepare(options: StartOptions): Prepared {
  const choice = options.input;
  if (choice.kind === 'journeys') {
    const journeys = readJourneys(resolve(process.env.INIT_CWD ?? '.', choice.file));
    for (const row of journeys.refused.slice(0, 10)) say(`left out: ${row}`);
    if (journeys.refused.length > 10) say(`left out: ${journeys.refused.length - 10} more rows`);
    say(
      `${journeys.sessions.length} sessions and ${journeys.conversions.length} conversions read, ${journeys.refused.length} rows left out`,
    );
    const folder = join(dataFolder, folderName({ ...choice, file: resolve(process.env.INIT_CWD ?? '.', choice.file) }));
    const input = toInput(journeys);
    return { folder, label: input.label, clockAt: options.clock ?? clockAfter(journeys), input, journeys };
  }
  const folder = join(dataFolder, folderName(choice));
  if (choice.kind === 'none') return { folder, label: '', clockAt: options.clock, input: null, journeys: null };
  const now = inventedAt(folder, options);
  const input = generateInput({ seed: choice.seed, companies: choice.companies, now });
  if (options.fresh || !existsSync(folder))
    say(
      `${input.companies.length} companies, ${input.contacts.length} contacts, ${input.sessions.length} sessions and ${input.events.length - input.sessions.length} other tracking events invented`,
    );
  return { folder, label: input.label, clockAt: options.clock, input, journeys: null };
}

/** One round of the whole flow; answers the sentences that say what does not agree. */
async function runRound(stack: Stack, prepared: Prepared): Promise<string[]> {
  const db = connect(stack.databaseUrl);
  try {
    if (prepared.input !== null) {
      await loadInput(prepared.input, { db, publisher: createPublisher(stack.pubsub), bigQueryUrl: stack.bigQueryUrl });
      say(`Input handed over: ${prepared.input.events.length} tracking events published, CRM rows and scores written`);
      await untilAttributed(db, prepared.input, say);
      say('attribution: every session is a visit, and whose it is was computed');
    }
    if (prepared.input?.scores !== null) {
      const sync = await requestRun('sync', stack.urls.sync);
      say(`sync: ${String(sync.status)}`);
    }
    const run = await requestRun('eligibility', stack.urls.eligibility);
    say(`eligibility: ${JSON.stringify(run)}`);
    await untilDelivered(db, say);
    const results = await readResult(db, stack.standIns);
    process.stdout.write(`\n${formatResult(results, prepared.label || 'your own sources')}\n\n`);
    const expected =
      prepared.journeys === null || prepared.clockAt === undefined ? null : expectedPaid(prepared.journeys, prepared.clockAt);
    return findDisagreements(results, expected);
  } finally {
    await db.destroy();
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) return void process.stdout.write(usage);
  const prepared = prepare(options);
  let isEnding = false;
  let stack: Stack | null = null;
  const end = (code: number): void => {
    if (isEnding) return;
    isEnding = true;
    say('Ending every process');
    void (stack?.stop() ?? Promise.resolve()).then(() => process.exit(code));
  };
  const interrupted = (): void => end(130);
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);

  stack = await startStack(prepared.folder, { ...options, label: prepared.label, clockAt: prepared.clockAt }, say);
  if (options.input.kind === 'generated') {
    mkdirSync(prepared.folder, { recursive: true });
    writeFileSync(join(prepared.folder, 'invented-at'), inventedAt(prepared.folder, { ...options, fresh: false }).toISOString());
  }
  const disagreements = await runRound(stack, prepared).catch((error: unknown) => {
    say(`THE ROUND FAILED  ${error instanceof Error ? error.message : String(error)}`);
    end(1);
    return null;
  });
  if (disagreements === null) return;
  for (const sentence of disagreements) say(`DOES NOT AGREE  ${sentence}`);
  if (disagreements.length === 0) say('The platforms counted what was to be sent: all agree');
  if (options.once) return end(disagreements.length === 0 ? 0 : 1);
  say(`The console: ${stack.urls.hub}   (Ctrl-C ends everything)`);
}

main().catch((error: unknown) => {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write('See npm start -- --help\n');
  process.exit(error instanceof UsageError ? 2 : 1);
});
