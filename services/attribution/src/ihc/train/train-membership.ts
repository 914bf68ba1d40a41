import type { Journey } from '../../journeys/journey.ts';
import type { MembershipCurve } from '../model/membership.ts';

const hourMs = 3_600_000;
/** Sessions below this number say nothing about a curve. */
const leastSamples = 50;
const closerPercentile = 0.75;
const gapPercentile = 0.9;

const rounded = (number: number): number => Math.round(number * 10_000) / 10_000;

/** The smallest of rising numbers that at least this share of them does not exceed. */
const percentile = (rising: number[], share: number): number => rising[Math.max(0, Math.ceil(share * rising.length) - 1)] ?? 0;

/** The share of rising hours that lie beyond their deciles, as a curve; equal hours become one point, the lowest. */
function survivalCurve(hours: number[]): MembershipCurve {
  const points = new Map<number, number>();
  for (let decile = 0; decile <= 10; decile++) {
    const at = percentile(hours, decile / 10);
    points.set(rounded(at), rounded(hours.filter((hour) => hour > at).length / hours.length));
  }
  return [...points];
}

/**
 * How close a session is to its conversion: of the sessions that were engaged as closers and yet were not the last, those nearest to their
 * conversion (three quarters), and the share of them that lies further away. Null where there are too few to tell.
 */
export function trainCloserMembership(journeys: Journey[]): MembershipCurve | null {
  const hours = journeys
    .flatMap(({ touches, convertedAtMs }) =>
      touches.slice(0, -1).flatMap(({ isCloser, atMs }) => (isCloser ? [(convertedAtMs - atMs) / hourMs] : [])),
    )
    .sort((left, right) => left - right);
  if (hours.length < leastSamples) return null;
  const farthest = percentile(hours, closerPercentile);
  return survivalCurve(hours.filter((hour) => hour <= farthest));
}

/**
 * Stretches a curve in time so that it ends at the pause which nine of ten pauses between sessions do not exceed: from there on a session is a
 * new beginning. Null where there are too few pauses to tell.
 */
export function trainInitializerMembership(journeys: Journey[], shape: MembershipCurve): MembershipCurve | null {
  const gaps = journeys
    .flatMap(({ touches }) => touches.slice(1).map(({ atMs }, index) => (atMs - (touches[index]?.atMs ?? atMs)) / hourMs))
    .sort((left, right) => left - right);
  const longest = percentile(gaps, gapPercentile);
  const end = shape.at(-1)?.[0] ?? 0;
  if (gaps.length < leastSamples || longest === 0 || end === 0) return null;
  const points = new Map(shape.map(([hours, membership]) => [rounded((hours * longest) / end), membership]));
  return [...points];
}
