import { describe, expect, it } from '@jest/globals';
import { type Failure, knownCodes, toFailure } from './error-codes.ts';

const between = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const codesByKind: [Failure['kind'], number[]][] = [
  ['rejected', [...between(5600, 5605), ...between(5607, 5611), 5614, 5616, 5617, ...between(5618, 5627)]],
  ['config', [105, 106, 108, 109, 116, 120, 122, 123, 124, 125, 126, 208, 1008, 1009, 1029, 5606, 5613]],
  ['retry', [0, 1010, 5612]],
  ['later', [5615]],
  ['throttled', [117, 4204]],
];

describe("Microsoft's codes", () => {
  it.each(codesByKind.flatMap(([kind, codes]) => codes.map((code) => ({ kind, code }))))('say that $code is $kind', ({ kind, code }) => {
    expect(toFailure({ code, name: null })).toMatchObject({ kind, code: String(code) });
  });

  it.each([
    ['ConversionEmailAddressIsNotHashed', 'rejected'],
    ['ExternalAttributionModelTooLong', 'rejected'],
    ['NotEligibleForEnhancedConversions', 'config'],
    ['GoalNotEligibleForExternalAttribution', 'config'],
    ['OfflineConversionMSClickIdInvalid', 'rejected'],
    ['OfflineConversionGoalTooRecent', 'later'],
    ['CallRateExceeded', 'throttled'],
  ])('are found by the name %s where the number is none or new', (name, kind) => {
    expect(toFailure({ code: null, name }).kind).toBe(kind);
    expect(toFailure({ code: 98_765, name }).kind).toBe(kind);
  });

  it('are matched by number before the name', () => {
    expect(toFailure({ code: 5606, name: 'OfflineConversionMicrosoftClickIdInvalid' })).toMatchObject({ kind: 'config', code: '5606' });
  });

  it('wait two hours for a young goal and a minute for the rate of calls', () => {
    expect(toFailure({ code: 5615, name: null })).toMatchObject({ afterMs: 7_200_000 });
    expect(toFailure({ code: 117, name: null })).toMatchObject({ afterMs: 60_000 });
  });

  it.each([
    [{ code: 98_765, name: 'Novelty' }, '98765', /98765 \(Novelty\)/],
    [{ code: null, name: 'Novelty' }, 'Novelty', /answered Novelty, which/],
    [{ code: null, name: null }, 'UNNAMED', /UNNAMED/],
  ])('hold what they do not know: %j', (error, code, reason) => {
    expect(toFailure(error)).toEqual({ kind: 'held', code, reason: expect.stringMatching(reason) });
  });

  it('pass on no text in the place of a name', () => {
    expect(JSON.stringify(toFailure({ code: 98_765, name: 'jane@example.com is unknown' }))).not.toContain('jane');
  });

  it('are listed once, each with what happened and how it is mended', () => {
    const numbers = knownCodes.flatMap(({ code }) => code ?? []);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(new Set(knownCodes.map(({ name }) => name)).size).toBe(knownCodes.length);
    expect(knownCodes.filter(({ reason }) => !/^[^;]{10,}; [^;]{10,}[^.]$/.test(reason))).toEqual([]);
  });
});
