/** Weights are compared as whole numbers of this many parts, so that no rounding of floats decides who gets a cent. */
const parts = 2 ** 53;

/**
 * Splits an amount of minor units by weights so that the parts add up to it exactly: what the rounding down leaves goes, one unit each, to the
 * largest remainders, the earlier first. Weights that are all 0 get nothing.
 */
export function splitValue(amount: bigint, weights: number[]): bigint[] {
  const [only, another] = weights.flatMap((weight, place) => (weight > 0 ? [place] : []));
  // Nothing is to be split; most models of most journeys end here.
  if (only !== undefined && another === undefined) return weights.map((_, place) => (place === only ? amount : 0n));
  if (amount < 0n) return splitValue(-amount, weights).map((part) => -part);
  const whole = weights.map((weight) => BigInt(Math.round(weight * parts)));
  const total = whole.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n) return weights.map(() => 0n);
  const split = whole.map((weight) => (amount * weight) / total);
  const left = amount - split.reduce((sum, part) => sum + part, 0n);
  const byRemainder = whole
    .map((weight, index) => ({ index, remainder: (amount * weight) % total }))
    .sort((one, other) => (one.remainder < other.remainder ? 1 : one.remainder > other.remainder ? -1 : one.index - other.index));
  for (const { index } of byRemainder.slice(0, Number(left))) split[index] = (split[index] ?? 0n) + 1n;
  return split;
}
