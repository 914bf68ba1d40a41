/** Sums amounts with two decimals, by currency. */
export function sumMoney(values: Record<string, string>[]): Record<string, string> {
  // Cents as whole numbers: a sum of decimals as floats drifts.
  const cents = new Map<string, bigint>();
  for (const [currency, amount] of values.flatMap((value) => Object.entries(value)))
    cents.set(currency, (cents.get(currency) ?? 0n) + BigInt(amount.replace('.', '')));
  return Object.fromEntries([...cents].map(([currency, total]) => [currency, decimal(total)]));
}

function decimal(cents: bigint): string {
  const digits = `${cents < 0n ? -cents : cents}`.padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** `12,345.60`. */
export const groupThousands = (amount: string): string => amount.replace(/\B(?=(\d{3})+\.)/g, ',');

/** `12,345.60 USD`, one for each currency. */
export const describeMoney = (value: Record<string, string>): string =>
  Object.entries(value)
    .map(([currency, amount]) => `${groupThousands(amount)} ${currency}`)
    .join(' + ');
