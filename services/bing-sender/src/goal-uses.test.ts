import { describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { buildConversion } from '@waybill/shared/testing';
import { GoalUses } from './goal-uses.ts';

const conversion = (changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({
    ...{ platform: 'bing', account: '1', action: 'Paid', occurredAt: '2026-11-19T10:00:00.000Z' },
    click: { kind: 'msclkid', id: 'a', clickedAt: '2026-11-18T22:00:00.000Z' },
    ...changes,
  });

describe('the use of a goal', () => {
  it('is known of those that the configuration names before anything was sent', () => {
    expect(new GoalUses((account) => (account === '1' ? ['Paid'] : [])).of('1')).toEqual([
      { name: 'Paid', sendsHashes: false, longestDays: 0 },
    ]);
  });

  it('is known of others once Microsoft has judged conversions for them, in their own account', () => {
    const uses = new GoalUses(() => []);
    uses.note(conversion());
    expect(uses.of('1')).toEqual([]);
    uses.judged('1', ['Paid', 'Paid']);
    expect(uses.of('1')).toEqual([{ name: 'Paid', sendsHashes: false, longestDays: 0.5 }]);
    expect(uses.of('2')).toEqual([]);
  });

  it.each<[string, Partial<Conversion>[], object]>([
    ['the longest time from a click', [{}, { occurredAt: '2026-11-20T22:00:00.000Z' }, {}], { longestDays: 2 }],
    ['a time of nothing where there is no click', [{ click: null }], { longestDays: 0 }],
    ['that an e-mail came', [{ person: { email: ['a'.repeat(64)], phone: [] } }, {}], { sendsHashes: true }],
    ['that a phone came', [{ person: { email: [], phone: ['a'.repeat(64)] } }], { sendsHashes: true }],
    [
      'nothing of what goes to another account',
      [{ account: '2', person: { email: ['a'.repeat(64)], phone: [] } }, {}],
      { sendsHashes: false },
    ],
  ])('holds %s', (_what, all, expected) => {
    const uses = new GoalUses(() => ['Paid']);
    for (const changes of all) uses.note(conversion(changes));
    expect(uses.of('1')).toEqual([expect.objectContaining(expected)]);
  });
});
