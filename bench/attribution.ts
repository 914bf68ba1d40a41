import { writeFileSync } from 'node:fs';
import { version as duckdbVersion } from '@duckdb/node-api';
import {
  type Figure,
  findDifferent,
  formatFigures,
  formatStreamed,
  type Job,
  judge,
  medianOf,
  mostDifference,
  type Streamed,
} from './attribution-figures.ts';
import type { JourneyPlan } from './attribution-journeys.ts';
import { attributionUsage, fullJourneys, readAttributionOptions } from './attribution-options.ts';
import { Side, type Timed } from './attribution-side.ts';
import { type WayName, ways } from './attribution-sql.ts';
import { describeMachine } from './machine.ts';

const repetitions = 5;
const jobs: Job[] = ['heuristics', 'markov'];

interface Contender {
  by: string;
  side: Side;
  runs: Record<Job, Timed<unknown>[]>;
}

const say = (line: string): void => void process.stderr.write(`${line} …\n`);

function startAll(plan: JourneyPlan): Contender[] {
  const asked = JSON.stringify(plan);
  const sides: [by: string, side: Side][] = [
    ['Waybill, 1 thread', new Side('attribution-waybill.ts', asked)],
    ...(Object.keys(ways) as WayName[]).map((way): [string, Side] => [
      `DuckDB, ${ways[way].name}, 2 threads`,
      new Side('attribution-duckdb.ts', asked, way),
    ]),
  ];
  return sides.map(([by, side]) => ({ by, side, runs: { heuristics: [], markov: [] } }));
}

/** One after another, so that none takes time from another, and in turns, so that all meet the same weather. */
async function timeAll(contenders: Contender[]): Promise<void> {
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    say(`repetition ${repetition} of ${repetitions}`);
    for (const job of jobs) for (const { side, runs } of contenders) runs[job].push(await side.ask<Timed<unknown>>(job));
  }
}

const differ = (ours: number[], theirs: number[]): number =>
  Math.max(...ours.map((one, place) => Math.abs(one - (theirs[place] ?? Number.NaN))));
const effectsOf = ({ runs }: Contender): number[] => runs.markov.at(-1)?.result as number[];

async function compareWith(waybill: Contender, { side, runs }: Contender): Promise<Record<Job, number>> {
  const heuristics = await side.ask<number>('compare');
  const solved = differ(effectsOf(waybill), runs.markov.at(-1)?.result as number[]);
  return { heuristics, markov: Math.max(solved, differ(effectsOf(waybill), await side.ask<number[]>('walk'))) };
}

async function measureBeside(plan: JourneyPlan): Promise<Figure[]> {
  const contenders = startAll(plan);
  try {
    const [waybill] = contenders as [Contender];
    let touches = 0;
    for (const { by, side } of contenders) {
      say(`${by}: loading`);
      touches = await side.ask<number>('load');
    }
    await timeAll(contenders);
    const figures: Figure[] = [];
    for (const contender of contenders) {
      const { by, side, runs } = contender;
      const peakMb = side.readPeakMb();
      const isOurs = contender === waybill;
      if (!isOurs) say(`${by}: comparing`);
      const differences = isOurs ? null : await compareWith(waybill, contender);
      for (const job of jobs)
        figures.push({ job, by, isOurs, ...medianOf(runs[job]), touches, peakMb, largestDifference: differences?.[job] ?? null });
    }
    return jobs.flatMap((job) => figures.filter((figure) => figure.job === job));
  } finally {
    for (const { side } of contenders) side.stop();
  }
}

/** Journeys come and go a chunk at a time, made on the way. */
async function measureStream(plan: JourneyPlan): Promise<Streamed> {
  const journeys = 2 * plan.journeys;
  say(`streaming ${journeys} journeys`);
  const side = new Side('attribution-waybill.ts', JSON.stringify(plan));
  try {
    const { seconds, result } = await side.ask<Timed<number>>('stream');
    return { journeys, touches: result, seconds, peakMb: side.readPeakMb() };
  } finally {
    side.stop();
  }
}

export async function benchAttribution(args: string[]): Promise<void> {
  const options = readAttributionOptions(args);
  if (options === null) return void process.stdout.write(attributionUsage);
  const { plan, jsonFile } = options;
  const machine = describeMachine();
  process.stdout.write(
    `${machine.cores} cores (${machine.processor}), Node ${machine.node}, DuckDB ${duckdbVersion()}, seed ${plan.seed}\n`,
  );
  const figures = await measureBeside(plan);
  const streamed = [await measureStream(plan), await measureStream({ ...plan, journeys: 4 * plan.journeys })];

  const isFullSize = plan.journeys >= fullJourneys;
  process.stdout.write(`
${plan.journeys} converting journeys and as many that led nowhere, ${figures[0]?.touches} touches; medians of ${repetitions} repetitions
${formatFigures(figures, isFullSize)}

Ratio: Waybill's seconds to those of the faster way of DuckDB. Peak: of the process, with loading, all journeys and credits in memory.
Largest difference: of all credits of all touches, and of all removal effects, these by DuckDB's counts and by DuckDB alone.
${isFullSize ? '' : 'The targets are for the full size; this one is smaller.\n'}
${formatStreamed(streamed)}

Streamed: both jobs by Waybill, chunk by chunk; the seconds are mostly those of inventing the journeys.
`);
  if (jsonFile !== null) {
    const targets = isFullSize ? judge(figures) : null;
    writeFileSync(
      jsonFile,
      `${JSON.stringify({ machine, duckdb: duckdbVersion(), plan, isFullSize, figures, targets, streamed }, null, 2)}\n`,
    );
  }
  for (const { job, by, largestDifference } of findDifferent(figures)) {
    process.stderr.write(`${job}: ${by} is ${largestDifference} from Waybill, more than ${mostDifference}\n`);
    process.exitCode = 1;
  }
}
