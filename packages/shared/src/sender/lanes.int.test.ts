import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import { connect, type Database } from '../db/index.ts';
import { type Budget, type Lanes, MemoryLanes, type Pause } from './lanes.ts';
import { postgresLanes } from './postgres-lanes.ts';

let database: { url: string; drop(): Promise<void> };
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const config = (leftMs: number): Pause => ({
  leftMs,
  because: { kind: 'config', code: '190', reason: 'the token was revoked' },
  configPauses: 2,
});
const throttle = (leftMs: number): Pause => ({
  leftMs,
  because: { kind: 'throttled', code: '429', reason: 'quota', afterMs: leftMs },
  configPauses: 0,
});

/** In memory by a clock that stands, and in Postgres, where the same pauses last so long that a test ends before them. */
const kinds: [string, () => Lanes][] = [
  ['in memory', () => new MemoryLanes(() => 0)],
  ['in Postgres', () => postgresLanes(db, 'google')],
];

describe.each(kinds)('lanes %s', (_kind, open) => {
  it('remember pauses until they are opened, and only those that are asked for', async () => {
    const lanes = open();
    await lanes.save(
      new Map([
        ['1', config(3_600_000)],
        ['2', throttle(40_591_000)],
        ['3', config(1)],
      ]),
    );
    const found = await lanes.find(['1', '2', '4']);
    expect([...found.keys()].sort()).toEqual(['1', '2']);
    expect(found.get('1')).toMatchObject({ because: { kind: 'config', code: '190' }, configPauses: 2 });
    expect(Math.round((found.get('2')?.leftMs ?? 0) / 60_000)).toBe(677);
    await lanes.save(new Map([['1', null]]));
    expect([...(await lanes.find(['1', '2'])).keys()]).toEqual(['2']);
  });

  it('give the probe of a lane whose pause is over to one of many', async () => {
    const lanes = open();
    await lanes.save(
      new Map([
        ['over', config(-1)],
        ['on', config(60_000)],
      ]),
    );
    const claims = await Promise.all(Array.from({ length: 8 }, () => lanes.claimProbe('over', 60_000)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await lanes.claimProbe('on', 60_000)).toBe(false);
    expect(await lanes.claimProbe('never paused', 60_000)).toBe(false);
    expect((await lanes.find(['over'])).get('over')?.leftMs).toBeGreaterThan(50_000);
  });

  it('spend a budget to its end and not beyond, whoever asks at once, and none where one of two is used up', async () => {
    const lanes = open();
    const hour: Budget = { name: 'hour', requests: 5, windowMs: 3_600_000 };
    const day: Budget = { name: 'day', requests: 7, windowMs: 86_400_000 };
    const waits = await Promise.all(Array.from({ length: 9 }, () => lanes.spend([day, hour])));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    for (const wait of waits.filter((ms) => ms > 0)) {
      expect(wait).toBeGreaterThan(3_400_000);
      expect(wait).toBeLessThanOrEqual(3_600_000 + 120_000);
    }
    // The refused ones took nothing of the day.
    expect([await lanes.spend([day]), await lanes.spend([day])]).toEqual([0, 0]);
    expect(await lanes.spend([day])).toBeGreaterThan(0);
    expect(await lanes.spend([])).toBe(0);
  });
});

it('what one instance has learned another one knows, and an older slot of a budget is forgotten', async () => {
  const [one, other] = [postgresLanes(db, 'bing'), postgresLanes(db, 'bing')];
  await one.save(new Map([['1', config(60_000)]]));
  expect((await other.find(['1'])).size).toBe(1);
  const minute: Budget = { name: 'minute', requests: 2, windowMs: 60_000 };
  expect([await one.spend([minute]), await other.spend([minute])]).toEqual([0, 0]);
  expect(await one.spend([minute])).toBeGreaterThan(0);
  await sql`update sender_budget set slot = slot - 61 where platform = 'bing'`.execute(db);
  expect(await other.spend([minute])).toBe(0);
});

it('no window, wherever it begins, holds more requests than a budget allows, and all that it allows are had', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 300 }),
      async (requests, steps) => {
        let now = 0;
        const lanes = new MemoryLanes(() => now);
        const made: number[] = [];
        for (const step of steps) {
          now += step;
          const recent = made.filter((at) => at > now - 60_000 - 1_000).length;
          const wait = await lanes.spend([{ name: 'minute', requests, windowMs: 60_000 }]);
          if (wait === 0) made.push(now);
          else {
            expect(recent).toBeGreaterThanOrEqual(requests);
            now += wait;
            expect(await lanes.spend([{ name: 'minute', requests, windowMs: 60_000 }])).toBe(0);
            made.push(now);
          }
          expect(made.filter((at) => at > now - 60_000).length).toBeLessThanOrEqual(requests);
        }
      },
    ),
  );
});
