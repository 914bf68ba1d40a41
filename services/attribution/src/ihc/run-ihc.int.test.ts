import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import fc from 'fast-check';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import { startIhcStandIn } from '../../stand-in/ihc.ts';
import { scoreByApi } from './api/score-by-api.ts';
import { formatRefusal } from './format-run.ts';
import { createIhcModel } from './model/ihc-model.ts';
import { type IhcOptions, type IhcRun, runIhc } from './run-ihc.ts';
import type { IhcStore } from './store/ihc-store.ts';
import { createPostgresStore } from './store/postgres-store.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import { conversionOf, sessionOf, type Tables, writePostgresTables, writeSqliteFile } from './testing-tables.ts';

const range = { from: '2026-11-01', to: '2026-11-07' };
const options: IhcOptions = { range, currency: 'USD', model: createIhcModel(), askApi: null };
const storeOptions = { conversionType: 'default', places: 2 };

/** Two users; the first converts twice, the second once; a third converts unseen. A fourth is seen, and never converts. */
const world: Tables = {
  conversions: [
    conversionOf('c1', 'u1', '2026-11-02 10:00:00', 100),
    conversionOf('c2', 'u1', '2026-11-05 10:00:00', 33.34),
    conversionOf('c3', 'u2', '2026-11-03 10:00:00', 0.01),
    conversionOf('c4', 'u3', '2026-11-04 10:00:00', 7.77),
    conversionOf('before', 'u2', '2026-10-31 23:59:59', 1_000),
    conversionOf('after', 'u2', '2026-11-08 00:00:00', 1_000),
  ],
  session_sources: [
    sessionOf('s1', 'u1', '2026-10-31 22:00:00', 'Paid'),
    sessionOf('s2', 'u1', '2026-11-01 23:00:00', 'Organic'),
    sessionOf('s3', 'u1', '2026-11-02 09:59:59', 'Direct'),
    sessionOf('same-second', 'u1', '2026-11-02 10:00:00', 'Late'),
    sessionOf('s4', 'u2', '2026-11-03 08:00:00', 'Paid'),
    sessionOf('s5', 'u2', '2026-11-03 09:00:00', 'Paid'),
    sessionOf('idle', 'u4', '2026-11-03 09:00:00', 'Paid'),
  ],
  session_costs: [
    { session_id: 's1', cost: 2.5 },
    { session_id: 's2', cost: null },
    { session_id: 's4', cost: 0.1 },
    { session_id: 's5', cost: 0.2 },
    { session_id: 'idle', cost: 4 },
  ],
};
const emptyWorld: Tables = { conversions: [], session_sources: [], session_costs: [] };

interface House {
  lay(tables: Tables): Promise<void>;
  open(): IhcStore;
  credits(): Promise<unknown[]>;
  report(): Promise<unknown[]>;
  execute(statement: string): Promise<void>;
}

let folder: string;
let database: { url: string; drop(): Promise<void> };
let db: Database;
const file = (): string => join(folder, 'journeys.db');

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, 4);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-ihc-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const allOfFile = async (query: string): Promise<unknown[]> => {
  const opened = new DatabaseSync(file());
  try {
    return opened
      .prepare(query)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    opened.close();
  }
};

const houses: Record<string, House> = {
  'a SQLite file': {
    lay: async (tables) => {
      rmSync(file(), { force: true });
      writeSqliteFile(file(), tables);
    },
    open: () => openSqliteStore({ ...storeOptions, file: file(), write: true }),
    credits: () => allOfFile('select conv_id, session_id, ihc from attribution_customer_journey order by 1, 2'),
    report: () => allOfFile('select channel_name, date, cost, ihc, ihc_revenue from channel_reporting order by 2, 1'),
    execute: async (statement) => void (await allOfFile(statement)),
  },
  Postgres: {
    lay: async (tables) => {
      await sql`truncate attribution_customer_journey, channel_reporting`.execute(db);
      await writePostgresTables(db, tables);
    },
    open: () => createPostgresStore(db, storeOptions),
    credits: async () =>
      (
        await sql`select conv_id, session_id, ihc from attribution_customer_journey order by conv_id collate "C", session_id collate "C"`.execute(
          db,
        )
      ).rows,
    report: async () =>
      (
        await sql`select channel_name, date::text, cost::double precision, ihc, ihc_revenue::double precision from channel_reporting
          order by date, channel_name collate "C"`.execute(db)
      ).rows,
    execute: async (statement) => void (await sql.raw(statement).execute(db)),
  },
};

