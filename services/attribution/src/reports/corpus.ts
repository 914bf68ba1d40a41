import type { Journey } from '../journeys/journey.ts';
import type { PathCount } from '../models/index.ts';

/** Journeys that are alike in all that a report tells apart. */
export interface JourneyGroup {
  /** Its value is that of all of them together. */
  journey: Journey;
  conversions: number;
}

/** What touches by a channel cost, whatever they led to. */
export interface Cost {
  channel: string;
  campaign: string | null;
  /** Milliseconds since 1970. */
  atMs: number;
  costMicros: bigint;
}

/** What can be read again and again, each time anew from its beginning and in the same order, and is not held in memory between. */
export type Source<T> = () => Iterable<T> | AsyncIterable<T>;

/** Everything that reports are made of. */
export interface Corpus {
  journeys: Source<JourneyGroup>;
  /** Journeys that led nowhere; they teach the models that look at all of them. */
  nulls: Source<PathCount>;
  costs: Source<Cost>;
  /** Values are whole numbers of 10^-places of the currency. */
  places: number;
  currency: string;
  /** Whether touches have times; of aggregated paths only their order is known. */
  hasTimes: boolean;
  /** Rows that could not be used, a sentence each; they grow with what is wrong in a file. */
  refused: string[];
  /** Lets go of what the sources are read from; there is nothing to let go of where it is missing. */
  close?(): void;
}

/** A journey that converted, as the models learn from it. */
export const pathOf = ({ journey, conversions }: JourneyGroup): PathCount => ({
  ...{ channels: journey.touches.map(({ channel }) => channel), conversions, nulls: 0 },
});

export async function isEmpty(source: Source<unknown>): Promise<boolean> {
  for await (const _ of source()) return false;
  return true;
}
