import type { Journey } from '../journeys/journey.ts';
import { type CorpusModel, type Fitted, type PathCount, toCredits } from './model.ts';
import { solveConversion, type Transitions } from './solve-conversion.ts';

export const start = 'start';
export const converted = 'converted';
export const lost = 'lost';

/** A state: the last channels of a journey, as many as the order, in order. */
export const stateOf = (channels: string[]): string => JSON.stringify(channels);
const latestOf = (state: string): string | undefined => (state === start ? undefined : (JSON.parse(state) as string[]).at(-1));

const byName = <T>(counts: Map<string, T>): Map<string, T> => new Map([...counts].sort(([left], [right]) => (left < right ? -1 : 1)));

/** How often journeys went from each state to each; in order of names, so that no order of the journeys changes a digit of what is solved. */
export function countTransitions(paths: PathCount[], order: number): Transitions {
  const counts = new Map<string, Map<string, number>>();
  const add = (from: string, to: string, count: number): void => {
    if (count === 0) return;
    const row = counts.get(from) ?? new Map<string, number>();
    counts.set(from, row);
    row.set(to, (row.get(to) ?? 0) + count);
  };
  for (const { channels, conversions, nulls } of paths) {
    if (channels.length === 0) continue;
    let state = start;
    for (const [place] of channels.entries()) {
      const next = stateOf(channels.slice(Math.max(0, place + 1 - order), place + 1));
      add(state, next, conversions + nulls);
      state = next;
    }
    add(state, converted, conversions);
    add(state, lost, nulls);
  }
  return byName(new Map([...counts].map(([state, row]) => [state, byName(row)])));
}

/** The probability that a journey converts when every step to a channel leads nowhere; null: with all channels. */
export function conversionRate(transitions: Transitions, without: string | null): number {
  const open = (state: string): boolean => without === null || latestOf(state) !== without;
  const kept = new Map([...transitions].filter(([state]) => open(state)));
  return solveConversion(kept, start, converted);
}

/** Of each channel, the share of conversions that is lost without it. */
export function removalEffects(transitions: Transitions, channels: readonly string[]): Map<string, number> {
  const rate = conversionRate(transitions, null);
  return new Map(channels.map((channel) => [channel, rate === 0 ? 0 : Math.max(0, 1 - conversionRate(transitions, channel) / rate)]));
}

function creditByEffects({ touches }: Journey, effects: ReadonlyMap<string, number>): number[] {
  const count = new Map<string, number>();
  for (const { channel } of touches) count.set(channel, (count.get(channel) ?? 0) + 1);
  const weights = touches.map(({ channel }) => (effects.get(channel) ?? 0) / (count.get(channel) ?? 1));
  // A journey of channels that were never seen, or whose loss would cost nothing, is credited evenly.
  return toCredits(weights.every((weight) => weight === 0) ? touches.map(() => 1) : weights);
}

/** The exact Markov model of an order: how much of the conversions is lost when a channel is taken away. */
export const markovOf = (order: 1 | 2 | 3): CorpusModel => ({
  name: `markov ${order}`,
  version: '1',
  definition: `The share of conversions that an absorbing Markov chain of order ${order} loses without a channel, solved, not simulated; a journey's credit goes to its channels by these effects, evenly to the touches of one.`,
  fit: (paths): Fitted => {
    const channels = [...new Set(paths.flatMap((path) => path.channels))].sort();
    const effects = removalEffects(countTransitions(paths, order), channels);
    const total = [...effects.values()].reduce((sum, effect) => sum + effect, 0);
    const shares = total === 0 ? null : new Map([...effects].map(([channel, effect]) => [channel, effect / total]));
    return { shares, credit: (journey) => creditByEffects(journey, effects) };
  },
});
