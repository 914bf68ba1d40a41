import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createIhcModel } from '../model/ihc-model.ts';
import { sumOf } from '../model/shares.ts';
import { anyJourney, journeyOf, touchAt } from '../testing.ts';
import { matchScores } from './match-scores.ts';

const journey = journeyOf([touchAt(0), touchAt(1), touchAt(2)]);
const scoresOf = (...ihc: number[]) => ihc.map((share, index) => ({ conversion_id: 'c1', session_id: `s${index}`, ihc: share }));

describe('matching scores', () => {
  it('scales what rounding has taken back to 1', () => {
    const credit = matchScores([journey], scoresOf(0.3333, 0.3333, 0.3333), []).credits.get('c1') ?? [];
    expect(credit).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it('puts scores in the order of the touches, whatever theirs is', () => {
    expect(matchScores([journey], scoresOf(0.5, 0.3, 0.2).toReversed(), []).credits.get('c1')).toEqual([0.5, 0.3, 0.2]);
  });

  it.each([
    ['a conversion without a score', [], 'the API gave no credit for it'],
    ['one score where three were asked for', scoresOf(1), 'the API gave credit to 1 of its 3 sessions'],
    ['credits of two halves', scoresOf(1, 0.5, 0.5), "the API's credits add up to 2, not to 1"],
    ['no credit in all', scoresOf(0, 0, 0), "the API's credits add up to 0, not to 1"],
    ['sessions that were not asked for', [{ conversion_id: 'c1', session_id: '', ihc: 1 }], 'the API gave credit to 0 of its 3 sessions'],
  ])('takes %s as missing and says so', (_sentence, scores, reason) => {
    expect(matchScores([journey], scores, [])).toEqual({ credits: new Map(), missing: [{ journey, reason }] });
  });

  it('never takes for missing what four decimals have rounded, and always ends with a sum of 1', () => {
    fc.assert(
      fc.property(anyJourney(200), (any) => {
        const scores = createIhcModel()
          .credit(any)
          .map((share, index) => ({
            conversion_id: 'c1',
            session_id: any.touches[index]?.id ?? '',
            ihc: Math.round(share * 10_000) / 10_000,
          }));
        const { credits, missing } = matchScores([any], scores, []);
        expect(missing).toEqual([]);
        expect(Math.abs(sumOf(credits.get('c1') ?? []) - 1)).toBeLessThan(1e-9);
      }),
    );
  });

  it('tells the error that names the conversion', () => {
    const errors = ['"c9 is odd"', '{"code":406,"what":["c1"]}'];
    expect(matchScores([journey], [], errors).missing[0]?.reason).toBe('the API gave no credit for it: {"code":406,"what":["c1"]}');
  });
});
