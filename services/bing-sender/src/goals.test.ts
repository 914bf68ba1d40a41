import { describe, expect, it } from '@jest/globals';
import { decideGoalProblems, type Goal, readAutoTagging, readGoals } from './goals.ts';

const goal = (changes: Partial<Goal> = {}): Goal => ({
  id: '1',
  name: 'Paid',
  isActive: true,
  windowDays: 30,
  takesHashes: true,
  ...changes,
});
const problems = (wanted: string[], goals: Goal[], isTagging: boolean | null = true) =>
  decideGoalProblems('7', wanted, goals, isTagging).map(({ goal: name, detail }) => `${name}: ${detail.slice(0, 30)}`);

describe('the goals of an account', () => {
  it.each<[string, string[], Goal[], boolean | null, string[]]>([
    ['fit', ['Paid'], [goal()], true, []],
    ['may be more than are wanted', ['Paid'], [goal(), goal({ name: 'Lead', isActive: false })], true, []],
    ['lack one that is wanted', ['Paid', 'Lead'], [goal()], true, ['Lead: the account has no offline con']],
    ['are told apart by capitals', ['paid'], [goal()], true, ['paid: the account has no offline con']],
    ['have one that is paused', ['Paid'], [goal({ isActive: false })], true, ['Paid: the goal is paused; activate i']],
    ['have one that takes no hashes', ['Paid'], [goal({ takesHashes: false })], true, ['Paid: the goal does not take hashes;']],
    ['may not tell whether they take hashes', ['Paid'], [goal({ takesHashes: null })], true, []],
    ['are of an account that does not tag its clicks', ['Paid'], [goal()], false, [': auto-tagging of msclkid is off']],
    ['are of an account that does not say whether it tags', ['Paid'], [goal()], null, []],
  ])('%s', (_sentence, wanted, goals, isTagging, expected) => {
    expect(problems(wanted, goals, isTagging)).toEqual(expected);
  });

  it('are read with their ids as text, and nothing that is not there is made up', () => {
    const ConversionGoals = [
      { Id: '9007199254740993', Name: 'Paid', Status: 'Active', ConversionWindowInMinutes: 43_200, IsEnhancedConversionsEnabled: true },
      null,
      { Id: 7, Name: 'Lead', Status: 'Paused' },
    ];
    expect(readGoals({ ConversionGoals, PartialErrors: [] })).toEqual([
      { id: '9007199254740993', name: 'Paid', isActive: true, windowDays: 30, takesHashes: true },
      { id: '7', name: 'Lead', isActive: false, windowDays: null, takesHashes: null },
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
