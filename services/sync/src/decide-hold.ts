import type { ProfileBounds } from './score-profile.ts';

/** What a source says of itself before its rows are read. */
export interface Snapshot {
  rows: number;
  /** Rows without a key. */
  keyless: number;
  /** Rows whose key another row has. */
  doubled: number;
  /** The newest score; null where no row has a time. */
  newestAt: Date | null;
  /** Null for a view, which does not know when its rows changed. */
  modifiedAt: Date | null;
}

export interface Bounds extends ProfileBounds {
  maxScoreAgeHours: number;
  minRowShare: number;
  maxRowShare: number;
  maxQuarantinedShare: number;
}

const hourMs = 3_600_000;
/** A score may run ahead of our clock by this much before its time is taken for wrong. */
const clockSkewMs = hourMs;

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Why the count cannot be trusted beside those of the last good runs (newest first), or null; a first run has nothing to be compared with.
 * The median sees a slide that is too slow for the last run to show.
 */
export function decideCount(rows: number, lastGood: number[], bounds: Bounds): string | null {
  for (const usual of [lastGood[0] ?? 0, median(lastGood)]) {
    if (usual === 0) continue;
    const share = rows / usual;
    if (share < bounds.minRowShare || share > bounds.maxRowShare)
      return `${rows} rows after ${usual}, outside ${bounds.minRowShare} to ${bounds.maxRowShare} times; if that is right, POST /run?accept=SOURCE`;
  }
  return null;
}

/** Why a source is held before its rows are read, or null. `lastGood`: row counts, newest first. */
export function decideSnapshot(snapshot: Snapshot, options: { now: Date; bounds: Bounds; lastGood: number[] }): string | null {
  const { rows, newestAt } = snapshot;
  const { now, bounds } = options;
  if (rows === 0) return 'the source is empty';
  if (newestAt === null) return 'no row says when it was scored';
  const ageMs = now.getTime() - newestAt.getTime();
  if (ageMs > bounds.maxScoreAgeHours * hourMs) {
    return `the newest score is of ${newestAt.toISOString()}, older than ${bounds.maxScoreAgeHours} hours`;
  }
  return decideCount(rows, options.lastGood, bounds);
}

/** Scores from after this instant have a time that cannot be right. */
export const latestScoreAt = (now: Date): Date => new Date(now.getTime() + clockSkewMs);

const sameInstant = (left: Date | null, right: Date | null): boolean => left?.getTime() === right?.getTime();

/** Whether two looks at a source saw the same rows, as far as the source tells. */
export const sameSnapshot = (left: Snapshot, right: Snapshot): boolean =>
  left.rows === right.rows && sameInstant(left.newestAt, right.newestAt) && sameInstant(left.modifiedAt, right.modifiedAt);

/** Why rows that were read are held, or null. */
export function decideRead(
  read: { before: Snapshot; after: Snapshot; rowsRead: number; reasons: ReadonlyMap<string, number> },
  bounds: Bounds,
): string | null {
  if (!sameSnapshot(read.before, read.after)) return 'the source changed while it was read; the next run reads it again';
  const { rows, keyless, doubled } = read.before;
  const readable = rows - keyless - doubled;
  if (read.rowsRead !== readable) return `${read.rowsRead} rows were read of ${readable}`;
  const quarantined = [...read.reasons.values()].reduce((sum, count) => sum + count, 0);
  if (quarantined <= rows * bounds.maxQuarantinedShare) return null;
  return `${quarantined} of ${rows} rows cannot be used: ${describeReasons(read.reasons)}`;
}

/** The three most frequent reasons with their counts. */
export function describeReasons(reasons: ReadonlyMap<string, number>): string {
  const frequent = [...reasons].sort(([, left], [, right]) => right - left).slice(0, 3);
  return frequent.map(([reason, count]) => `${count} × ${reason}`).join(', ');
}
