const units: [unit: string, ms: number][] = [
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** The time between two instants in its largest whole unit: `3 days`, `5 h`, `20 min`; `0 s` where the first is not earlier. */
export function describeSpan(from: Date, to: Date): string {
  const ms = to.getTime() - from.getTime();
  const [unit, size] = units.find(([, unitMs]) => ms >= unitMs) ?? ['s', 1_000];
  const count = Math.max(0, Math.floor(ms / size));
  return unit === 'day' ? counted(count, 'day') : `${count} ${unit}`;
}

/** `1,200`. */
export const formatCount = (count: number): string => count.toLocaleString('en-US');

/** `1 conversion`, `1,200 conversions`. */
export const counted = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Enough of a click id to find it again, too little to use it. */
export const shortenId = (id: string): string => (id.length <= 14 ? id : `${id.slice(0, 6)}…${id.slice(-4)}`);

/** `2026-11-20 10:00 UTC`. */
export const describeInstant = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Names with how often each occurs, the most frequent first: `spam (3), no-click (1)`. */
export function tally(names: string[]): string {
  const groups = [...Map.groupBy(names, (name) => name)].sort(([, left], [, right]) => right.length - left.length);
  return groups.map(([name, all]) => `${name} (${all.length})`).join(', ');
}
