import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyJourney, touchAt } from '../testing.ts';
import { defaultParameters } from './parameters.ts';
import { type Redistribution, redistribute, redistributionSchema } from './redistribute.ts';
import { phases, scorePhases } from './score-phases.ts';
import { sumOf } from './shares.ts';

type Direction = 'earlier_sessions_only' | 'any_session' | 'later_sessions_only';
const rule = (direction: Direction, receive_threshold: number, ...redistribution_channel_labels: string[]) => ({
  direction,
  receive_threshold,
  redistribution_channel_labels,
});
const touches = ['Email', 'Direct', 'Organic', 'Direct', 'Paid'].map((channel, index) => touchAt(index, { channel }));
const shares = [0.4, 0.2, 0.1, 0.1, 0.2];

describe('redistribution', () => {
  it.each([
    ['to any session, pro rata', rule('any_session', 0, 'Direct'), [4 / 7, 0, 1 / 7, 0, 2 / 7]],
    ['to earlier sessions only', rule('earlier_sessions_only', 0, 'Direct'), [0.4 + 0.2 + 0.08, 0, 0.1 + 0.02, 0, 0.2]],
    ['to later sessions only', rule('later_sessions_only', 0, 'Direct'), [0.4, 0, 0.1 + 0.2 / 3, 0, 0.2 + 0.4 / 3 + 0.1]],
    ['only where the own share reaches the threshold', rule('any_session', 0.4, 'Direct'), [0.7, 0, 0.1, 0, 0.2]],
    ['to nobody: the share stays', rule('any_session', 0.5, 'Direct'), shares],
    ['never from one giver to another', rule('any_session', 0, 'Email', 'Direct', 'Organic', 'Paid'), shares],
    ['of a channel that is not there', rule('any_session', 0, 'TV'), shares],
  ])('hands shares %s', (_sentence, closer, expected) => {
    const result = redistribute(touches, { initializer: shares, holder: shares, closer: shares }, { closer });
    for (const [index, share] of result.closer.entries()) expect(share).toBeCloseTo(expected[index]!, 12);
    expect(result.initializer).toEqual(shares);
  });

  it('keeps the sum of each phase and never makes a share negative', () => {
    const anyRule = fc.record({
      direction: fc.constantFrom<Direction>('earlier_sessions_only', 'any_session', 'later_sessions_only'),
      receive_threshold: fc.double({ min: 0, max: 1, noNaN: true }),
      redistribution_channel_labels: fc.subarray(['Direct', 'Organic', 'Email']),
    });
    const anyRules = fc.record({ initializer: anyRule, holder: anyRule, closer: anyRule }) as fc.Arbitrary<Redistribution>;
    fc.assert(
      fc.property(anyJourney(), anyRules, (journey, rules) => {
        const before = scorePhases(journey.touches, defaultParameters);
        const after = redistribute(journey.touches, before, rules);
        for (const phase of phases) {
          expect(sumOf(after[phase])).toBeCloseTo(sumOf(before[phase]), 9);
          expect(Math.min(...after[phase])).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it("reads the API's own sample and refuses a misspelt direction", () => {
    const sample = {
      initializer: rule('earlier_sessions_only', 0, 'Direct', 'Email_Newsletter'),
      holder: rule('any_session', 0, 'Direct', 'Email_Newsletter'),
      closer: rule('later_sessions_only', 0.1, 'SEO - Brand'),
    };
    expect(redistributionSchema.parse(sample)).toEqual(sample);
    expect(redistributionSchema.safeParse({ closer: { ...sample.closer, direction: 'later' } }).success).toBe(false);
  });
});
