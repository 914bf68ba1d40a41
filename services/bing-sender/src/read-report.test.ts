import { describe, expect, it } from '@jest/globals';
import type { Goal } from './goals.ts';
import { askReport, readReport } from './read-report.ts';

const goal = (id: string, name: string): Goal => ({ id, name, isActive: true, windowDays: 30, takesHashes: true });
const goals = [goal('11', 'Paid'), goal('12', 'Lead')];
const summary = (GoalId: string, ...DailySummaries: object[]) => ({ GoalId, ConversionName: 'whatever', DailySummaries });
const day = (UploadDate: string, SuccessCount: number, UnattributedCount = 0, Alerts: object[] = []) => ({
  ...{ GoalId: '11', UploadDate, SuccessCount, UnattributedCount, Alerts },
});
const told = (...OfflineGoalConversionSummaries: object[]) => {
  const read = readReport({ OfflineGoalConversionSummaries }, goals, '2026-11-18', '2026-11-19');
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
    ['passes over days that were not asked for', [summary('11', day('2026-11-17', 3))], []],
    ['passes over goals that are not known', [summary('99', day('2026-11-18', 3))], []],
  ])('%s', (_sentence, summaries, expected) => {
    expect(told(...summaries)).toEqual(expected);
  });

  it('counts nothing on days and for goals of which it tells nothing', () => {
    const read = readReport({ OfflineGoalConversionSummaries: null }, goals, '2026-11-18', '2026-11-19');
    expect(read).toEqual({
      kind: 'told',
      counts: ['Paid', 'Lead'].flatMap((action) =>
        ['2026-11-18', '2026-11-19'].map((on) => ({ action, day: on, counted: 0, reasons: [] })),
      ),
    });
  });

  it.each([[{ OfflineGoalConversionSummaries: 'none' }], [null], ['<html>']])('in another form is unknown', (body) => {
    expect(readReport(body, goals, '2026-11-18', '2026-11-19').kind).toBe('unknown');
  });

  it('is asked for from the first second of the first day to the last of the last', () => {
    expect(askReport(goals, '2026-11-18', '2026-11-19')).toEqual({
      ...{ StartDateUtc: '2026-11-18T00:00:00Z', EndDateUtc: '2026-11-19T23:59:59Z' },
      ...{ GoalIds: ['11', '12'], UploadChannelFilter: 'CampaignManagementAPI' },
    });
  });
});
