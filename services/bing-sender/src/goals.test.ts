import { describe, expect, it } from '@jest/globals';
import type { GoalUse } from './goal-uses.ts';
import { allGoals, decideGoalProblems, type Goal, readAutoTagging, readGoals } from './goals.ts';

const goal = (changes: Partial<Goal> = {}): Goal => ({
  id: '1',
  name: 'Paid',
  isActive: true,
  windowDays: 30,
  takesHashes: true,
  ...changes,
});
const use = (name: string, changes: Partial<GoalUse> = {}): GoalUse => ({ name, sendsHashes: true, longestDays: 8, ...changes });
const problems = (uses: GoalUse[], goals: Goal[], isTagging: boolean | null = true) =>
  decideGoalProblems('7', uses, goals, isTagging).map(
    ({ goal: name, detail }) => `${name}: ${detail.replace(/^goal .* of account 7: /, '').slice(0, 30)}`,
  );

describe('the goals of an account', () => {
  it.each<[string, GoalUse[], Goal[], boolean | null, string[]]>([
    ['fit', [use('Paid')], [goal()], true, []],
    ['may be more than are used', [use('Paid')], [goal(), goal({ name: 'Lead', isActive: false })], true, []],
    ['lack one that is used', [use('Paid'), use('Lead')], [goal()], true, ['Lead: the account has no offline con']],
    ['are told apart by capitals', [use('paid')], [goal()], true, ['paid: the account has no offline con']],
    ['have one that is paused', [use('Paid')], [goal({ isActive: false })], true, ['Paid: the goal is paused; activate i']],
    ['have one that takes no hashes', [use('Paid')], [goal({ takesHashes: false })], true, ['Paid: the goal does not take hashes ']],
    ['need not take hashes where none come', [use('Paid', { sendsHashes: false })], [goal({ takesHashes: false })], true, []],
    ['may not tell whether they take hashes', [use('Paid')], [goal({ takesHashes: null })], true, []],
    ['have a window that conversions outlast', [use('Paid')], [goal({ windowDays: 7 })], true, ['Paid: conversions come up to 8 days ']],
    ['have a window as long as conversions take', [use('Paid')], [goal({ windowDays: 8 })], true, []],
    ['may not tell their window', [use('Paid')], [goal({ windowDays: null })], true, []],
    ['are of an account that does not tag its clicks', [use('Paid')], [goal()], false, [': auto-tagging of msclkid is off']],
    ['are of an account that does not say whether it tags', [use('Paid')], [goal()], null, []],
  ])('%s', (_sentence, uses, goals, isTagging, expected) => {
    expect(problems(uses, goals, isTagging)).toEqual(expected);
  });

  it('are named with their account in what is told of them', () => {
    const [problem] = decideGoalProblems('140000001', [use('Lead')], [], true);
    expect(problem).toMatchObject({
      account: '140000001',
      goal: 'Lead',
      detail: expect.stringMatching(/^goal Lead of account 140000001: /),
    });
  });

  it('are asked whether they take hashes, which Microsoft tells only then', () => {
    expect(allGoals.ReturnAdditionalFields).toBe('IsEnhancedConversionsEnabled');
  });

  it('are read with their ids as text, and nothing that is not there is made up', () => {
    const ConversionGoals = [
      { Id: '9007199254740993', Name: 'Paid', Status: 'Active', ConversionWindowInMinutes: 43_200, IsEnhancedConversionsEnabled: true },
      null,
      { Id: 7, Name: 'Lead', Status: 'Paused', IsEnhancedConversionsEnabled: 'False' },
      { Id: '8', Name: 'Plain' },
    ];
    expect(readGoals({ ConversionGoals, PartialErrors: [] })).toEqual([
      { id: '9007199254740993', name: 'Paid', isActive: true, windowDays: 30, takesHashes: true },
      { id: '7', name: 'Lead', isActive: false, windowDays: null, takesHashes: false },
      { id: '8', name: 'Plain', isActive: true, windowDays: null, takesHashes: null },
    ]);
    expect(readGoals({ ConversionGoals: 'none' })).toBeNull();
  });

  it.each<[string, unknown, boolean | null]>([
    ['tag', { AccountProperties: [{ Name: 'MSCLKIDAutoTaggingEnabled', Value: 'true' }] }, true],
    ['do not tag', { AccountProperties: [{ Name: 'MSCLKIDAutoTaggingEnabled', Value: 'False' }] }, false],
    ['do not say', { AccountProperties: [] }, null],
    ['answer in another form', 'no', null],
  ])('are of accounts that %s', (_what, body, expected) => {
    expect(readAutoTagging(body)).toBe(expected);
  });
});
