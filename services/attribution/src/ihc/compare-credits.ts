import type { Journey } from '../journeys/journey.ts';

/** How far two ways to credit the same journeys lie apart. */
export interface Comparison {
  touches: number;
  /** Of a conversion, on each touch. */
  meanDifference: number;
  largestDifference: number;
  /** Conversions credited to each channel: by the one, by the other. */
  byChannel: { channel: string; one: number; other: number }[];
}

/** Compares the credits of those journeys that both have credited. */
export function compareCredits(journeys: Journey[], one: Map<string, number[]>, other: Map<string, number[]>): Comparison {
  const channels = new Map<string, { one: number; other: number }>();
  let [touches, sum, largest] = [0, 0, 0];
  for (const journey of journeys) {
    const [ones, others] = [one.get(journey.conversionId), other.get(journey.conversionId)];
    if (ones === undefined || others === undefined) continue;
    for (const [index, { channel }] of journey.touches.entries()) {
      const [left, right] = [ones[index] ?? 0, others[index] ?? 0];
      const known = channels.get(channel) ?? { one: 0, other: 0 };
      channels.set(channel, { one: known.one + left, other: known.other + right });
      touches += 1;
      sum += Math.abs(left - right);
      largest = Math.max(largest, Math.abs(left - right));
    }
  }
  return {
    touches,
    meanDifference: touches === 0 ? 0 : sum / touches,
    largestDifference: largest,
    byChannel: [...channels].sort(([left], [right]) => (left < right ? -1 : 1)).map(([channel, credits]) => ({ channel, ...credits })),
  };
}
