import type { ColumnarModel } from '../models/index.ts';
import type { JourneyColumns } from './journey-columns.ts';

/** What models made of the journeys that converted; the others have no conversion to credit. */
export interface ColumnCredits {
  /** Which journeys of the columns converted. */
  journeys: Uint32Array;
  /** Of each model a credit for each of their touches, journey after journey. */
  credits: Float64Array[];
}

/** Room for the credits of a chunk, for each of several models; the same room for every chunk, so that any number of them passes through. */
export class CreditBuffers {
  #buffers: Float64Array[];

  constructor(models: readonly ColumnarModel[]) {
    this.#buffers = models.map(() => new Float64Array(0));
  }

  /** Zeros for so many touches, for each model; what was taken before is overwritten. */
  take(touches: number): Float64Array[] {
    if (touches > (this.#buffers[0]?.length ?? 0)) this.#buffers = this.#buffers.map(() => new Float64Array(touches));
    return this.#buffers.map((buffer) => buffer.subarray(0, touches).fill(0));
  }
}

function findConverted({ converted }: JourneyColumns): Uint32Array {
  const journeys = new Uint32Array(converted.length);
  let count = 0;
  for (let journey = 0; journey < converted.length; journey++) {
    // Without a branch, which would be guessed wrong for every other journey.
    journeys[count] = journey;
    count += converted[journey] as number;
  }
  return journeys.subarray(0, count);
}

function countTouchesOf(journeys: Uint32Array, { starts }: JourneyColumns): number {
  let touches = 0;
  for (const journey of journeys) touches += (starts[journey + 1] as number) - (starts[journey] as number);
  return touches;
}

function weighJourneys(journeys: Uint32Array, { starts, atMs }: JourneyColumns, model: ColumnarModel, credits: Float64Array): void {
  let place = 0;
  for (let index = 0; index < journeys.length; index++) {
    const journey = journeys[index] as number;
    const from = starts[journey] as number;
    const to = starts[journey + 1] as number;
    if (to > from) model.weigh(atMs, from, to, credits, place);
    place += to - from;
  }
}

/** Credits the converting journeys of the columns by each model, into credits of their own or, where buffers are given, into these. */
export function creditColumns(columns: JourneyColumns, models: readonly ColumnarModel[], buffers?: CreditBuffers): ColumnCredits {
  const journeys = findConverted(columns);
  const touches = countTouchesOf(journeys, columns);
  const credits = buffers?.take(touches) ?? models.map(() => new Float64Array(touches));
  for (const [place, model] of models.entries()) weighJourneys(journeys, columns, model, credits[place] as Float64Array);
  return { journeys, credits };
}
