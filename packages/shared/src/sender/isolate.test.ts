import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../conversion/index.ts';
import { isolate } from './isolate.ts';
import type { Answer } from './platform.ts';

interface Row {
  id: number;
  bad: boolean;
}

const delivered: Outcome = { kind: 'delivered', reference: null };
const refusal = (row: Row | undefined): Outcome => ({ kind: 'rejected', code: `BAD_${row?.id}`, reason: 'the row is bad' });

/** A platform that takes all of a request or, when one row is bad, nothing; its answer names the rows only when it `names`. */
function allOrNothing(names: boolean) {
  const taken: number[] = [];
  const upload = async (rows: Row[]): Promise<Answer> => {
    const bad = rows.filter((row) => row.bad);
    if (bad.length === 0) {
      taken.push(...rows.map(({ id }) => id));
      return { kind: 'answered', outcomes: rows.map(() => delivered) };
    }
    const blamed = new Map(rows.flatMap((row, index) => (row.bad && names ? [[index, refusal(row)] as const] : [])));
    return { kind: 'refused', outcome: refusal(bad[0]), blamed };
  };
  return { taken, upload };
}

const rowsOf = (bad: boolean[]): Row[] => bad.map((isBad, id) => ({ id, bad: isBad }));

describe('isolate', () => {
  it('takes every good row once and blames each bad row with its own reason, whatever rows are bad', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 120 }), fc.boolean(), async (bad, names) => {
        const rows = rowsOf(bad);
        const platform = allOrNothing(names);
        const { outcomes } = await isolate(rows, platform.upload);
        expect(platform.taken.toSorted((left, right) => left - right)).toEqual(rows.filter((row) => !row.bad).map(({ id }) => id));
        expect(outcomes).toEqual(rows.map((row) => (row.bad ? refusal(row) : delivered)));
      }),
    );
  });

  it('costs at most 2·k·log2(n) + 1 calls for k bad rows of n', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 2_000 }), fc.integer({ min: 1, max: 5 }), fc.nat(), async (size, bad, seed) => {
        const places = new Set(Array.from({ length: Math.min(bad, size) }, (_, index) => (seed * 31 + index * 7_919) % size));
        const { calls } = await isolate(rowsOf(Array.from({ length: size }, (_, id) => places.has(id))), allOrNothing(false).upload);
        expect(calls).toBeLessThanOrEqual(2 * places.size * Math.ceil(Math.log2(size)) + 1);
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, Outcome]>([
    ['a throttle', { kind: 'throttled', code: '429', reason: 'slow down', afterMs: 1_000 }],
    ['a broken connection', { kind: 'retry', code: 'ECONNRESET', reason: 'reset' }],
    ['a revoked token', { kind: 'config', code: '190', reason: 'token' }],
  ])('%s in the middle of the search ends it, and what was taken stays taken', async (_what, halting) => {
    const platform = allOrNothing(false);
    let calls = 0;
    const { outcomes } = await isolate(rowsOf([false, false, false, true]), async (rows) => {
      calls += 1;
      return calls === 3 ? { kind: 'refused', outcome: halting, blamed: new Map() } : platform.upload(rows);
    });
    expect(platform.taken).toEqual([0, 1]);
    expect(outcomes).toEqual([delivered, delivered, halting, halting]);
    expect(calls).toBe(3);
  });

  const bare: Outcome = { kind: 'rejected', code: 'HTTP_400', reason: 'no row is named' };

  it('holds what a platform refuses alike for every row, after a few calls, and rejects nothing for it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 2_000 }), fc.boolean(), async (size, isHeld) => {
        const outcome: Outcome = isHeld ? { ...bare, kind: 'held' } : bare;
        const { outcomes, calls } = await isolate(rowsOf(new Array(size).fill(false)), async () => ({
          ...{ kind: 'refused', outcome, blamed: new Map<number, Outcome>(), ...(isHeld ? { mayBeRows: true as const } : {}) },
        }));
        expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['held']));
        expect(outcomes).toHaveLength(size);
        expect(calls).toBeLessThanOrEqual(Math.ceil(Math.log2(size)) + 16);
      }),
    );
  });

  it.each<[string, Outcome['kind'], object]>([
    ['is rejected where the code is a row’s', 'rejected', {}],
    ['is held where the answer may be about the request', 'held', { mayBeRows: true }],
  ])('a lone row that is refused without being named %s', async (_sentence, expected, more) => {
    const answer: Answer = { kind: 'refused', outcome: bare, blamed: new Map(), ...more };
    expect((await isolate(rowsOf([true]), async () => answer)).outcomes).toEqual([
      expect.objectContaining({ kind: expected, code: bare.code }),
    ]);
  });

  it('rejects bad rows that are refused with one code where any row is taken or named beside them, however few they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 2, maxLength: 12 }), fc.boolean(), async (bad, mayBeRows) => {
        fc.pre(bad.includes(false) && bad.filter(Boolean).length < 4);
        const { outcomes } = await isolate(rowsOf(bad), async (asked) =>
          asked.some((row) => row.bad)
            ? { kind: 'refused', outcome: bare, blamed: new Map(), ...(mayBeRows ? { mayBeRows } : {}) }
            : { kind: 'answered', outcomes: asked.map(() => delivered) },
        );
        expect(outcomes).toEqual(bad.map((isBad) => (isBad ? bare : delivered)));
      }),
    );
  });

  it.each([
    ['a few', 3],
    ['so many that it is suspicious', 40],
  ])('takes a platform at its word that names only some of its rows, of %s', async (_sentence, size) => {
    const isNamed = (row: Row): boolean => row.id >= size / 2;
    const { outcomes } = await isolate(rowsOf(new Array(size).fill(true)), async (asked) => {
      const [row] = asked;
      const blamed = new Map(asked.length === 1 && row !== undefined && isNamed(row) ? [[0, refusal(row)] as const] : []);
      return { kind: 'refused', outcome: bare, blamed };
    });
    expect(outcomes).toEqual(rowsOf(new Array(size).fill(true)).map((row) => (isNamed(row) ? refusal(row) : bare)));
  });

  it('still finds the good rows among many that are refused with one code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: 400 }), fc.nat(), fc.boolean(), async (size, seed, isHeld) => {
        // The first rows are bad, so that suspicion arises; a third of the others is good.
        const rows = rowsOf(Array.from({ length: size }, (_, index) => index < 6 || (index * 7_919 + seed) % 3 !== 0));
        const outcome: Outcome = isHeld ? { ...bare, kind: 'held' } : bare;
        const taken: number[] = [];
        const { outcomes } = await isolate(rows, async (asked) => {
          if (asked.some(({ bad }) => bad))
            return { kind: 'refused', outcome, blamed: new Map(), ...(isHeld ? { mayBeRows: true as const } : {}) };
          taken.push(...asked.map(({ id }) => id));
          return { kind: 'answered', outcomes: asked.map(() => delivered) };
        });
        expect(new Set(taken).size).toBe(taken.length);
        const isFound = taken.length > 0;
        if (isFound) expect(outcomes).toEqual(rows.map((row) => (row.bad ? outcome : delivered)));
        else expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['held']));
      }),
    );
  });

  it('asks rows apart where the answer may be about one of them, and holds that one only', async () => {
    const held: Outcome = { kind: 'held', code: '100', reason: 'a parameter is wrong, or a permission is missing' };
    const { outcomes } = await isolate(rowsOf([false, false, true, false, false]), async (asked) =>
      asked.some(({ bad }) => bad)
        ? { kind: 'refused', outcome: held, blamed: new Map(), mayBeRows: true }
        : { kind: 'answered', outcomes: asked.map(() => delivered) },
    );
    expect(outcomes).toEqual([delivered, delivered, held, delivered, delivered]);
  });

  it('asks no more when the platform wants to rest beside what it took, and what is left waits', async () => {
    const rest = { kind: 'throttled', code: 'USAGE', reason: 'used up', afterMs: 60_000 } as const;
    const platform = allOrNothing(false);
    const {
      outcomes,
      calls,
      rest: told,
    } = await isolate(rowsOf([false, false, true, false]), async (rows) => {
      const answer = await platform.upload(rows);
      return answer.kind === 'answered' ? { ...answer, rest } : answer;
    });
    expect(outcomes).toEqual([delivered, delivered, rest, rest]);
    expect([calls, told]).toEqual([2, rest]);
  });

  it('asks no more when the platform wants to rest beside a refusal: what was refused alone is known, what is left waits', async () => {
    const rest = { kind: 'throttled', code: 'USAGE', reason: 'used up', afterMs: 60_000 } as const;
    const bad = { kind: 'rejected', code: 'BAD', reason: 'one of them is bad' } as const;
    const asked: number[] = [];
    const { outcomes } = await isolate(['a', 'b', 'bad', 'c'], async (items) => {
      asked.push(items.length);
      if (!items.includes('bad')) return { kind: 'answered', outcomes: items.map(() => delivered) };
      return { kind: 'refused', outcome: bad, blamed: new Map(), ...(items.length === 1 ? { rest } : {}) };
    });
    expect(outcomes).toEqual([delivered, delivered, bad, rest]);
    expect(asked).toEqual([4, 2, 1]);
  });

  it('makes no call for nothing', async () => {
    expect(await isolate([], async () => Promise.reject(new Error('called')))).toEqual({ outcomes: [], calls: 0, rest: null });
  });
});
