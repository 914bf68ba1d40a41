import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromUnits, placesOf, toUnits } from './decimal.ts';
import { splitValue } from './split-value.ts';

describe('decimals', () => {
  it.each([
    ['67.8', 2, 6_780n],
    [67.8, 2, 6_780n],
    [1.005, 2, 101n],
    [-1.005, 2, -101n],
    ['0.0000015', 6, 2n],
    [1e-7, 6, 0n],
    [5e-7, 6, 1n],
    ['12', 0, 12n],
    ['12.5', 0, 13n],
    ['9007199254740993.01', 2, 900_719_925_474_099_301n],
    ['', 2, null],
    ['1,5', 2, null],
    ['1e3', 2, null],
    [Number.NaN, 2, null],
    [Number.POSITIVE_INFINITY, 2, null],
  ])('reads %p with %p places as %p', (value, places, expected) => {
    expect(toUnits(value, places)).toBe(expected);
  });

  it.each([
    [123n, 2, 2, '1.23'],
    [-5n, 2, 2, '-0.05'],
    [1_230_000n, 6, 2, '1.23'],
    [1_000_000n, 6, 2, '1.00'],
    [12n, 0, 0, '12'],
    [0n, 3, 3, '0.000'],
  ])('writes %p units of %p places as %p', (units, places, least, expected) => {
    expect(fromUnits(units, places, least)).toBe(expected);
  });

  it('knows the minor units of currencies', () => {
    expect(['USD', 'JPY', 'KWD'].map(placesOf)).toEqual([2, 0, 3]);
  });
});

describe('splitting a value', () => {
  it.each([
    ['three equal parts of a hundred', 10_000n, [1, 1, 1], [3_334n, 3_333n, 3_333n]],
    ['a refund alike', -10_000n, [1, 1, 1], [-3_334n, -3_333n, -3_333n]],
    ['one cent for the larger weight', 1n, [0.4, 0.6], [0n, 1n]],
    ['one cent for the earlier of equals', 1n, [0.5, 0.5], [1n, 0n]],
    ['nothing', 0n, [0.5, 0.5], [0n, 0n]],
    ['none for no weight', 100n, [0, 1], [0n, 100n]],
    ['none where nothing weighs', 100n, [0, 0], [0n, 0n]],
  ])('gives %s', (_sentence, amount, weights, expected) => {
    expect(splitValue(amount, weights)).toEqual(expected);
  });

  it.each([
    ['USD', '100.00', ['33.34', '33.33', '33.33']],
    ['USD', '-100.00', ['-33.34', '-33.33', '-33.33']],
    ['USD', '0.00', ['0.00', '0.00', '0.00']],
    ['JPY', '100', ['34', '33', '33']],
    ['KWD', '1.000', ['0.334', '0.333', '0.333']],
  ])('splits in the places of %s: %s in three', (currency, value, expected) => {
    const places = placesOf(currency);
    const parts = splitValue(toUnits(value, places)!, [1 / 3, 1 / 3, 1 / 3]);
    expect(parts.map((part) => fromUnits(part, places))).toEqual(expected);
  });

  it('gives the odd units of equal weights to the earlier', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -10_000n, max: 10_000n }), fc.integer({ min: 1, max: 89 }), (amount, length) => {
        const split = splitValue(amount, Array<number>(length).fill(1 / length));
        const whole = amount / BigInt(length);
        const odd = Number(amount - whole * BigInt(length));
        expect(split).toEqual(split.map((_, place) => whole + (place < Math.abs(odd) ? BigInt(Math.sign(odd)) : 0n)));
      }),
    );
  });

  it('adds up to the unit, and each part is its exact share within one unit', () => {
    const anyWeights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.bigInt({ min: -1_000_000_000_000n, max: 1_000_000_000_000n }), anyWeights, (amount, weights) => {
        fc.pre(weights.some((weight) => weight > 1e-9));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const split = splitValue(amount, weights);
        expect(split.reduce((sum, part) => sum + part, 0n)).toBe(amount);
        for (const [index, part] of split.entries()) {
          expect(Math.abs(Number(part) - (Number(amount) * weights[index]!) / total)).toBeLessThan(1.01 + Math.abs(Number(amount)) * 1e-6);
        }
      }),
    );
  });
});
