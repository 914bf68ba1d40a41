import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../conversion/index.ts';
import { type Budget, MemoryLanes } from './lanes.ts';
import type { Answer, Route } from './platform.ts';
import { type Row, sendRows, splitByGroups } from './send-rows.ts';

const delivered: Outcome = { kind: 'delivered', reference: null };
const unknownAction: Outcome = { kind: 'config', code: 'ACTION', reason: 'there is no such action', concerns: 'action' };

const rowsOf = (actions: string[]): Row<string>[] => actions.map((action) => ({ action, item: action }));
const routeOf = (upload: (items: string[]) => Answer, most?: number): Route<string> => ({
  toItem: ({ eventId }) => ({ ok: true, item: eventId }),
  upload: async (_account, items) => upload(items),
  ...(most === undefined ? {} : { groups: { of: (item) => item, most } }),
});
const send = (route: Route<string>, rows: Row<string>[], budgets: Budget[] = []) =>
  sendRows({ route, account: '1', lanes: new MemoryLanes(() => 0), budgets }, rows);
const takeAll = (items: string[]): Answer => ({ kind: 'answered', outcomes: items.map(() => delivered) });

describe('a request', () => {
  it('holds no more groups than the platform allows, each row once, in as few requests as that takes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 200 }),
        fc.integer({ min: 1, max: 12 }),
        (items, most) => {
          const parts = splitByGroups(rowsOf(items), { of: (item) => item, most });
          expect(parts.flat().toSorted((a, b) => a - b)).toEqual(items.map((_, place) => place));
          for (const part of parts) expect(new Set(part.map((place) => items[place])).size).toBeLessThanOrEqual(most);
          expect(parts).toHaveLength(Math.ceil(new Set(items).size / most));
        },
      ),
    );
  });

  it('that is refused for an action which the answer does not name is made again for each action', async () => {
    const asked: string[][] = [];
    const route = routeOf((items) => {
      asked.push(items);
      return items.includes('b') ? { kind: 'refused', outcome: unknownAction, blamed: new Map() } : takeAll(items);
    });
    const { outcomes, calls } = await send(route, rowsOf(['a', 'b', 'a', 'c', 'b']));
    expect(outcomes).toEqual([delivered, unknownAction, delivered, delivered, unknownAction]);
    expect(asked).toEqual([['a', 'b', 'a', 'c', 'b'], ['a', 'a'], ['b', 'b'], ['c']]);
    expect(calls).toBe(4);
  });

  it.each<[string, Outcome]>([
    ['a throttle', { kind: 'throttled', code: '429', reason: 'quota', afterMs: 90_000 }],
    ['a broken connection', { kind: 'retry', code: 'ECONNRESET', reason: 'reset' }],
    ['a revoked token', { kind: 'config', code: '190', reason: 'token' }],
  ])('is not made after %s befell the one before', async (_what, outcome) => {
    let asked = 0;
    const route = routeOf(() => {
      asked += 1;
      return { kind: 'refused', outcome, blamed: new Map() };
    }, 1);
    expect((await send(route, rowsOf(['a', 'b', 'c']))).outcomes).toEqual([outcome, outcome, outcome]);
    expect(asked).toBe(1);
  });

  it('is not made after the platform asked for a rest beside what it took; what it took stays taken', async () => {
    const rest = { kind: 'throttled', code: 'USAGE', reason: 'used up', afterMs: 180_000 } as const;
    const asked: string[][] = [];
    const route = routeOf((items) => {
      asked.push(items);
      return items.includes('bad')
        ? { kind: 'refused', outcome: { kind: 'rejected', code: 'BAD', reason: 'one of them is bad' }, blamed: new Map() }
        : { ...takeAll(items), ...(asked.length === 2 ? { rest } : {}) };
    });
    const sent = await send(route, rowsOf(['a', 'a', 'bad', 'a']));
    expect(sent).toEqual({ outcomes: [delivered, delivered, rest, rest], calls: 2, rest });
    expect(asked).toEqual([
      ['a', 'a', 'bad', 'a'],
      ['a', 'a'],
    ]);
  });

  it('that the budget does not allow is not made: its rows wait, and those of the ones before keep their endings', async () => {
    let asked = 0;
    const route = routeOf((items) => {
      asked += 1;
      return takeAll(items);
    }, 1);
    const { outcomes, calls } = await send(route, rowsOf(['a', 'b', 'c', 'd']), [{ name: 'minute', requests: 2, windowMs: 60_000 }]);
    const waits = expect.objectContaining({ kind: 'throttled', code: 'BUDGET_USED_UP' });
    expect(outcomes).toEqual([delivered, delivered, waits, waits]);
    expect([asked, calls]).toEqual([2, 2]);
  });
});
