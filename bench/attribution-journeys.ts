import { createRandom, type Random } from '../infra/local/input/random.ts';
import { ColumnsBuilder, type JourneyColumns } from '../services/attribution/src/columns/journey-columns.ts';
import { first } from '../services/attribution/src/models/first.ts';
import { last } from '../services/attribution/src/models/last.ts';
import { linear } from '../services/attribution/src/models/linear.ts';
import { position } from '../services/attribution/src/models/position.ts';
import { timeDecay } from '../services/attribution/src/models/time-decay.ts';

/** In the order of the columns of DuckDB's table of credits. */
export const heuristics = [first, last, linear, timeDecay, position];

export interface JourneyPlan {
  /** So many converting journeys, and as many that led nowhere. */
  journeys: number;
  seed: number;
}

/** Of a hundred touches, how many are of a channel: in journeys that convert, and in those that lead nowhere. */
const mix: [name: string, converting: number, leadingNowhere: number][] = [
  ['Direct', 16, 18],
  ['Organic Search', 15, 20],
  ['Paid Search', 14, 9],
  ['Paid Search Brand', 12, 4],
  ['Email', 11, 7],
  ['Retargeting', 8, 4],
  ['Affiliate', 7, 5],
  ['Paid Social', 6, 11],
  ['Referral', 5, 5],
  ['Organic Social', 3, 8],
  ['Display', 2, 7],
  ['Podcast', 1, 2],
];
export const channelNames = mix.map(([name]) => name);

/** The window of 90 days ends here; a fixed instant, so that a seed gives the same journeys on any day. */
export const windowEndsAtMs = Date.parse('2026-11-20T00:00:00.000Z');
export const windowSeconds = 90 * 86_400;
const longestJourneySeconds = 30 * 86_400;
export const mostTouches = 500;
const chunkTouches = 16_384;

/** Of the logarithm of a journey's length: 4.3 touches on average, half of the journeys have up to 3, one in a hundred more than 24. */
const lengthMean = 0.835;
const lengthDeviation = 1;

/** The hundred touches, each by the number of its channel. */
const toDraws = (counts: number[]): Uint16Array => Uint16Array.from(counts.flatMap((count, channel) => Array(count).fill(channel)));
const convertingDraws = toDraws(mix.map(([, converting]) => converting));
const nullDraws = toDraws(mix.map(([, , leadingNowhere]) => leadingNowhere));

/** Normally distributed, by Box and Muller. */
const drawNormal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());

const drawLength = (random: Random): number =>
  Math.min(mostTouches, 1 + Math.floor(Math.exp(lengthMean + lengthDeviation * drawNormal(random))));

/** Instants in order, in whole seconds, so that some touches of a journey share one. */
function drawTimes(random: Random, times: Float64Array): void {
  const startSecond = Math.floor(random.unit() * windowSeconds);
  const span = Math.min(windowSeconds - startSecond, random.unit() ** 2 * longestJourneySeconds);
  for (let touch = 0; touch < times.length; touch++) times[touch] = startSecond + Math.floor(random.unit() * span);
  times.sort();
}

function addJourney(builder: ColumnsBuilder, random: Random, isConverted: boolean, times: Float64Array): void {
  const draws = isConverted ? convertingDraws : nullDraws;
  drawTimes(random, times);
  for (let touch = 0; touch < times.length; touch++) {
    const atMs = windowEndsAtMs - (windowSeconds - (times[touch] as number)) * 1_000;
    builder.addTouch(draws[Math.floor(random.unit() * draws.length)] as number, atMs);
  }
  builder.endJourney(isConverted, isConverted ? 100 + Math.floor(random.unit() * 50_000) : 0);
}

/** Journeys of a plan, a chunk of columns at a time; of each two one converts. */
export function* inventJourneys({ journeys, seed }: JourneyPlan): Generator<JourneyColumns> {
  const random = createRandom(seed);
  const builder = new ColumnsBuilder();
  const times = new Float64Array(mostTouches);
  for (let pair = 0; pair < journeys; pair++) {
    const isFirstConverted = random.chance(0.5);
    for (const isConverted of [isFirstConverted, !isFirstConverted])
      addJourney(builder, random, isConverted, times.subarray(0, drawLength(random)));
    if (builder.touches >= chunkTouches) yield builder.take();
  }
  if (builder.touches > 0) yield builder.take();
}
