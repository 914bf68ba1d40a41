import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import type { Conversion } from '../conversion/index.ts';
import { connect, type Database } from '../db/index.ts';
import { postgresLedger } from '../ledger/index.ts';
import { buildConversion } from '../testing/index.ts';
import type { DayCount, ReadBack, Told } from './platform.ts';
import { readBackReport, readBackRequests } from './read-back.ts';

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
beforeEach(async () => {
  await sql`truncate read_back, delivery, delivery_attempt`.execute(db);
});

const platform = 'google';
const account = '3625606301';

/** Settles conversions as delivered by one request. */
async function deliver(reference: string, conversions: Conversion[], afterMs: number | null = 0): Promise<void> {
  const ledger = postgresLedger(db, platform, 60, { afterMs });
  await ledger.claim(conversions);
  const outcome = { kind: 'delivered', reference } as const;
  await ledger.settle(
    conversions.map((conversion) => ({ conversion, attempt: 1, outcome, audit: null })),
    () => [],
  );
  // Milliseconds are rounded, up as well.
  if (afterMs === 0) await sql`update read_back set check_at = now() - interval '1 second'`.execute(db);
}

const of = (action: string, day: string): Conversion => buildConversion({ action, occurredAt: `${day}T10:00:00.000Z` });
const count = (action: string, day: string, counted: number, reasons: DayCount['reasons'] = []): DayCount => ({
  ...{ action, day, counted, reasons },
});
const byRequest = (told: Told): Extract<ReadBack, { kind: 'by-request' }> => ({
  ...{ kind: 'by-request', firstAfterMs: 0, fetchStatus: async () => told },
});
const rows = async () =>
  (
    await sql<Record<string, unknown>>`
      select source, action, day::text, accepted, counted, reasons, check_at is null as done, checks, problem,
             round(extract(epoch from check_at - checked_at) / 60)::int as again_minutes
      from read_back order by source, action, day`.execute(db)
  ).rows;

describe('what a platform counted', () => {
  it('is asked about for each request, action and day, and kept', async () => {
    await deliver('request 1', [of('1', '2026-11-18'), of('1', '2026-11-18'), of('1', '2026-11-19'), of('2', '2026-11-19')]);
    expect(await rows()).toEqual([
      expect.objectContaining({ source: 'request 1', action: '1', day: '2026-11-18', accepted: 2, counted: null, done: false }),
      expect.objectContaining({ action: '1', day: '2026-11-19', accepted: 1 }),
      expect.objectContaining({ action: '2', day: '2026-11-19', accepted: 1 }),
    ]);
    const reasons = [{ code: 'DENIED', reason: 'consent is denied', count: 1 }];
    const told: Told = { kind: 'told', counts: [count('1', '2026-11-18', 1, reasons), count('1', '2026-11-19', 1)] };
    expect(await readBackRequests(db, platform, byRequest(told))).toEqual({ asked: 1, problems: [] });
    expect(await rows()).toEqual([
      expect.objectContaining({ counted: 1, reasons, done: true, checks: 1 }),
      expect.objectContaining({ counted: 1, reasons: [], done: true }),
      // The platform does not name it, so that it counted none of it.
      expect.objectContaining({ action: '2', counted: 0, reasons: [], done: true }),
    ]);
    expect(await readBackRequests(db, platform, byRequest(told))).toEqual({ asked: 0, problems: [] });
  });

  it('is asked about no sooner than the platform can tell', async () => {
    await deliver('request 1', [of('1', '2026-11-18')], 1_800_000);
    expect(await readBackRequests(db, platform, byRequest({ kind: 'pending' }))).toEqual({ asked: 0, problems: [] });
  });

  it('is asked about again, with growing pauses, and in the end somebody is told', async () => {
    await deliver('request 1', [of('1', '2026-11-18')]);
    const pauses: unknown[] = [];
    for (let check = 1; check < 12; check++) {
      const unknown: Told = { kind: 'unknown', problem: 'HTTP_500' };
      expect(await readBackRequests(db, platform, byRequest(check % 2 === 0 ? unknown : { kind: 'pending' }))).toEqual({
        asked: 1,
        problems: [],
      });
      pauses.push((await rows())[0]?.again_minutes);
      await sql`update read_back set check_at = now() - interval '1 second'`.execute(db);
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1_440, 1_440, 1_440, 1_440, 1_440]);
    const last = await readBackRequests(db, platform, byRequest({ kind: 'unknown', problem: 'Google does not know the request' }));
    expect(last).toEqual({ asked: 1, problems: [{ account, source: 'request 1', problem: 'Google does not know the request' }] });
    expect(await rows()).toEqual([
      expect.objectContaining({ counted: null, done: true, checks: 12, problem: 'Google does not know the request' }),
    ]);
  });

  it('is known at once where the answer to the upload tells', async () => {
    await deliver('trace 1', [of('1', '2026-11-18'), of('1', '2026-11-18')], null);
    expect(await rows()).toEqual([expect.objectContaining({ source: 'trace 1', accepted: 2, counted: 2, done: true })]);
  });

  it('is read from a report by day, which later says more', async () => {
    let counts = [count('Paid', '2026-11-18', 5), count('Paid', '2026-11-19', 0)];
    const asked: string[] = [];
    const byDay: Extract<ReadBack, { kind: 'by-day' }> = {
      ...{ kind: 'by-day', everyMs: 0, days: 3, accounts: [account] },
      fetchReport: async (_account, from, to) => {
        asked.push(`${from} to ${to}`);
        return { kind: 'told', counts };
      },
    };
    const now = new Date('2026-11-20T00:30:00.000Z');
    expect(await readBackReport(db, platform, byDay, account, now)).toBeNull();
    counts = [
      count('Paid', '2026-11-18', 6, [{ code: 'NoMatchingClickFound', reason: 'no click', count: 1 }]),
      count('Paid', '2026-11-19', 2),
    ];
    expect(await readBackReport(db, platform, byDay, account, now)).toBeNull();
    expect(asked).toEqual(['2026-11-18 to 2026-11-20', '2026-11-18 to 2026-11-20']);
    expect((await rows()).map(({ day, counted, accepted, checks }) => [day, counted, accepted, checks])).toEqual([
      ['2026-11-18', 6, null, 2],
      ['2026-11-19', 2, null, 2],
    ]);
    const unread = { ...byDay, fetchReport: async (): Promise<Told> => ({ kind: 'unknown', problem: 'HTTP_500' }) };
    expect(await readBackReport(db, platform, unread, account, now)).toEqual({ account, source: 'report', problem: 'HTTP_500' });
  });
});
