import { describe, expect, it } from '@jest/globals';
import { buildReport, costPerOrder, type ReportRow, returnOnAdSpend, toCsv } from './report.ts';
import type { CostRow, CreditRow, SessionRow } from './rows.ts';
import { sessionOf } from './testing-tables.ts';

const day = '2026-11-01';
const credit = (conv_id: string, session_id: string, ihc: number, changes: Partial<CreditRow> = {}): CreditRow => ({
  ...{ conv_id, session_id, ihc, revenue: 100, channel_name: 'Paid', event_date: day, event_time: '09:00:00' },
  ...changes,
});
const session = (id: string, channel = 'Paid') => sessionOf(id, 'u1', `${day} 09:00:00`, channel) as SessionRow;
const report = (sources: { credits?: CreditRow[]; sessions?: SessionRow[]; costs?: CostRow[]; days?: string[] }): ReportRow[] =>
  buildReport({ days: [day], credits: [], sessions: [], costs: [], ...sources }, 2);
const row: ReportRow = { channel: 'Paid', day, costMicros: 2_500_000n, ihc: 0.5, revenueMinor: 5_000n };

describe('the report', () => {
  it('counts the cost of a session once, however many conversions it belongs to', () => {
    const credits = ['c1', 'c2', 'c3'].map((id) => credit(id, 's1', 1));
    expect(report({ credits, sessions: [session('s1')], costs: [{ session_id: 's1', cost: 1.25 }] })).toEqual([
      { channel: 'Paid', day, costMicros: 1_250_000n, ihc: 3, revenueMinor: 30_000n },
    ]);
  });

  it('counts the cost of sessions that led to no conversion', () => {
    const sessions = [session('s1'), session('s2'), session('s3', 'TV')];
    const costs = [
      { session_id: 's1', cost: '1' },
      { session_id: 's2', cost: 0.1 },
      { session_id: 's3', cost: 0.2 },
    ];
    expect(
      report({ credits: [credit('c1', 's1', 1)], sessions, costs }).map(({ channel, costMicros, ihc }) => [channel, costMicros, ihc]),
    ).toEqual([
      ['Paid', 1_100_000n, 1],
      ['TV', 200_000n, 0],
    ]);
  });

  it('stands under the day of the session, and splits revenue over sessions of other days as well', () => {
    const credits = [credit('c1', 's1', 0.25, { event_date: '2026-10-30' }), credit('c1', 's2', 0.75)];
    expect(report({ credits })).toEqual([{ channel: 'Paid', day, costMicros: 0n, ihc: 0.75, revenueMinor: 7_500n }]);
  });

  it('splits revenue to the cent, the odd one to the earliest session', () => {
    const credits = ['c', 'b', 'a'].map((id) => credit('c1', id, 1 / 3, { channel_name: id }));
    expect(report({ credits }).map(({ revenueMinor }) => revenueMinor)).toEqual([3_334n, 3_333n, 3_333n]);
  });

  it('says the same whatever the order of the credits', () => {
    const credits = [1, 2, 3, 4].flatMap((n) => [credit(`c${n}`, 's1', 0.1 * n), credit(`c${n}`, 's2', 1 - 0.1 * n)]);
    expect(report({ credits: credits.toReversed() })).toEqual(report({ credits }));
  });

  it.each([
    ['both are defined', {}, 5, 20],
    ['CPO is undefined without a conversion, not 0', { ihc: 0 }, null, 20],
    ['ROAS is undefined without a cost, not 0', { costMicros: 0n }, 0, null],
  ])('divides: %s', (_sentence, changes, cpo, roas) => {
    expect([costPerOrder({ ...row, ...changes }), returnOnAdSpend({ ...row, ...changes }, 2)]).toEqual([cpo, roas]);
  });

  it('is written as CSV with undefined ratios left empty', () => {
    expect(toCsv([row, { ...row, ihc: 0, revenueMinor: 0n }, { ...row, costMicros: 0n }], 2).split('\r\n')).toEqual([
      'channel_name,date,cost,ihc,ihc_revenue,CPO,ROAS',
      'Paid,2026-11-01,2.50,0.5,50.00,5,20',
      'Paid,2026-11-01,2.50,0,0.00,,0',
      'Paid,2026-11-01,0.00,0.5,50.00,0,',
      '',
    ]);
  });

  it.each([
    ['a comma', 'Search, paid', '"Search, paid"'],
    ['a quote', 'the "best"', '"the ""best"""'],
    ['a formula', '=1+1', "'=1+1"],
    ['a formula with a comma', '@SUM(A1,A2)', '"\'@SUM(A1,A2)"'],
  ])('is safe to open with a channel that has %s', (_sentence, channel, expected) => {
    expect(toCsv([{ ...row, channel }], 2).split('\r\n')[1]).toBe(`${expected},2026-11-01,2.50,0.5,50.00,5,20`);
  });

  it('writes a negative revenue as a number', () => {
    expect(toCsv([{ ...row, revenueMinor: -5_000n }], 2)).toContain(',-50.00,');
  });

  it('has a head and nothing else where there is nothing', () => {
    expect(toCsv(report({}), 2)).toBe('channel_name,date,cost,ihc,ihc_revenue,CPO,ROAS\r\n');
  });
});
