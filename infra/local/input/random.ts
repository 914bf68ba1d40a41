/** A seeded source of chance: the same seed gives the same choices on every machine. */
export interface Random {
  /** In [0, 1). */
  unit(): number;
  /** Whole number in [from, to]. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(options: readonly T[]): T;
  /** Picks by weight. */
  weighted<T>(options: readonly (readonly [T, number])[]): T;
  /** Characters of an alphabet. */
  text(length: number, alphabet: string): string;
}

/** mulberry32, by Tommy Ettinger, public domain. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1));
  const pick = <T>(options: readonly T[]): T => options[whole(0, options.length - 1)] as T;
  return {
    unit,
    whole,
    pick,
    chance: (probability) => unit() < probability,
    weighted: (options) => {
      let left = unit() * options.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [option, weight] of options) {
        left -= weight;
        if (left < 0) return option;
      }
      return (options.at(-1) as (typeof options)[number])[0];
    },
    text: (length, alphabet) => Array.from({ length }, () => alphabet[whole(0, alphabet.length - 1)]).join(''),
  };
}
