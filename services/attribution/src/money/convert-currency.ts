import { placesOf, toUnits } from './decimal.ts';

/** Units of the one currency for one of the other on a day. */
export interface Rate {
  /** YYYY-MM-DD. */
  day: string;
  from: string;
  to: string;
  rate: string;
}

const ratePlaces = 12;

/** Reads a CSV of rates with the columns day, from, to, rate. Throws naming the line that does not fit. */
export function readRates(text: string): Rate[] {
  const [head = '', ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/);
  if (head.trim() !== 'day,from,to,rate') throw new Error('the first line of the rates must be day,from,to,rate');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const [day = '', from = '', to = '', rate = ''] = line.split(',').map((field) => field.trim());
    const isGood =
      /^\d{4}-\d{2}-\d{2}$/.test(day) && /^[A-Z]{3}$/.test(from) && /^[A-Z]{3}$/.test(to) && (toUnits(rate, ratePlaces) ?? 0n) > 0n;
    if (!isGood) throw new Error(`line ${index + 2} of the rates must be like 2026-11-01,USD,EUR,0.92`);
    return [{ day, from, to, rate }];
  });
}

/**
 * Converts minor units from one currency to another by the rate of the day, rounding half away from zero. A whole is converted before it is split, so
 * that the parts add up to it. Throws where the day has no rate: a sum of two currencies means nothing.
 */
export function createConverter(rates: Rate[]): (minor: bigint, from: string, to: string, day: string) => bigint {
  const known = new Map(rates.map(({ day, from, to, rate }) => [`${day} ${from} ${to}`, toUnits(rate, ratePlaces) ?? 0n]));
  return (minor, from, to, day) => {
    if (from === to) return minor;
    const rate = known.get(`${day} ${from} ${to}`);
    if (rate === undefined) throw new Error(`there is no rate from ${from} to ${to} on ${day}; give one in --rates`);
    const [numerator, denominator] = [minor * rate * 10n ** BigInt(placesOf(to)), 10n ** BigInt(ratePlaces + placesOf(from))];
    const magnitude = numerator < 0n ? -numerator : numerator;
    const rounded = (magnitude * 2n + denominator) / (denominator * 2n);
    return numerator < 0n ? -rounded : rounded;
  };
}
