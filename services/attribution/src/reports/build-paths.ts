import type { Corpus, JourneyGroup } from './corpus.ts';

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

const byCommonness = (left: PathRow, right: PathRow): number => right.conversions - left.conversions || (left.path < right.path ? -1 : 1);

/** Numbers one after another, 8 bytes each. */
class NumberList {
  #numbers = new Float64Array(1_024);
  #length = 0;

  add(number: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length++] = number;
  }

  average(): number | null {
    const numbers = this.#numbers.subarray(0, this.#length);
    return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  }

  /** The lower of two in the middle. */
  median(): number | null {
    return this.#numbers.slice(0, this.#length).sort()[Math.ceil(this.#length / 2) - 1] ?? null;
  }
}

/**
 * Counts the paths of those who converted, journey by journey, and how long they are. What it holds grows with the different paths, each of
 * which is kept as text with its counts, and, where times are known, by 8 bytes with each conversion: no less tells the median.
 */
export class PathSums {
  readonly #hasTimes: boolean;
  readonly #byPath = new Map<string, PathRow>();
  readonly #days = new NumberList();
  #conversions = 0;
  #touches = 0;

  constructor(hasTimes: boolean) {
    this.#hasTimes = hasTimes;
  }

  add({ journey, conversions }: JourneyGroup): void {
    const [first] = journey.touches;
    if (first === undefined) return;
    const path = journey.touches.map(({ channel }) => channel).join(' > ');
    const row = this.#byPath.get(path) ?? { path, conversions: 0, valueMinor: 0n };
    row.conversions += conversions;
    row.valueMinor += journey.valueMinor;
    this.#byPath.set(path, row);
    this.#conversions += conversions;
    this.#touches += journey.touches.length * conversions;
    const days = (journey.convertedAtMs - first.atMs) / dayMs;
    if (this.#hasTimes) for (let count = 0; count < conversions; count++) this.#days.add(days);
  }

  /** The most common paths, at most `top`, and how long all are. */
  toReport(top: number): PathReport {
    return {
      ...{ paths: [...this.#byPath.values()].sort(byCommonness).slice(0, top), distinct: this.#byPath.size },
      averageTouches: this.#conversions === 0 ? null : this.#touches / this.#conversions,
      averageDays: this.#days.average(),
      medianDays: this.#days.median(),
    };
  }
}

/** The most common paths of those who converted, and how long they are. */
export async function buildPaths({ journeys, hasTimes }: Corpus, top: number): Promise<PathReport> {
  const sums = new PathSums(hasTimes);
  for await (const group of journeys()) sums.add(group);
  return sums.toReport(top);
}
