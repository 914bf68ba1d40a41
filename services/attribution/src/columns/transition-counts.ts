import { converted as convertedState, lost, start, stateOf } from '../models/markov.ts';
import type { Transitions } from '../models/solve-conversion.ts';
import type { JourneyColumns } from './journey-columns.ts';

/** A matrix of so many channels takes 8 MB; more than these are campaigns or worse, and would be solved for hours. */
const mostChannels = 1_000;

/** Counts the steps of journeys that arrive a chunk of columns at a time, as `countTransitions` of order 1 does: channel by channel in one matrix. */
export class TransitionCounts {
  readonly #channelNames: readonly string[];
  /** Row: the channel left, the start after them. Column: the channel reached, then converted, then lost. */
  readonly #counts: Float64Array;

  constructor(channelNames: readonly string[]) {
    if (channelNames.length > mostChannels)
      throw new Error(
        `${channelNames.length} channels are more than the ${mostChannels} that transitions are counted for; group them first`,
      );
    this.#channelNames = channelNames;
    this.#counts = new Float64Array((channelNames.length + 1) * (channelNames.length + 2));
  }

  add({ starts, channels, converted }: JourneyColumns): void {
    const counts = this.#counts;
    const channelCount = this.#channelNames.length;
    const width = channelCount + 2;
    const startRow = channelCount * width;
    for (let journey = 0; journey < converted.length; journey++) {
      const from = starts[journey] as number;
      const to = starts[journey + 1] as number;
      if (from === to) continue;
      let row = startRow;
      for (let touch = from; touch < to; touch++) {
        const channel = channels[touch] as number;
        counts[row + channel] = (counts[row + channel] as number) + 1;
        row = channel * width;
      }
      const end = row + channelCount + (converted[journey] === 1 ? 0 : 1);
      counts[end] = (counts[end] as number) + 1;
    }
  }

  /** As the Markov model of order 1 takes them. */
  toTransitions(): Transitions {
    const names = this.#channelNames.map((name) => stateOf([name]));
    const columns = [...names, convertedState, lost];
    const rows = [...names, start].map((state, row) => {
      const counts = columns.map((next, column) => [next, this.#counts[row * columns.length + column] ?? 0] as const);
      return [state, new Map(counts.filter(([, count]) => count > 0))] as const;
    });
    return new Map(rows.filter(([, row]) => row.size > 0));
  }
}
