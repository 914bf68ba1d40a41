import { describe, expect, it } from '@jest/globals';
import { formatRefusal } from './format-run.ts';
import { conversionRows, costRows, creditRows, type RowKind, readRows, sessionRows } from './rows.ts';
import { conversionOf, sessionOf } from './testing-tables.ts';

const conversion = conversionOf('c1', 'u1', '2026-11-01 10:00:00');
const session = sessionOf('s1', 'u1', '2026-11-01 09:00:00');
const refusalsOf = (kind: unknown, ...rows: unknown[]): string[] => readRows(kind as RowKind<object>, rows).refused.map(formatRefusal);

describe('rows of the input', () => {
  it.each([
    ['a conversion', conversionRows, conversion],
    ['a refund', conversionRows, { ...conversion, revenue: -12.5 }],
    ['revenue as Postgres gives it', conversionRows, { ...conversion, revenue: '67.80' }],
    ['a session', sessionRows, session],
    ['a leap day', sessionRows, { ...session, event_date: '2028-02-29' }],
    ['a cost', costRows, { session_id: 's1', cost: 0.0123 }],
    ['no cost', costRows, { session_id: 's1', cost: null }],
  ])('are read: %s', (_sentence, kind, row) => {
    expect(readRows(kind as RowKind<object>, [row])).toEqual({ rows: [row], refused: [] });
  });

  it.each([
    ['no user', conversionRows, { ...conversion, user_id: null }, 'conversions c1: user_id null is missing; give every row its id'],
    ['an empty user', sessionRows, { ...session, user_id: ' ' }, 'session_sources s1: user_id " " is missing; give every row its id'],
    [
      'no id',
      conversionRows,
      { ...conversion, conv_id: null },
      'conversions row 1 as read: conv_id null is missing; give every row its id',
    ],
    [
      'a short day',
      conversionRows,
      { ...conversion, conv_date: '2026-9-1' },
      'conversions c1: conv_date "2026-9-1" is no day; write it as YYYY-MM-DD',
    ],
    [
      'a day that is none',
      sessionRows,
      { ...session, event_date: '2026-02-30' },
      'session_sources s1: event_date "2026-02-30" is no day; write it as YYYY-MM-DD',
    ],
    [
      'a time that is none',
      sessionRows,
      { ...session, event_time: '24:00:00' },
      'session_sources s1: event_time "24:00:00" is no time; write it as HH:MM:SS',
    ],
    [
      'revenue as words',
      conversionRows,
      { ...conversion, revenue: '1,50' },
      'conversions c1: revenue "1,50" is no amount; write a decimal number such as 12.34',
    ],
    [
      'no revenue',
      conversionRows,
      { ...conversion, revenue: null },
      'conversions c1: revenue null is no amount; write a decimal number such as 12.34',
    ],
    [
      'no channel',
      sessionRows,
      { ...session, channel_name: '' },
      'session_sources s1: channel_name "" is missing; name the channel the session came by',
    ],
    ['an odd engagement', sessionRows, { ...session, closer_engagement: 2 }, 'session_sources s1: closer_engagement 2 must be 0 or 1'],
    [
      'a negative cost',
      costRows,
      { session_id: 's1', cost: -1 },
      'session_costs s1: cost -1 is no cost; write a decimal number of 0 or more, or leave it null',
    ],
    [
      'a cost as a word',
      costRows,
      { session_id: 's1', cost: 'free' },
      'session_costs s1: cost "free" is no cost; write a decimal number of 0 or more, or leave it null',
    ],
  ])('are refused by table, row and column, with how to mend them: %s', (_sentence, kind, row, expected) => {
    expect(refusalsOf(kind, row)).toEqual([expected]);
  });

  it('name every column that is wrong', () => {
    expect(refusalsOf(conversionRows, { ...conversion, conv_time: 'noon', revenue: 'much' })).toHaveLength(2);
  });

  it('are read once where they appear twice, and the second is refused', () => {
    const { rows, refused } = readRows(sessionRows, [session, { ...session, channel_name: 'Paid' }, { ...session, session_id: 's2' }]);
    expect(rows.map(({ session_id, channel_name }) => [session_id, channel_name])).toEqual([
      ['s1', 'Organic'],
      ['s2', 'Organic'],
    ]);
    expect(refused.map(formatRefusal)).toEqual(['session_sources s1: session_id appears more than once; keep one row of it']);
  });

  it('are told apart by each column of their key, also where one holds a space', () => {
    const credit = { ihc: 0.5, revenue: 1, channel_name: 'Paid', event_date: '2026-11-01', event_time: '09:00:00' };
    const rows = [
      { ...credit, conv_id: 'a b', session_id: 'c' },
      { ...credit, conv_id: 'a', session_id: 'b c' },
    ];
    expect(readRows(creditRows, rows)).toEqual({ rows, refused: [] });
  });

  it('go on after one that is refused', () => {
    expect(
      readRows(conversionRows, [
        { ...conversion, revenue: null },
        { ...conversion, conv_id: 'c2' },
      ]).rows,
    ).toHaveLength(1);
  });
});
