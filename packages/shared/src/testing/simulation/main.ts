import { parseArgs } from 'node:util';
import { runCli, UsageError } from '../../cli/index.ts';
import { simulate } from './simulate.ts';

const usage = `Usage: npm run simulate -- [--seeds N] [--from SEED]

Runs the delivery core, as it is in production, in virtual time against a queue that doubles, shuffles and delays, workers that die, and a
platform with every fault. Each seed (1000, from 1) is another history, and always the same one. Ends with 1 when a promise is broken.
`;

function readNumber(name: string, given: string): number {
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new UsageError(`--${name} ${given}: give a whole number`);
}

await runCli(usage, async () => {
  const options = {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) return void process.stdout.write(usage);
  const [seeds, from] = [readNumber('seeds', values.seeds), readNumber('from', values.from)];
  const began = performance.now();
  const sum = { conversions: 0, calls: 0, deaths: 0, days: 0, broken: 0 };
  for (let seed = from; seed < from + seeds; seed++) {
    const { conversions, calls, deaths, virtualHours, broken } = await simulate(seed);
    sum.conversions += conversions;
    sum.calls += calls;
    sum.deaths += deaths;
    sum.days += virtualHours / 24;
    sum.broken += broken.length === 0 ? 0 : 1;
    for (const sentence of broken) process.stdout.write(`seed ${seed}: ${sentence}\n`);
    if ((seed - from + 1) % 1_000 === 0) process.stderr.write(`  ${seed - from + 1} of ${seeds}\n`);
  }
  const seconds = (performance.now() - began) / 1_000;
  process.stdout.write(
    `${seeds} histories in ${seconds.toFixed(1)} s: ${sum.conversions} conversions, ${sum.calls} calls, ${sum.deaths} deaths, ` +
      `${Math.round(sum.days)} virtual days; ${sum.broken} with a broken promise\n`,
  );
  if (sum.broken > 0) process.exitCode = 1;
});
