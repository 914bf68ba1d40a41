import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createProfile, decideProfile, type ScoreProfile } from './score-profile.ts';

const bounds = { maxNullShareRise: 0.05, maxMeanFactor: 3 };
const profileOf = (nullShare: number, mean: number | null): ScoreProfile => ({ cp1: { nullShare, mean } });

describe('a profile', () => {
  const row = fc.record({ cp1: fc.option(fc.integer({ min: 0, max: 100 })), acv: fc.option(fc.integer({ min: 0, max: 99 }).map(String)) });

  it('of pages is that of all rows at once', () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 5 })), (pages) => {
        const [paged, whole] = [0, 0].map(() => createProfile(['cp1', 'acv'], new Set(['cp1', 'acv']))) as [
          ReturnType<typeof createProfile>,
          ReturnType<typeof createProfile>,
        ];
        for (const page of pages) paged.add(page);
        whole.add(pages.flat());
        expect(paged.profile()).toEqual(whole.profile());
      }),
    );
  });

  it('counts nulls of every column and averages the numeric ones', () => {
    const profile = createProfile(['contact_id', 'acv'], new Set(['acv']));
    profile.add([{ contact_id: 1, acv: '10' }, { contact_id: 2, acv: null }, { contact_id: 3 }, { contact_id: 4, acv: '30' }]);
    expect(profile.profile()).toEqual({ contact_id: { nullShare: 0, mean: null }, acv: { nullShare: 0.5, mean: 20 } });
  });
});

describe('beside the last good runs', () => {
  it.each<[string, ScoreProfile, ScoreProfile[], RegExp | null]>([
    ['a first run passes', profileOf(0.9, 5), [], null],
    ['a share of nulls just inside the bound passes', profileOf(0.05, 1), [profileOf(0, 1)], null],
    [
      'one just outside is held',
      profileOf(0.0501, 1),
      [profileOf(0, 1)],
      /^cp1 is null in 5\.0 % of the rows after 0\.0 %; if that is right/,
    ],
    ['fewer nulls than usual pass', profileOf(0, 1), [profileOf(0.9, 1)], null],
    ['three times the usual mean passes', profileOf(0, 3), [profileOf(0, 0.5), profileOf(0, 1.5)], null],
    ['more is held', profileOf(0, 3.01), [profileOf(0, 0.5), profileOf(0, 1.5)], /^cp1 is 3\.01 in the mean after 1\.00/],
    ['a third of the usual mean passes', profileOf(0, 1), [profileOf(0, 3)], null],
    ['less is held', profileOf(0, 0.99), [profileOf(0, 3)], /^cp1 is 0\.990 in the mean after 3\.00/],
    ['a column that is new passes', profileOf(1, null), [{ acv: { nullShare: 0, mean: 1 } }], null],
  ])('%s', (_sentence, profile, lastGood, problem) => {
    expect(decideProfile(profile, lastGood, bounds)).toEqual(problem === null ? null : expect.stringMatching(problem));
  });
});
