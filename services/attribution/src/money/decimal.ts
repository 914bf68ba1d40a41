/** Plain decimal text of a number, without an exponent. */
function plain(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20) : text;
}

/**
 * A decimal, as text or number, in units of 10^-places, rounded half away from zero; null where it is none. What a number stands for is its
 * shortest text: 1.005 is that, not the binary fraction beneath.
 */
export function toUnits(value: string | number, places: number): bigint | null {
  const [, sign, whole = '', fraction = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(typeof value === 'number' ? plain(value) : value) ?? [];
  if (sign === undefined) return null;
  const kept = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'));
  const units = (fraction[places] ?? '0') >= '5' ? kept + 1n : kept;
  return sign === '-' ? -units : units;
}

/** Units of 10^-places as decimal text, with no fewer than `least` places: 1230000 in micros is 1.23. */
export function fromUnits(units: bigint, places: number, least = places): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits
    .slice(digits.length - places)
    .replace(/0+$/, '')
    .padEnd(least, '0');
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The decimal places of a currency's minor unit: 2 for dollars, 0 for yen, 3 for dinars. Throws RangeError for what is no currency's form. */
export const placesOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** Costs are kept to a millionth: a click may cost less than a cent. */
export const costPlaces = 6;
