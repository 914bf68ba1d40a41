import { writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { type EligibilityStack, startEligibilityStack } from './eligibility-stack.ts';
import { type Figure, formatTable, isMet, targetMb } from './figures.ts';
import { describeMachine, describePostgres } from './machine.ts';
import { type BenchOptions, fullSize, readOptions, usage } from './options.ts';
import { worldAt } from './world/invent.ts';
import { makeWorld } from './world/make-world.ts';
import { changeScores } from './world/scores.ts';

const hourMs = 3_600_000;
const oneIn = 100;

type Say = (line: string) => void;

interface Case {
  name: string;
  targetSeconds: number | null;
  /** Whether everything is to be decided, not only what changed. */
  isFull: boolean;
  hoursLater: number;
}

async function measureCase({ time }: EligibilityStack, { name, targetSeconds, isFull, hoursLater }: Case, say: Say): Promise<Figure> {
  say(`${name} …`);
  const { seconds, peakMb, report } = await time(new Date(worldAt.getTime() + hoursLater * hourMs));
  say(`${name}: ${seconds.toFixed(2)} s, ${JSON.stringify(report.reasons ?? {})}`);
  if (report.isFull !== undefined && report.isFull !== isFull)
    throw new Error(`"${name}" decided ${report.isFull ? 'everything' : 'only what changed'}: its figure is not of what it names`);
  return { name, seconds, targetSeconds, peakMb, ...report };
}

async function measure(stack: EligibilityStack, { world }: BenchOptions, say: Say): Promise<Figure[]> {
  const run = (name: string, targetSeconds: number | null, isFull: boolean, hoursLater: number) =>
    measureCase(stack, { name, targetSeconds, isFull, hoursLater }, say);
  const cold = await run('whole catalogue, from cold', 90, true, 0);
  const unchanged = await run('nothing changed', 3, false, 0.5);
  const changed = await changeScores(stack.db, world, oneIn, new Date(worldAt.getTime() + hourMs));
  say(`new scores for ${changed.companies} companies and ${changed.contacts} contacts`);
  const some = await run('1 % of scores changed', 8, false, 1);
  await sql`truncate eligibility_progress`.execute(stack.db);
  const again = await run('whole catalogue, each time', null, true, 1);
  return [cold, unchanged, some, again];
}

const isFullSize = ({ world }: BenchOptions): boolean =>
  (Object.keys(fullSize) as (keyof typeof fullSize)[]).every((what) => world[what] >= fullSize[what]);

function findRatios(figures: Figure[]): { toUnchanged: number; toChanged: number } {
  const [, unchanged, some, again] = figures.map(({ seconds }) => seconds) as [number, number, number, number];
  return { toUnchanged: again / unchanged, toChanged: again / some };
}

async function runBench(stack: EligibilityStack, options: BenchOptions, args: string[], say: Say): Promise<void> {
  const machine = describeMachine();
  const postgres = await describePostgres(stack.db);
  const commandLine = ['npm run bench -- eligibility', ...args].join(' ');
  say(commandLine);
  say(`${machine.cores} cores (${machine.processor}), ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}`);
  const settings = Object.entries(postgres.settings).map(([name, setting]) => `${name}=${setting}`);
  say(`Postgres ${postgres.version}: ${settings.join(' ')}`);
  const beganAt = performance.now();
  await makeWorld(stack.db, options.world, say);
  const loadSeconds = (performance.now() - beganAt) / 1_000;

  const figures = await measure(stack, options, say);
  const ratios = findRatios(figures);
  process.stdout.write(`\n${formatTable(figures, isFullSize(options))}\n`);
  if (!isFullSize(options)) process.stdout.write('The targets are for the full size; this one is smaller.\n');
  process.stdout.write(
    `\nDeciding everything each time : deciding what changed = ${ratios.toChanged.toFixed(1)} : 1 where 1 % of the scores did, ` +
      `${ratios.toUnchanged.toFixed(1)} : 1 where nothing did.\n`,
  );
  if (options.jsonFile === null) return;
  const target = (figure: number | null, most: number | null) => (isFullSize(options) ? isMet(figure, most) : null);
  const judged = figures.map((figure) => ({
    ...figure,
    secondsMet: target(figure.seconds, figure.targetSeconds),
    memoryMet: target(figure.peakMb, targetMb),
  }));
  const whole = { commandLine, machine, postgres, world: options.world, isFullSize: isFullSize(options), loadSeconds, targetMb };
  writeFileSync(options.jsonFile, `${JSON.stringify({ ...whole, figures: judged, ratios }, null, 2)}\n`);
}

/** Keeps this process, and with it the database, until a signal. */
async function holdOpen(stack: EligibilityStack, say: Say): Promise<never> {
  await stack.stopProcesses();
  say(`The database stays at ${stack.url} (schema bi) until Ctrl-C`);
  return new Promise(() => setInterval(() => undefined, hourMs));
}

export async function benchEligibility(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (options === null) return void process.stdout.write(usage);
  const startedAt = performance.now();
  const say: Say = (line) => void process.stdout.write(`[${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s] ${line}\n`);

  const closing: (() => Promise<unknown>)[] = [];
  let closed: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
  };
  const interrupted = (): void => {
    if (closed !== undefined) return;
    say('Ending every process');
    closed = closeAll().finally(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupted);

  try {
    const stack = await startEligibilityStack(closing, say);
    if (!options.keep) await runBench(stack, options, args, say);
    else {
      await runBench(stack, options, args, say).catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
      await holdOpen(stack, say);
    }
  } catch (error) {
    // Whatever fails while everything is being ended fails because of that.
    if (closed === undefined) throw error;
  } finally {
    closed ??= closeAll();
    await closed;
  }
}