describe.each(Object.entries(houses))('ihc on %s', (_name, house) => {
  const run = async (changes: Partial<IhcOptions> = {}): Promise<IhcRun> => {
    const store = house.open();
    try {
      return await runIhc(store, { ...options, ...changes });
    } finally {
      await store.close();
    }
  };
  const stored = async () => ({ credits: await house.credits(), report: await house.report() });

  it('credits each conversion of the range in full to the sessions before its second', async () => {
    await house.lay(world);
    const done = await run();
    expect([done.attributed, done.unattributed, done.unscored]).toEqual([
      { conversions: 3, revenueMinor: 13_335n },
      { conversions: 1, revenueMinor: 777n },
      { conversions: 0, revenueMinor: 0n },
    ]);
    const sums = new Map<string, number>();
    for (const { conv_id, session_id, ihc } of (await house.credits()) as { conv_id: string; session_id: string; ihc: number }[]) {
      sums.set(conv_id, (sums.get(conv_id) ?? 0) + ihc);
      if (conv_id === 'c1') expect(session_id).not.toBe('same-second');
    }
    expect([...sums.keys()]).toEqual(['c1', 'c2', 'c3']);
    for (const sum of sums.values()) expect(Math.abs(sum - 1)).toBeLessThan(1e-9);
  });

  it('reports the cost of every session once, revenue to the cent, under the day of the session', async () => {
    await house.lay(world);
    await run();
    const rows = (await house.report()) as { channel_name: string; date: string; cost: number; ihc: number; ihc_revenue: number }[];
    expect(rows.filter(({ cost }) => cost !== 0).map(({ channel_name, date, cost }) => [channel_name, date, cost])).toEqual([
      ['Paid', '2026-10-31', 2.5],
      ['Paid', '2026-11-03', 4.3],
    ]);
    expect(rows.reduce((sum, { ihc_revenue }) => sum + Math.round(ihc_revenue * 100), 0)).toBe(13_335);
    expect(rows.reduce((sum, { ihc }) => sum + ihc, 0)).toBeCloseTo(3, 9);
  });

  it('writes the same rows a second time', async () => {
    await house.lay(world);
    await run();
    const first = await stored();
    await run();
    expect(await stored()).toEqual(first);
    expect(first.credits.length).toBeGreaterThan(5);
  });

  it('replaces what a run that broke off, or an older one, has left', async () => {
    await house.lay(world);
    await run();
    const whole = await stored();
    await house.execute("delete from attribution_customer_journey where session_id = 's2'");
    await house.execute("insert into attribution_customer_journey (conv_id, session_id, ihc) values ('c4', 's5', 1), ('c3', 's1', 0.5)");
    await house.execute('delete from channel_reporting');
    await run();
    expect(await stored()).toEqual(whole);
  });

  it('forgets the credits of sessions that are there no more, and the report of their days', async () => {
    await house.lay(world);
    await run();
    await house.execute("delete from session_sources where session_id = 's4'");
    await house.execute("delete from session_costs where session_id = 's4'");
    await run();
    const later = await stored();
    await house.lay({
      ...world,
      session_sources: world.session_sources.filter(({ session_id }) => session_id !== 's4'),
      session_costs: world.session_costs.filter(({ session_id }) => session_id !== 's4'),
    });
    await run();
    expect(later).toEqual(await stored());
  });

  it('takes back what it reported on a day before the range that is no longer credited', async () => {
    await house.lay(world);
    await run();
    await house.execute("update session_sources set user_id = 'u9' where session_id = 's1'");
    await run();
    expect((await house.report())[0]).toEqual({ channel_name: 'Paid', date: '2026-10-31', cost: 2.5, ihc: 0, ihc_revenue: 0 });
  });

  it('writes nothing where it ends between the credits and the report, and the next run ends as one that was whole', async () => {
    await house.lay(world);
    await run({ range: { from: '2026-11-02', to: '2026-11-02' } });
    const before = await stored();
    const store = house.open();
    const breaking: IhcStore = {
      ...store,
      transaction: (work) =>
        store.transaction((tx) => work({ ...tx, replaceReport: () => Promise.reject(new Error('killed between two writes')) })),
    };
    await expect(runIhc(breaking, options)).rejects.toThrow('killed between two writes');
    await store.close();
    expect(await stored()).toEqual(before);
    await run();
    const repeated = await stored();
    await house.lay(world);
    await run();
    expect(repeated).toEqual(await stored());
  });

  it('ends in the same rows by one range, by days, and by days backwards', async () => {
    const days = Array.from({ length: 7 }, (_, index) => `2026-11-0${index + 1}`);
    const ends = [];
    for (const order of [[range], days.map((day) => ({ from: day, to: day })), days.toReversed().map((day) => ({ from: day, to: day }))]) {
      await house.lay(world);
      for (const part of order) await run({ range: part });
      ends.push(await stored());
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });

  it('does with nothing', async () => {
    await house.lay(emptyWorld);
    const done = await run();
    expect(done).toMatchObject({ conversionsRead: 0, sessionsRead: 0, report: [], refused: [] });
    expect(await stored()).toEqual({ credits: [], report: [] });
  });

  it('takes a conversion from midnight of the first day on until midnight after the last', async () => {
    const instants = ['2026-10-31 23:59:59', '2026-11-01 00:00:00', '2026-11-07 23:59:59', '2026-11-08 00:00:00'];
    await house.lay({
      ...world,
      conversions: instants.map((at) => conversionOf(at, 'u1', at, 1)),
      session_sources: [sessionOf('s1', 'u1', '2026-10-31 23:59:58')],
    });
    await run();
    const credited = (await house.credits()) as { conv_id: string }[];
    expect(credited.map(({ conv_id }) => conv_id)).toEqual(instants.slice(1, 3));
  });

  it('reports what days without a conversion have cost', async () => {
    await house.lay({ ...world, conversions: [] });
    expect((await run()).report).toEqual([{ channel: 'Paid', day: '2026-11-03', costMicros: 4_300_000n, ihc: 0, revenueMinor: 0n }]);
  });

  it('credits conversions of the asked type only', async () => {
    await house.lay({
      ...world,
      conversions: world.conversions.map((row, index) => ({ ...row, conv_type_id: index === 0 ? 'other' : 'default' })),
    });
    expect((await run()).attributed.conversions).toBe(2);
  });

  it('names a cost whose session is unknown', async () => {
    await house.lay({ ...world, session_costs: [...world.session_costs, { session_id: 'ghost', cost: 1 }] });
    expect((await run()).refused.map(formatRefusal)).toEqual([
      'session_costs ghost: session_id has no usable row in session_sources; add or mend it',
    ]);
  });

  it('keeps all conversions, credit, revenue and cost of any tables', async () => {
    const at = fc.record({
      user: fc.integer({ min: 0, max: 3 }),
      day: fc.integer({ min: 1, max: 7 }),
      hour: fc.integer({ min: 10, max: 23 }),
    });
    const anyTables = fc.record({
      orders: fc.array(fc.tuple(at, fc.integer({ min: -500, max: 100_000 })), { maxLength: 12 }),
      visits: fc.array(fc.tuple(at, fc.constantFrom('Paid', 'Direct', 'Email'), fc.integer({ min: 0, max: 900 })), { maxLength: 20 }),
    });
    const instant = ({ day, hour }: { day: number; hour: number }): string => `2026-11-0${day} ${hour}:00:00`;
    await fc.assert(
      fc.asyncProperty(anyTables, async ({ orders, visits }) => {
        await house.lay({
          conversions: orders.map(([when, cents], index) => conversionOf(`c${index}`, `u${when.user}`, instant(when), cents / 100)),
          session_sources: visits.map(([when, channel], index) => sessionOf(`s${index}`, `u${when.user}`, instant(when), channel)),
          session_costs: visits.map(([, , cents], index) => ({ session_id: `s${index}`, cost: cents / 100 })),
        });
        const { attributed, unattributed, report, refused } = await run();
        expect(refused).toEqual([]);
        expect(attributed.conversions + unattributed.conversions).toBe(orders.length);
        expect(Number(attributed.revenueMinor + unattributed.revenueMinor)).toBe(orders.reduce((sum, [, cents]) => sum + cents, 0));
        expect(report.reduce((sum, { revenueMinor }) => sum + revenueMinor, 0n)).toBe(attributed.revenueMinor);
        expect(report.reduce((sum, { ihc }) => sum + ihc, 0)).toBeCloseTo(attributed.conversions, 9);
        const spent = new Map<string, number>();
        for (const [{ day }, channel, cents] of visits) {
          if (cents > 0) spent.set(`2026-11-0${day} ${channel}`, (spent.get(`2026-11-0${day} ${channel}`) ?? 0) + cents);
        }
        const stored = (await house.report()) as { channel_name: string; date: string; cost: number }[];
        const costs = stored.filter(({ cost }) => cost !== 0);
        expect(new Map(costs.map(({ channel_name, date, cost }) => [`${date} ${channel_name}`, Math.round(cost * 100)]))).toEqual(spent);
      }),
      { numRuns: 25 },
    );
  });

  it('by the API, writes the same rows one journey a call, a hundred a call, and with 200 sessions a call', async () => {
    // 150 conversions with 1 to 12 sessions: more than one call by either limit.
    const lengths = Array.from({ length: 150 }, (_, index) => 1 + ((index * 7) % 12));
    const at = (user: number, place: number): string => {
      return new Date(Date.UTC(2026, 10, 1, place * (3 + (user % 20)), user % 60)).toISOString().slice(0, 19).replace('T', ' ');
    };
    await house.lay({
      conversions: lengths.map((_, user) => conversionOf(`c${user}`, `u${user}`, '2026-11-07 23:00:00', 10 + user)),
      session_sources: lengths.flatMap((length, user) =>
        Array.from({ length }, (_, place) => ({
          ...sessionOf(`s${user}.${place}`, `u${user}`, at(user, place), ['Paid', 'Direct', 'Email'][(user + place) % 3]),
          closer_engagement: (user + place) % 4 === 0 ? 1 : 0,
        })),
      ),
      session_costs: [],
    });
    const rows = [];
    for (const limits of [
      { journeys: 1, sessions: 200 },
      { journeys: 100, sessions: 3_000 },
      { journeys: 100, sessions: 200 },
    ]) {
      const api = await startIhcStandIn({ port: 0, limits });
      const endpoint = { url: `${api.url}/v1/compute_ihc`, apiKey: 'k', conversionType: 'x', timeoutMs: 20_000 };
      const calls = { parallelCalls: 4, callsPerSecond: 1_000, attempts: 2, pauseMs: () => 0, say: () => undefined };
      try {
        const done = await run({ askApi: (journeys) => scoreByApi(journeys, { ...calls, endpoint, limits }) });
        expect([done.attributed.conversions, done.unscored.conversions]).toEqual([150, 0]);
        rows.push({ calls: api.calls.length, ...(await stored()) });
      } finally {
        await api.stop();
      }
    }
    const [alone, together, narrow] = rows;
    expect([alone!.calls, together!.calls, narrow!.calls]).toEqual([150, 2, 5]);
    expect([together!.credits, together!.report]).toEqual([alone!.credits, alone!.report]);
    expect([narrow!.credits, narrow!.report]).toEqual([alone!.credits, alone!.report]);
  });

  it('by the API, writes its credits, tells how far the model differs, and keeps what was stored of a conversion it left out', async () => {
    const api = await startIhcStandIn({ port: 0 });
    const endpoint = { url: `${api.url}/v1/compute_ihc`, apiKey: 'k', conversionType: 'x', timeoutMs: 20_000 };
    const calls = { parallelCalls: 2, callsPerSecond: 1_000, attempts: 2, pauseMs: () => 0, say: () => undefined };
    const askApi: IhcOptions['askApi'] = (journeys) =>
      scoreByApi(journeys, { ...calls, endpoint, limits: { journeys: 100, sessions: 200 } });
    try {
      await house.lay(world);
      await run();
      const local = await stored();
      api.forget('c3', 2);
      const done = await run({ askApi });
      expect(done.unscored).toEqual({ conversions: 1, revenueMinor: 1n });
      expect(done.comparison?.largestDifference).toBeGreaterThan(0);
      expect(done.comparison?.largestDifference).toBeLessThan(0.001);
      const ofC3 = ({ conv_id }: { conv_id: string }): boolean => conv_id === 'c3';
      expect(((await house.credits()) as { conv_id: string }[]).filter(ofC3)).toEqual(
        (local.credits as { conv_id: string }[]).filter(ofC3),
      );
      expect((await run({ askApi })).unscored.conversions).toBe(0);
    } finally {
      await api.stop();
    }
  });
});

describe('a SQLite file', () => {
  const spoiled: Tables = {
    conversions: [
      ...world.conversions,
      conversionOf('c1', 'u1', '2026-11-02 10:00:00', 100),
      conversionOf('bad-day', 'u1', '2.11.2026 10:00:00'),
      conversionOf('bad-revenue', 'u1', '2026-11-02 10:00:00', 'a lot'),
    ],
    session_sources: [
      ...world.session_sources,
      sessionOf('s1', 'u1', '2026-10-31 22:00:00', 'Paid'),
      { ...sessionOf('nobody', '', '2026-11-01 10:00:00') },
      { ...sessionOf('odd', 'u1', '2026-11-01 10:00:00'), holder_engagement: 'yes' },
    ],
    session_costs: [...world.session_costs, { session_id: 's1', cost: 2.5 }, { session_id: 's3', cost: 'free' }],
  };

  it('without constraints: each row that cannot be used is named, and the rest counts as if it were not there', async () => {
    const house = houses['a SQLite file']!;
    const runOn = async (tables: Tables): Promise<IhcRun> => {
      await house.lay(tables);
      const store = house.open();
      const done = await runIhc(store, options);
      await store.close();
      return done;
    };
    const clean = await runOn(world);
    const done = await runOn(spoiled);
    expect(done.refused.map(({ table, row, column }) => `${table} ${row} ${column}`).sort()).toEqual([
      'conversions bad-day conv_date',
      'conversions bad-revenue revenue',
      'conversions c1 conv_id',
      'session_costs s1 session_id',
      'session_costs s3 cost',
      'session_sources nobody user_id',
      'session_sources odd holder_engagement',
      'session_sources s1 session_id',
    ]);
    expect([done.report, done.attributed]).toEqual([clean.report, clean.attributed]);
  });

  it('that is only read stays as it is, and the report is as if it had been written', async () => {
    await houses['a SQLite file']!.lay(world);
    const readOnly = openSqliteStore({ ...storeOptions, file: file(), write: false });
    const { report } = await runIhc(readOnly, options);
    await readOnly.close();
    expect(await allOfFile("select name from sqlite_master where name in ('attribution_customer_journey', 'channel_reporting')")).toEqual(
      [],
    );
    const writing = openSqliteStore({ ...storeOptions, file: file(), write: true });
    expect((await runIhc(writing, options)).report).toEqual(report);
    await writing.close();
  });

  it('says which table or column it misses', async () => {
    await houses['a SQLite file']!.lay(world);
    await allOfFile('alter table session_sources drop column channel_name');
    expect(() => openSqliteStore({ ...storeOptions, file: file(), write: false })).toThrow(
      /channel_name.*must have a table session_sources/,
    );
    expect(() => openSqliteStore({ ...storeOptions, file: join(folder, 'none.db'), write: false })).toThrow('there is no such file');
  });
});

const recorded = join(import.meta.dirname, '../../../../../shared/data/journeys.db');

(existsSync(recorded) ? describe : describe.skip)('recorded journeys', () => {
  it('keep every conversion, and revenue to the cent', async () => {
    const store = openSqliteStore({ ...storeOptions, file: recorded, write: false });
    const done = await runIhc(store, { ...options, range: { from: '2023-09-01', to: '2023-09-07' } });
    await store.close();
    expect(done).toMatchObject({
      conversionsRead: 1_946,
      attributed: { conversions: 1_940, revenueMinor: 11_172_166n },
      unattributed: { conversions: 6, revenueMinor: 34_041n },
      refused: [],
    });
    expect(done.report.reduce((sum, { revenueMinor }) => sum + revenueMinor, 0n)).toBe(11_172_166n);
    expect(done.report.reduce((sum, { ihc }) => sum + ihc, 0)).toBeCloseTo(1_940, 6);
  });
});
