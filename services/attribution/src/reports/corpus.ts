import type { Journey } from '../journeys/journey.ts';
import type { PathCount } from '../models/index.ts';

/** Journeys that are alike in all that a report tells apart. */
export interface JourneyGroup {
  /** Its value is that of all of them together. */
  journey: Journey;
  conversions: number;
}

/** What a touch by a channel cost, whatever it led to. */
export interface Cost {
  channel: string;
  campaign: string | null;
  /** Milliseconds since 1970. */
  atMs: number;
  costMicros: bigint;
}

/** Everything that reports are made of. */
export interface Corpus {
  groups: JourneyGroup[];
  /** Journeys that led nowhere; they teach the models that look at all of them. */
  nulls: PathCount[];
  costs: Cost[];
  /** Values are whole numbers of 10^-places of the currency. */
  places: number;
  currency: string;
  /** Whether touches have times; of aggregated paths only their order is known. */
  hasTimes: boolean;
  /** Rows that could not be used, a sentence each. */
  refused: string[];
}

const channelsOf = ({ touches }: Journey): string[] => touches.map(({ channel }) => channel);

/** All journeys as the models learn from them. */
export const pathsOf = ({ groups, nulls }: Corpus): PathCount[] => [
  ...groups.map(({ journey, conversions }) => ({ channels: channelsOf(journey), conversions, nulls: 0 })),
  ...nulls,
];
