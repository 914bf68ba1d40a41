import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideVolume, usualBand } from './decide-volume.ts';

const steady = (count: number, days = 14): number[] => Array.from({ length: days }, () => count);
const judge = (last: number, before: number[]) => decideVolume([{ conversionType: 'google.paid', perDay: [last, ...before] }]);

describe('the volume of a day', () => {
  it.each<[string, number, number[], string | null]>([
    ['is as usual', 100, steady(100), null],
    ['is half of the usual, and just inside', 50, steady(100), null],
    ['is less than half of the usual', 49, steady(100), '49 conversions in a day, usually about 100 (50 to 150)'],
    ['is more than half above the usual', 151, steady(100), '151 conversions in a day'],
    ['is none where there always are some', 0, steady(40), '0 conversions in a day, usually about 40'],
    ['is small, and small numbers jump', 0, steady(8), null],
    ['is wide, where days differ widely', 10, [10, 200, 30, 180, 60, 150, 90, 120, 20, 190, 40, 170, 70, 140], null],
    ['is strange beside days of which one was strange too', 400, [...steady(100, 13), 4_000], '400 conversions in a day'],
    ['has too few days before it', 0, steady(100, 6), null],
  ])('%s', (_sentence, last, before, expected) => {
    const found = judge(last, before).map(({ detail }) => detail);
    expect(found).toEqual(expected === null ? [] : [expect.stringContaining(expected)]);
  });

  it('is never unusual at the median of the days before, whatever they were', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 7, maxLength: 14 }), (before) => {
        expect(judge(Math.round(usualBand(before)?.usual ?? 0), before)).toEqual([]);
      }),
    );
  });

  it('is judged the same in whatever order the days before came', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.array(fc.nat(500), { minLength: 7, maxLength: 14 }), (last, before) => {
        expect(judge(last, before.toReversed())).toEqual(judge(last, before));
      }),
    );
  });
});
