import type { Journey } from '../../journeys/journey.ts';

/** What one call may carry. */
export interface BatchLimits {
  journeys: number;
  sessions: number;
}

/** As the free account of the IHC API has them; a paid one takes 3000 sessions. */
export const defaultLimits: BatchLimits = { journeys: 100, sessions: 200 };

/** A journey as a call can carry it: at most so many touches, the latest ones. */
export function trimJourney(journey: Journey, { sessions }: BatchLimits): Journey {
  return journey.touches.length <= sessions ? journey : { ...journey, touches: journey.touches.slice(-sessions) };
}

/**
 * Fills batches with whole journeys, in their order, up to both limits: a journey cut in two would be scored as two. A journey that alone is
 * longer than a call may be must have been trimmed.
 */
export function toBatches(journeys: Journey[], limits: BatchLimits): Journey[][] {
  const batches: Journey[][] = [];
  let room = { journeys: 0, sessions: 0 };
  for (const journey of journeys) {
    const sessions = journey.touches.length;
    if (room.journeys < 1 || room.sessions < sessions) {
      batches.push([]);
      room = { ...limits };
    }
    batches.at(-1)?.push(journey);
    room = { journeys: room.journeys - 1, sessions: room.sessions - sessions };
  }
  return batches;
}
