import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Evaluated } from './evaluate.ts';
import { createDifference, createPreview } from './tally.ts';

const one = (entity: number, reason: Evaluated['reason'], value = 10, conversionType = 'google.paid'): Evaluated => ({
  ...{ conversionType, entity, reason, value, currency: 'USD', campaign: 'brand', isKnown: false },
});

describe('the difference of two catalogues', () => {
  it('tells what comes, what goes and what is worth something else, with the reason of the other side', () => {
    const gathered = createDifference();
    gathered.addPage(
      [one(1, 'eligible'), one(2, 'no-click'), one(3, 'eligible'), one(4, 'eligible'), one(5, 'spam')],
      [one(1, 'eligible'), one(2, 'eligible'), one(3, 'outside-employees-range'), one(4, 'eligible', 15), one(6, 'eligible')],
    );
    const of = { conversionType: 'google.paid', campaign: 'brand' };
    expect(gathered.difference()).toEqual({
      coming: [{ ...of, conversions: 2, value: { USD: 20 }, reasons: { 'no-click': 1, 'not looked at': 1 } }],
      going: [{ ...of, conversions: 1, value: { USD: 10 }, reasons: { 'outside-employees-range': 1 } }],
      revalued: [{ ...of, conversions: 1, value: { USD: 5 }, reasons: { 'another value': 1 } }],
    });
  });

  it('accounts for every conversion: before − going + coming = after', () => {
    const side = fc.uniqueArray(
      fc.tuple(fc.nat(20), fc.constantFrom('eligible' as const, 'spam' as const)).map(([entity, reason]) => one(entity, reason)),
      { selector: ({ entity }) => entity },
    );
    fc.assert(
      fc.property(side, side, (before, after) => {
        const gathered = createDifference();
        gathered.addPage(before, after);
        const { coming, going } = gathered.difference();
        const eligible = (all: Evaluated[]) => all.filter(({ reason }) => reason === 'eligible').length;
        const total = (all: { conversions: number }[]) => all.reduce((sum, { conversions }) => sum + conversions, 0);
        expect(eligible(before) - total(going) + total(coming)).toBe(eligible(after));
      }),
    );
  });
});

describe('a preview', () => {
  it('counts what is considered, eligible and new, and names the reasons against', () => {
    const gathered = createPreview(['google.paid', 'google.mql_11']);
    gathered.addPage([one(1, 'eligible'), { ...one(2, 'eligible'), isKnown: true }, one(3, 'no-click')]);
    expect(gathered.preview()).toEqual([
      { conversionType: 'google.paid', considered: 3, eligible: 2, fresh: 1, value: { USD: 10 }, reasons: { 'no-click': 1 } },
      { conversionType: 'google.mql_11', considered: 0, eligible: 0, fresh: 0, value: {}, reasons: {} },
    ]);
  });
});
