import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Goal } from './goals.ts';
import { askReport, readReport, toSpans } from './read-report.ts';

const goal = (id: string, name: string): Goal => ({ id, name, isActive: true, windowDays: 30, takesHashes: true });
const goals = [goal('11', 'Paid'), goal('12', 'Lead')];
const span = { goals, from: '2026-11-18', to: '2026-11-19' };
const summary = (GoalId: string, ...DailySummaries: object[]) => ({ GoalId, ConversionName: 'whatever', DailySummaries });
const day = (UploadDate: string, SuccessCount: number, UnattributedCount = 0, Alerts: object[] = []) => ({
  ...{ GoalId: '11', UploadDate, SuccessCount, UnattributedCount, Alerts },
});
const told = (...OfflineGoalConversionSummaries: object[]) => {
  const read = readReport({ OfflineGoalConversionSummaries }, span);
  if (read.kind !== 'told') return read.kind;
  return read.counts
    .filter(({ counted, reasons }) => counted > 0 || reasons.length > 0)
    .map(({ action, day: on, counted, reasons }) =>
      [action, on, counted, ...reasons.map(({ code, count }) => `${count} ${code}`)].join(' '),
    );
};

describe('a report of goals', () => {
  it.each<[string, object[], string[]]>([
    [
      'tells of each goal and day',
      [summary('11', day('2026-11-18T00:00:00Z', 3), day('2026-11-19', 1))],
      ['Paid 2026-11-18 3', 'Paid 2026-11-19 1'],
    ],
    [
      'tells what was not attributed, and why',
      [summary('12', day('2026-11-18', 3, 2, [{ UnattributedReason: 'NoMatchingClickFound', Count: '2' }]))],
      ['Lead 2026-11-18 3 2 NoMatchingClickFound'],
    ],
    ['tells what was not attributed, and not why', [summary('12', day('2026-11-18', 3, 2))], ['Lead 2026-11-18 3 2 UNATTRIBUTED']],
    [
      'adds up what it tells of a day in parts',
      [
        summary('11', day('2026-11-18T00:00:00Z', 3, 1, [{ UnattributedReason: 'MalformedData', Count: 1 }])),
        summary('11', day('2026-11-18T12:00:00Z', 1, 2, [{ UnattributedReason: 'MalformedData', Count: 2 }])),
      ],
      ['Paid 2026-11-18 4 3 MalformedData'],
    ],
    ['passes over days that were not asked for', [summary('11', day('2026-11-17', 3))], []],
    ['passes over goals that are not known', [summary('99', day('2026-11-18', 3))], []],
  ])('%s', (_sentence, summaries, expected) => {
    expect(told(...summaries)).toEqual(expected);
  });

  it('counts nothing on days and for goals of which it tells nothing', () => {
    const read = readReport({ OfflineGoalConversionSummaries: null }, span);
    expect(read).toEqual({
      ...{ kind: 'told', failed: [] },
      counts: ['Paid', 'Lead'].flatMap((action) =>
        ['2026-11-18', '2026-11-19'].map((on) => ({ action, day: on, counted: 0, reasons: [] })),
      ),
    });
  });

  it.each([[{ OfflineGoalConversionSummaries: 'none' }], [null], ['<html>']])('in another form is unknown', (body) => {
    expect(readReport(body, span).kind).toBe('unknown');
  });

  it('is asked for from the first second of the first day to the last of the last', () => {
    expect(askReport(span)).toEqual({
      ...{ StartDateUtc: '2026-11-18T00:00:00Z', EndDateUtc: '2026-11-19T23:59:59Z' },
      ...{ GoalIds: ['11', '12'], UploadChannelFilter: 'CampaignManagementAPI' },
    });
  });

  it('says nothing of a goal that Microsoft could not tell of, and which one that is', () => {
    const read = readReport(
      { OfflineGoalConversionSummaries: [], PartialErrors: [null, { Code: 0, ErrorCode: 'InternalError', Index: 1 }] },
      span,
    );
    expect(read).toMatchObject({ kind: 'told', failed: [{ goal: 'Lead', code: 'InternalError' }] });
    expect(read.kind === 'told' && [...new Set(read.counts.map(({ action }) => action))]).toEqual(['Paid']);
  });

  it.each([[{ Code: 0 }], [{ Code: 0, Index: 2 }]])('says nothing at all where an error names no goal: %j', (error) => {
    expect(readReport({ PartialErrors: [error] }, span).kind).toBe('unknown');
  });

  it('explains every reason that Microsoft lists', () => {
    const listed = [
      ...[
        'Unknown',
        'AdjustmentOriginalNotFound',
        'ConversionAlreadyRetracted',
        'DuplicateConversionKey',
        'ConversionTimeExceedsMaxLookback',
      ],
      ...[
        'ConversionTimeInFuture',
        'GoalNotFoundOrInactive',
        'ClickTimestampAfterConversion',
        'NoMatchingClickFound',
        'MissingMatchIdentifiers',
      ],
      ...['OutsideGoalLookbackWindow', 'AccountMismatch', 'MalformedData', 'HistoricalClickDataExpired'],
    ];
    const alerts = [...listed, 'Novelty'].map((UnattributedReason) => ({ UnattributedReason, Count: 1 }));
    const read = readReport({ OfflineGoalConversionSummaries: [summary('11', day('2026-11-18', 0, 15, alerts))] }, span);
    const reasons = read.kind === 'told' ? (read.counts[0]?.reasons ?? []) : [];
    expect(reasons.filter(({ reason }) => !/^[^;]{10,}; [^;]{10,}$/.test(reason))).toEqual([]);
    expect(reasons.filter(({ reason }) => reason.includes('does not know')).map(({ code }) => code)).toEqual(['Novelty']);
  });

  it('is asked for in spans of at most seven days and a hundred goals, each goal and day in one', () => {
    const from = Date.parse('2026-11-01');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 250 }), fc.integer({ min: 1, max: 30 }), (goalCount, dayCount) => {
        const all = Array.from({ length: goalCount }, (_, n) => goal(`${n}`, `goal ${n}`));
        const to = new Date(from + (dayCount - 1) * 86_400_000).toISOString().slice(0, 10);
        const spans = toSpans(all, '2026-11-01', to);
        const days = (one: { from: string; to: string }) => (Date.parse(one.to) - Date.parse(one.from)) / 86_400_000 + 1;
        expect(spans.every((one) => days(one) <= 7 && one.goals.length <= 100)).toBe(true);
        const counts = spans.flatMap((one) => {
          const read = readReport({}, one);
          return read.kind === 'told' ? read.counts.map(({ action, day: on }) => `${action} ${on}`) : [];
        });
        expect(new Set(counts).size).toBe(counts.length);
        expect(counts).toHaveLength(goalCount * dayCount);
      }),
    );
  });
});
