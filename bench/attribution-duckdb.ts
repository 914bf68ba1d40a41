import { BIGINT, BOOLEAN, DuckDBDataChunk, DuckDBInstance, INTEGER, UTINYINT } from '@duckdb/node-api';
import { creditColumns } from '../services/attribution/src/columns/credit-columns.ts';
import { countTouches, type JourneyColumns } from '../services/attribution/src/columns/journey-columns.ts';
import { converted, lost, removalEffects, start, stateOf } from '../services/attribution/src/models/markov.ts';
import { channelNames, heuristics, inventJourneys, type JourneyPlan } from './attribution-journeys.ts';
import { serveJobs, time } from './attribution-side.ts';
import { states, touchesTable, type WayName, walkTransitions, ways } from './attribution-sql.ts';

/** DuckDB's data chunks hold at most this many rows. */
const chunkRows = 2_048;
const plan = JSON.parse(process.argv[2] ?? '') as JourneyPlan;
const way = ways[process.argv[3] as WayName];
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();

/** The journeys of columns as rows of the table of touches, a column each. */
function* toRows(
  columns: JourneyColumns,
  firstJourney: number,
  firstTouch: number,
): Generator<[number[], number[], number[], bigint[], boolean[]]> {
  const { starts, channels, atMs, converted } = columns;
  const journeyOf = new Int32Array(countTouches(columns));
  for (const journey of converted.keys()) journeyOf.fill(journey, starts[journey], starts[journey + 1]);
  for (let from = 0; from < journeyOf.length; from += chunkRows) {
    const journeys = [...journeyOf.subarray(from, from + chunkRows)];
    yield [
      journeys.map((journey) => firstJourney + journey),
      journeys.map((_, place) => firstTouch + from + place),
      [...channels.subarray(from, from + chunkRows)],
      Array.from(atMs.subarray(from, from + chunkRows), BigInt),
      journeys.map((journey) => converted[journey] === 1),
    ];
  }
}

async function load(): Promise<number> {
  await connection.run(touchesTable);
  const appender = await connection.createAppender('touches');
  let [journeys, touches] = [0, 0];
  for (const columns of inventJourneys(plan)) {
    for (const rows of toRows(columns, journeys, touches)) {
      const chunk = DuckDBDataChunk.create([INTEGER, INTEGER, UTINYINT, BIGINT, BOOLEAN], rows[0].length);
      chunk.setColumns(rows);
      appender.appendDataChunk(chunk);
    }
    journeys += columns.converted.length;
    touches += countTouches(columns);
  }
  appender.closeSync();
  for (const sql of way.prepare) await connection.run(sql);
  return touches;
}

async function readNumbers(sql: string): Promise<(number | null)[][]> {
  return (await connection.runAndReadAll(sql)).getColumns() as (number | null)[][];
}

const toState = (state: number): string =>
  ({ [states.start]: start, [states.converted]: converted, [states.lost]: lost })[state] ?? stateOf([channelNames[state] as string]);

/** DuckDB counts; what a user would solve in another language is solved as Waybill does it. */
async function findEffects(): Promise<number[]> {
  await connection.run(`create table transitions as ${way.transitions}`);
  const [from = [], to = [], counts = []] = (await readNumbers('select state, next, count from transitions')) as number[][];
  const transitions = new Map<string, Map<string, number>>();
  for (const [place, state] of from.entries()) {
    const row = transitions.get(toState(state)) ?? new Map<string, number>();
    transitions.set(toState(state), row.set(toState(to[place] as number), counts[place] as number));
  }
  return [...removalEffects(transitions, channelNames).values()];
}

/** The removal effects by DuckDB alone. */
async function walk(): Promise<number[]> {
  const [without = [], conversion = []] = await readNumbers(walkTransitions);
  const rateWithout = new Map(without.map((channel, place) => [channel, conversion[place] as number]));
  const rate = rateWithout.get(null) ?? 0;
  return channelNames.map((_, channel) => (rateWithout.has(channel) ? 1 - (rateWithout.get(channel) as number) / rate : 0));
}

/** The numbers of the touches that are credited, in the order of their credits. */
const findTouches = ({ starts }: JourneyColumns, journeys: Uint32Array, firstTouch: number): number[] =>
  Array.from(journeys).flatMap((journey) => {
    const [from, to] = [starts[journey] as number, starts[journey + 1] as number];
    return Array.from({ length: to - from }, (_, place) => firstTouch + from + place);
  });

/** The largest difference of numbers one by one; infinite where one is missing or no number. */
function differ(ours: Float64Array, theirs: number[]): number {
  let largest = 0;
  for (const [place, one] of ours.entries()) {
    const difference = Math.abs(one - (theirs[place] ?? Number.NaN));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}

/** How far the table of credits is from Waybill's, over every model and touch; throws where it is of other touches. */
async function compare(): Promise<number> {
  let [firstTouch, largest] = [0, 0];
  for (const columns of inventJourneys(plan)) {
    const { journeys, credits } = creditColumns(columns, heuristics);
    const end = firstTouch + countTouches(columns);
    const [touches = [], ...theirs] = (await readNumbers(
      `select touch, first, last, linear, decay, position from credits where touch >= ${firstTouch} and touch < ${end} order by touch`,
    )) as number[][];
    const expected = findTouches(columns, journeys, firstTouch);
    if (touches.length !== expected.length || touches.some((touch, place) => touch !== expected[place]))
      throw new Error(`from touch ${firstTouch} on DuckDB credits others than those of the converting journeys, or some twice`);
    for (const [model, ours] of credits.entries()) largest = Math.max(largest, differ(ours, theirs[model] ?? []));
    firstTouch = end;
  }
  return largest;
}

serveJobs({
  load,
  heuristics: async () => {
    await connection.run('drop table if exists credits');
    return time(async () => void (await connection.run(`create table credits as ${way.credits}`)));
  },
  markov: async () => {
    await connection.run('drop table if exists transitions');
    return time(findEffects);
  },
  walk,
  compare,
});
