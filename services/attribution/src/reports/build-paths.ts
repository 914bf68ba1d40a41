import type { Corpus } from './corpus.ts';

export interface PathRow {
  /** Channels in order, ` > ` between. */
  path: string;
  conversions: number;
  valueMinor: bigint;
}

export interface PathReport {
  paths: PathRow[];
  /** How many different paths there are. */
  distinct: number;
  /** Touches of a conversion, on average; null where none is known. */
  averageTouches: number | null;
  /** From the first touch to the conversion, on average; null where times are not known. */
  averageDays: number | null;
  medianDays: number | null;
}

const dayMs = 24 * 60 * 60_000;

/** The median of values that each count so often. */
function weightedMedian(values: { value: number; weight: number }[]): number | null {
  const sorted = values.toSorted((left, right) => left.value - right.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let seen = 0;
  for (const { value, weight } of sorted) {
    seen += weight;
    if (seen >= half) return value;
  }
  return null;
}

/** The most common paths of those who converted, and how long they are. */
export function buildPaths({ groups, hasTimes }: Corpus, top: number): PathReport {
  const byPath = new Map<string, PathRow>();
  const known = groups.filter(({ journey }) => journey.touches.length > 0);
  for (const { journey, conversions } of known) {
    const path = journey.touches.map(({ channel }) => channel).join(' > ');
    const row = byPath.get(path) ?? { path, conversions: 0, valueMinor: 0n };
    row.conversions += conversions;
    row.valueMinor += journey.valueMinor;
    byPath.set(path, row);
  }
  const total = known.reduce((sum, { conversions }) => sum + conversions, 0);
  const days = known.map(({ journey, conversions }) => ({
    ...{ value: (journey.convertedAtMs - (journey.touches[0]?.atMs ?? 0)) / dayMs, weight: conversions },
  }));
  const average = (of: { value: number; weight: number }[]): number | null =>
    total === 0 ? null : of.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  const paths = [...byPath.values()].sort((left, right) => right.conversions - left.conversions || (left.path < right.path ? -1 : 1));
  return {
    ...{ paths: paths.slice(0, top), distinct: paths.length },
    averageTouches: average(known.map(({ journey, conversions }) => ({ value: journey.touches.length, weight: conversions }))),
    averageDays: hasTimes ? average(days) : null,
    medianDays: hasTimes ? weightedMedian(days) : null,
  };
}
