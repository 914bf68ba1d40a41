/** Chance that is the same for the same seed (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 up to and without `bound`. */
  upTo(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  oneIn(count: number): boolean {
    return this.upTo(count) === 0;
  }

  pick<T>(of: readonly T[]): T {
    return of[this.upTo(of.length)] as T;
  }
}
