import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCli, UsageError } from '@waybill/shared/cli';
import { type FuzzResult, runFuzz } from './fuzz.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

const usage = `Usage: npm run chaos -- [--seeds N] [--from SEED] [--conversions N] [--json FILE] [--quiet]
       npm run chaos -- --fuzz N [--from SEED]

Runs the senders and the hub as processes against stand-ins of the platforms, publishes 20000 conversions to them, doubled, delayed, shuffled and in
part replayed, a few of them bad, and meanwhile kills processes with -9, makes platforms fail, restarts, cuts and silences Postgres, and kills the
Pub/Sub server. In the end each conversion must have one final state, each good one must stand once and with its value at its platform, each bad one
must be rejected for its own reason, nothing healthy may lie in the dead letter, and audit, hub and outbox must agree with it.

A seed decides everything that is published, in which order, and everything that goes wrong, each at a share of progress instead of a time of day, so
that a seed that fails can be run again: --from SEED --seeds 1. What the operating system does between two steps is its own.

  --seeds N         so many seeds (1), the first being --from (1)
  --conversions N   in each seed (20000)
  --json FILE       adds a line for each seed
  --fuzz N          publishes N mutated messages to every topic that is consumed, and shows that no process stops and each message is accounted for
`;

function readCount(name: string, given: string): number {
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new UsageError(`--${name} ${given}: give a whole number`);
}

const write = (line: string): void => void process.stdout.write(`${line}\n`);

function tellSeed({ seed, conversions, messages, actions, seconds, broken, resent, rejected, parked }: SeedResult): void {
  const verdict = broken.length === 0 ? 'every promise kept' : `${broken.length} BROKEN`;
  write(
    `seed ${seed}: ${conversions} conversions in ${messages} messages, ${actions} disturbances, ${rejected} rejected, ${parked} parked, ${resent} sent again after a lost answer, ${seconds.toFixed(1)} s: ${verdict}`,
  );
  for (const sentence of broken.slice(0, 20)) write(`  ${sentence}`);
  if (broken.length > 20) write(`  and ${broken.length - 20} more`);
  if (broken.length > 0) write(`  again: npm run chaos -- --from ${seed} --seeds 1 --conversions ${conversions}`);
}

function tellFuzz({ messages, accounted, restarts, parked, settled, seconds, missing }: FuzzResult): void {
  write(
    `${messages} mutated messages, ${accounted} accounted for (${parked} parked with their reason, ${settled} read), ${restarts.length} processes ended, ${seconds.toFixed(1)} s`,
  );
  for (const name of restarts) write(`  ${name} ended`);
  for (const sentence of missing) write(`  ${sentence}`);
}

await runCli(usage, async () => {
  const text = { type: 'string' } as const;
  const options = {
    seeds: { ...text, default: '1' },
    from: { ...text, default: '1' },
    conversions: { ...text, default: '20000' },
  } as const;
  const flags = { json: text, fuzz: text, quiet: { type: 'boolean', default: false }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: process.argv.slice(2), options: { ...options, ...flags } });
  if (values.help) return void process.stdout.write(usage);
  const from = readCount('from', values.from);
  const beganAt = performance.now();
  const since = (): string => `${((performance.now() - beganAt) / 1_000).toFixed(1)} s`;
  const say = (line: string): void => void (values.quiet || process.stderr.write(`  ${since().padStart(8)}  ${line}\n`));
  if (values.fuzz !== undefined) {
    const result = await runFuzz(readCount('fuzz', values.fuzz), from, say);
    tellFuzz(result);
    if (result.restarts.length > 0 || result.missing.length > 0) process.exitCode = 1;
    return;
  }
  const [seeds, conversions] = [readCount('seeds', values.seeds), readCount('conversions', values.conversions)];
  const results: SeedResult[] = [];
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed(seed, conversions, say);
    tellSeed(result);
    results.push(result);
    if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(result)}\n`);
  }
  const failed = results.filter(({ broken }) => broken.length > 0);
  const total = results.reduce((sum, { messages }) => sum + messages, 0);
  write(`${seeds} seeds, ${seeds * conversions} conversions in ${total} messages: ${failed.length} seeds with a broken promise`);
  if (failed.length > 0) process.exitCode = 1;
});
