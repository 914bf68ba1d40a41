import { describe, expect, it } from '@jest/globals';
import { type Cause, type Change, describeMoves, type Told, toChangeRows } from './describe-change.ts';

const told = (more: Partial<Told> = {}): Told => ({
  ...{ sessionId: 's1', at: '2026-11-05T12:00:00.000Z', channel: 'direct', campaign: null, touches: 1 },
  ...more,
});
const earlier = told({ sessionId: 's0', at: '2026-11-01T12:00:00.000Z', channel: 'cpc-google', campaign: 'brand', touches: 2 });

describe('what changed', () => {
  it.each<[string, Change['before'], Change['after'], string]>([
    ['is a touch where there was none', { first: null }, { first: told() }, 'first: none → direct of 2026-11-05 12:00 UTC, of 1 touch'],
    [
      'is another touch',
      { first: told() },
      { first: earlier },
      'first: direct of 2026-11-05 12:00 UTC, of 1 touch → cpc-google “brand” of 2026-11-01 12:00 UTC, of 2 touches',
    ],
    ['is none where there was a touch', { last: told() }, { last: null }, 'last: direct of 2026-11-05 12:00 UTC, of 1 touch → none'],
    [
      'may be the number of touches alone',
      { last: told() },
      { last: told({ touches: 2 }) },
      'last: still direct, of 1 touch → of 2 touches',
    ],
    [
      'is told once for those that it is alike for, in their order',
      { last: null, 'first of 28 days': earlier, first: null },
      { last: told(), 'first of 28 days': null, first: told() },
      'first, last: none → direct of 2026-11-05 12:00 UTC, of 1 touch; first of 28 days: cpc-google “brand” of 2026-11-01 12:00 UTC, of 2 touches → none',
    ],
  ])('%s', (_sentence, before, after, expected) => {
    expect(describeMoves({ before, after })).toBe(expected);
  });

  it('that a visit got another channel is a change of the touch, though the session is the same', () => {
    expect(describeMoves({ before: { first: told() }, after: { first: told({ channel: 'email' }) } })).toContain('→ email of');
  });
});

describe('a change', () => {
  const touch = (n: number) => ({ sessionId: `s${n}`, at: '2026-11-01T12:00:00.000Z', channel: 'direct' });
  const cause = (more: Partial<Cause> = {}): Cause => ({
    ...{ added: [touch(0)], removed: [], events: [{ source: 'crm', id: 'e1' }], via: 'client c > company 42' },
    ...more,
  });
  const rowsOf = (causes: Cause[]) =>
    toChangeRows({ changedAt: new Date('2026-11-20T10:00:00Z'), version: 9, before: { first: null }, after: { first: told() }, causes });

  it('is told with its event, its way and the touches that came', () => {
    expect(rowsOf([cause()])).toEqual([
      {
        changed: '2026-11-20 10:00 UTC',
        computation: '9',
        'what changed': 'first: none → direct of 2026-11-05 12:00 UTC, of 1 touch',
        'said by': 'crm e1',
        'by way of': 'client c > company 42',
        came: 'direct of 2026-11-01 12:00 UTC (session s0)',
        went: '',
      },
    ]);
  });

  it('is told once, however many causes it has', () => {
    const rows = rowsOf([cause(), cause({ added: [], removed: [touch(1)], events: [{ source: 'crm, taken back', id: 'e2' }], via: null })]);
    expect(rows.map((row) => [row.changed, row['said by'], row['by way of'], row.went])).toEqual([
      ['2026-11-20 10:00 UTC', 'crm e1', 'client c > company 42', ''],
      ['', 'crm, taken back e2', 'the event itself', 'direct of 2026-11-01 12:00 UTC (session s1)'],
    ]);
  });

  it('without a cause says what that means', () => {
    expect(rowsOf([])).toEqual([
      expect.objectContaining({ changed: '2026-11-20 10:00 UTC', 'said by': expect.stringContaining('told anew') }),
    ]);
  });

  it('names an event once that made several links of a way, and says so where none of the way’s links did', () => {
    const twice = { source: 'lead', id: 'e1' };
    expect(rowsOf([cause({ events: [twice, twice] })])[0]?.['said by']).toBe('lead e1');
    expect(rowsOf([cause({ events: [], added: [], removed: [touch(1)] })])[0]?.['said by']).toContain('another way became the better one');
  });

  it('of very many causes, touches and events counts what it does not name', () => {
    const many = Array.from({ length: 7 }, (_, n) => touch(n));
    const rows = rowsOf(
      Array.from({ length: 12 }, () => cause({ added: many, events: many.map(({ sessionId: id }) => ({ source: 'session', id })) })),
    );
    expect(rows).toHaveLength(11);
    expect(rows[0]?.came).toMatch(/\(session s4\), and 2 more$/);
    expect(rows[0]?.['said by']).toMatch(/session s4, and 2 more$/);
    expect(rows[10]?.['said by']).toBe('and 2 more causes');
  });

  it('has the same columns in every row', () => {
    const columns = rowsOf(Array.from({ length: 12 }, () => cause())).map((row) => Object.keys(row).join());
    expect(new Set([...columns, ...rowsOf([]).map((row) => Object.keys(row).join())]).size).toBe(1);
  });
});
