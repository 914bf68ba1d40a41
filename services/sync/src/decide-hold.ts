/** What a source says of itself before its rows are read. */
export interface Snapshot {
  rows: number;
  keys: number;
  /** The newest score; null where no row has a time. */
  newestAt: Date | null;
  /** Null for a view, which does not know when its rows changed. */
  modifiedAt: Date | null;
}

export interface Bounds {
  maxScoreAgeHours: number;
  minRowShare: number;
  maxRowShare: number;
  maxQuarantinedShare: number;
}

const hourMs = 3_600_000;
/** A score may run ahead of our clock by this much before its time is taken for wrong. */
const clockSkewMs = hourMs;

/** Why the count cannot be trusted beside that of the last good run, or null; a first run has nothing to compare with. */
export function decideCount(rows: number, previousRows: number | null, bounds: Bounds): string | null {
  if (previousRows === null || previousRows === 0) return null;
  const share = rows / previousRows;
  if (share >= bounds.minRowShare && share <= bounds.maxRowShare) return null;
  return `${rows} rows after ${previousRows}, outside ${bounds.minRowShare} to ${bounds.maxRowShare} times; if that is right, POST /run?accept-row-count=SOURCE`;
}

/** Why a source is held before its rows are read, or null. */
export function decideSnapshot(snapshot: Snapshot, options: { now: Date; bounds: Bounds; previousRows: number | null }): string | null {
  const { rows, keys, newestAt } = snapshot;
  const { now, bounds } = options;
  if (rows === 0) return 'the source is empty';
  if (keys !== rows) return `${rows - keys} rows have no key or one that another row has`;
  if (newestAt === null) return 'no row says when it was scored';
  const ageMs = now.getTime() - newestAt.getTime();
  if (ageMs > bounds.maxScoreAgeHours * hourMs) {
    return `the newest score is of ${newestAt.toISOString()}, older than ${bounds.maxScoreAgeHours} hours`;
  }
  if (ageMs < -clockSkewMs) return `the newest score is of ${newestAt.toISOString()}, which is in the future`;
  return decideCount(rows, options.previousRows, bounds);
}

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
  if (read.rowsRead !== read.before.rows) return `${read.rowsRead} rows were read of ${read.before.rows}`;
  const quarantined = [...read.reasons.values()].reduce((sum, count) => sum + count, 0);
  if (quarantined <= read.rowsRead * bounds.maxQuarantinedShare) return null;
  return `${quarantined} of ${read.rowsRead} rows cannot be used: ${describeReasons(read.reasons)}`;
}

/** The three most frequent reasons with their counts. */
export function describeReasons(reasons: ReadonlyMap<string, number>): string {
  const frequent = [...reasons].sort(([, left], [, right]) => right - left).slice(0, 3);
  return frequent.map(([reason, count]) => `${count} × ${reason}`).join(', ');
}
