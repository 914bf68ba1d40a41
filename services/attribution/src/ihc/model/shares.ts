/** The shares of a journey's touches in one phase, in the order of the touches: their sum is 1, or all are 0 where the phase has no mass. */
export type Shares = number[];

export const sumOf = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** Scales masses to shares; masses that are all 0 stay as they are. */
export function toShares(masses: number[]): Shares {
  const total = sumOf(masses);
  return total === 0 ? masses : masses.map((mass) => mass / total);
}
