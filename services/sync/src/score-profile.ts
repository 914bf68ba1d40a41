/** What a column was like in one read. */
export interface ColumnProfile {
  /** Of the rows read, the share without a value. */
  nullShare: number;
  /** The mean of its numbers; null where it has none. */
  mean: number | null;
}

/** Column -> what it was like. */
export type ScoreProfile = Record<string, ColumnProfile>;

const toNumber = (value: unknown): number => (typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN);

/** Gathers a profile page by page; it holds a few sums, however many rows there are. `numeric`: the columns that have a mean. */
export function createProfile(columns: string[], numeric: ReadonlySet<string>) {
  const sums = new Map(columns.map((column) => [column, { nulls: 0, numbers: 0, sum: 0 }]));
  let rows = 0;
  return {
    add(page: Record<string, unknown>[]): void {
      rows += page.length;
      for (const [column, of] of sums) {
        for (const row of page) {
          const value = row[column] ?? null;
          if (value === null) of.nulls += 1;
          const number = value !== null && numeric.has(column) ? toNumber(value) : Number.NaN;
          if (Number.isNaN(number)) continue;
          of.numbers += 1;
          of.sum += number;
        }
      }
    },
    profile: (): ScoreProfile =>
      Object.fromEntries(
        [...sums].map(([column, { nulls, numbers, sum }]) => [
          column,
          { nullShare: rows === 0 ? 0 : nulls / rows, mean: numbers === 0 ? null : sum / numbers },
        ]),
      ),
  };
}

export interface ProfileBounds {
  /** A column's share of nulls may rise by this much. */
  maxNullShareRise: number;
  /** A column's mean may grow or shrink by this factor. */
  maxMeanFactor: number;
}

const average = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Why a read cannot be trusted beside the last good ones, or null; a first read has nothing to be compared with. */
export function decideProfile(profile: ScoreProfile, lastGood: ScoreProfile[], bounds: ProfileBounds): string | null {
  const problems = Object.entries(profile).flatMap(([column, { nullShare, mean }]) => {
    const before = lastGood.flatMap((good) => good[column] ?? []);
    if (before.length === 0) return [];
    const usualShare = average(before.map((of) => of.nullShare));
    if (nullShare > usualShare + bounds.maxNullShareRise)
      return [`${column} is null in ${percent(nullShare)} of the rows after ${percent(usualShare)}`];
    const means = before.flatMap((of) => of.mean ?? []);
    const usualMean = means.length === 0 ? 0 : average(means);
    if (mean === null || usualMean <= 0) return [];
    const factor = mean / usualMean;
    if (factor <= bounds.maxMeanFactor && factor >= 1 / bounds.maxMeanFactor) return [];
    return [`${column} is ${mean.toPrecision(3)} in the mean after ${usualMean.toPrecision(3)}`];
  });
  return problems.length === 0 ? null : `${problems.join(', ')}; if that is right, POST /run?accept=SOURCE`;
}
