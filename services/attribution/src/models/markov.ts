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

interface State {
  name: string;
  /** The last channels, as many as the order. */
  channels: string[];
  /** By the next channel. */
  steps: Map<string, { to: State; count: number }>;
  converted: number;
  lost: number;
}

const stateFor = (name: string, channels: string[]): State => ({ name, channels, steps: new Map(), converted: 0, lost: 0 });

/** Counts how often journeys go from each state to each; what it holds grows with the states, not with the journeys. */
export class TransitionCounter {
  readonly #order: number;
  readonly #states = new Map<string, State>();
  readonly #start = stateFor(start, []);

  constructor(order: number) {
    this.#order = order;
    this.#states.set(start, this.#start);
  }

  add({ channels, conversions, nulls }: PathCount): void {
    const count = conversions + nulls;
    if (channels.length === 0 || count === 0) return;
    let state = this.#start;
    for (const channel of channels) {
      const step = state.steps.get(channel) ?? this.#addStep(state, channel);
      step.count += count;
      state = step.to;
    }
    state.converted += conversions;
    state.lost += nulls;
  }

  #addStep(from: State, channel: string): { to: State; count: number } {
    const channels = [...from.channels, channel].slice(-this.#order);
    const name = stateOf(channels);
    const step = { to: this.#states.get(name) ?? stateFor(name, channels), count: 0 };
    this.#states.set(name, step.to);
    from.steps.set(channel, step);
    return step;
  }

  /** In order of names, so that no order of the journeys changes a digit of what is solved. */
  toTransitions(): Transitions {
    const rows = [...this.#states.values()].map((state) => {
      const counts: [string, number][] = [...state.steps.values()].map(({ to, count }) => [to.name, count]);
      counts.push([converted, state.converted], [lost, state.lost]);
      return [state.name, byName(new Map(counts.filter(([, count]) => count > 0)))] as const;
    });
    return byName(new Map(rows.filter(([, row]) => row.size > 0)));
  }
}

/** How often these journeys went from each state to each. */
export function countTransitions(paths: Iterable<PathCount>, order: number): Transitions {
  const counter = new TransitionCounter(order);
  for (const path of paths) counter.add(path);
  return counter.toTransitions();
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

function fitEffects(effects: ReadonlyMap<string, number>): Fitted {
  const total = [...effects.values()].reduce((sum, effect) => sum + effect, 0);
  const shares = total === 0 ? null : new Map([...effects].map(([channel, effect]) => [channel, effect / total]));
  return { shares, credit: (journey) => creditByEffects(journey, effects) };
}

/** The exact Markov model of an order: how much of the conversions is lost when a channel is taken away. */
export const markovOf = (order: 1 | 2 | 3): CorpusModel => ({
  name: `markov ${order}`,
  version: '1',
  definition: `The share of conversions that an absorbing Markov chain of order ${order} loses without a channel, solved, not simulated; a journey's credit goes to its channels by these effects, evenly to the touches of one.`,
  learn: () => {
    const counter = new TransitionCounter(order);
    const channels = new Set<string>();
    return {
      add: (path) => {
        counter.add(path);
        for (const channel of path.channels) channels.add(channel);
      },
      fit: () => fitEffects(removalEffects(counter.toTransitions(), [...channels].sort())),
    };
  },
});
