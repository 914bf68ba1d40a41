import type { Touch } from '../../journeys/journey.ts';
import { membershipAt } from './membership.ts';
import type { IhcParameters, PhaseWeights } from './parameters.ts';
import { type Shares, sumOf, toShares } from './shares.ts';

export const phases = ['initializer', 'holder', 'closer'] as const;
export type Phase = (typeof phases)[number];
export type PhaseShares = Record<Phase, Shares>;

const hourMs = 3_600_000;
const evenWeights: PhaseWeights = { initializer: 1, holder: 1, closer: 1 };

/** High only where both are high: halfway between the arithmetic and the harmonic mean. */
function meanOfMeans(left: number, right: number): number {
  const total = left + right;
  return total === 0 ? 0 : (total / 2 + (2 * left * right) / total) / 2;
}

/** How much of a new beginning each touch is, by the pause before it; the first is one. */
const beginningsOf = (touches: Touch[], { initializerMembership }: IhcParameters): number[] =>
  touches.map(({ atMs }, index) => {
    const previous = touches[index - 1];
    return previous === undefined ? 1 : membershipAt(initializerMembership, (atMs - previous.atMs) / hourMs);
  });

/** How close each touch is to the last one, by the hours between; the last is all close. */
function nearnessOf(touches: Touch[], { closerMembership }: IhcParameters): number[] {
  const endMs = touches.at(-1)?.atMs ?? 0;
  const last = touches.length - 1;
  return touches.map(({ atMs }, index) => (index === last ? 1 : membershipAt(closerMembership, (endMs - atMs) / hourMs)));
}

/**
 * The shares of each phase over touches in order of time. Initializers follow a pause, closers are engaged shortly before the end, holders
 * are engaged and neither of the two. A pause long enough starts the journey over: what was before it keeps no share.
 * Where no touch is engaged as a closer, time alone says who closes; where none is engaged as a holder, that phase stays empty.
 */
export function scorePhases(touches: Touch[], parameters: IhcParameters): PhaseShares {
  const { channelWeights } = parameters;
  const weights = touches.map(
    ({ channel }) => (Object.hasOwn(channelWeights, channel) ? channelWeights[channel] : undefined) ?? evenWeights,
  );
  const weigh = (phase: Phase, masses: number[]): number[] => masses.map((mass, index) => mass * (weights[index]?.[phase] ?? 1));

  const beginnings = beginningsOf(touches, parameters);
  const initializing = weigh('initializer', beginnings);
  const nearEnd = weigh('closer', nearnessOf(touches, parameters));
  const closing = nearEnd.map((mass, index) => (touches[index]?.isCloser ? mass : 0));

  const initializer = toShares(initializing);
  const closer = toShares(sumOf(closing) === 0 ? nearEnd : closing);
  const between = touches.map(({ isHolder }, index) =>
    isHolder ? meanOfMeans(1 - (initializer[index] ?? 0), 1 - (closer[index] ?? 0)) : 0,
  );
  const holder = toShares(weigh('holder', between));

  const start = beginnings.findLastIndex((beginning, index) => index === 0 || beginning >= 1);
  const sinceStart = (masses: number[]): Shares => toShares(masses.map((mass, index) => (index < start ? 0 : mass)));
  const closingSinceStart = sinceStart(closer);
  return {
    initializer: sinceStart(initializer),
    holder: sinceStart(holder),
    closer: sumOf(closingSinceStart) === 0 ? sinceStart(nearEnd) : closingSinceStart,
  };
}

/** The credit of each touch: its shares, weighed by phase; the weight of a phase without mass goes to the others. */
export function weighPhases(shares: PhaseShares, weights: PhaseWeights): Shares {
  const present = phases.filter((phase) => sumOf(shares[phase]) > 0);
  return toShares(shares.initializer.map((_, index) => sumOf(present.map((phase) => weights[phase] * (shares[phase][index] ?? 0)))));
}
