import { describe, expect, it } from '@jest/globals';
import {
  type Backlog,
  decideBacklog,
  decideOldScores,
  decidePausedLanes,
  decideRecalculations,
  decideStuck,
  type PausedLane,
  type RecalculationBacklog,
} from './decide-findings.ts';
import type { Finding } from './finding.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const names = (findings: Finding[]): string[] => findings.map(({ name, subject }) => `${name} ${subject}`);

describe('scores', () => {
  it.each<[string, number, string[]]>([
    ['of yesterday are fresh', 25 * 60, []],
    ['older than is allowed are told of, whether or not sync succeeds', 26 * 60 + 1, ['scores-old contact_cp_score']],
  ])('%s', (_sentence, minutes, expected) => {
    expect(names(decideOldScores([{ table: 'contact_cp_score', scoredAt: ago(minutes) }], now, 26))).toEqual(expected);
  });
});

describe('a lane', () => {
  const lane = (changes: Partial<PausedLane>): PausedLane => ({
    ...{ platform: 'bing', lane: '1/Paid', kind: 'config', reason: 'no such goal', configPauses: 1, until: ago(-5) },
    ...changes,
  });
  it.each<[string, Partial<PausedLane>, string[]]>([
    ['that was just paused may be mended already', {}, []],
    ['whose probes fail and fail needs somebody', { configPauses: 3 }, ['lane-paused bing 1/Paid']],
    ['that is throttled for a minute does not', { kind: 'throttled', until: ago(-1) }, []],
    ['that is throttled for hours does', { kind: 'throttled', until: ago(-660) }, ['lane-paused bing 1/Paid']],
  ])('%s', (_sentence, changes, expected) => {
    expect(names(decidePausedLanes([lane(changes)], now))).toEqual(expected);
  });
});

it.each<[string, number, string[]]>([
  ['what waits for a person for some minutes is no alarm', 59, []],
  ['what waits for more than an hour is', 61, ['conversions-stuck google invalid_grant']],
])('%s', (_sentence, minutes, expected) => {
  const waiting = { platform: 'google', code: 'invalid_grant', reason: 'consent again', count: 3, since: ago(minutes) };
  expect(names(decideStuck([waiting], now))).toEqual(expected);
});

describe('a platform', () => {
  const quiet: Backlog = { platform: 'google', unpublished: 0, notTakenUp: 0, nearlyTooOld: 0, settledToday: 1_000, rejectedToday: 0 };
  it.each<[string, Partial<Backlog>, string[]]>([
    ['where everything moves is quiet', {}, []],
    ['whose candidates are not published', { unpublished: 1 }, ['not-published google']],
    ['whose sender is away', { notTakenUp: 7 }, ['not-taken-up google']],
    ['whose conversions grow too old', { nearlyTooOld: 1 }, ['nearly-too-old google']],
    ['that rejects a fifth rejects as usual', { rejectedToday: 200 }, []],
    ['that rejects more', { rejectedToday: 201 }, ['many-rejected google']],
    ['that rejects a few of a few says little', { settledToday: 20, rejectedToday: 19 }, []],
    ['that has settled nothing says nothing', { settledToday: 0 }, []],
  ])('%s', (_sentence, changes, expected) => {
    expect(names(decideBacklog([{ ...quiet, ...changes }]))).toEqual(expected);
  });
});

describe('attribution', () => {
  const example = { entity: '42', attempts: 6, problem: 'out of range' };
  it.each<[string, Partial<RecalculationBacklog>, string[]]>([
    ['that keeps up is quiet', {}, []],
    [
      'that has not come to one for 25 minutes is late',
      { overdue: 1, since: ago(25) },
      ['1 company should have been computed more than ten minutes ago, the first 25 min ago; look whether attribution runs'],
    ],
    [
      'that cannot compute one says which, and why',
      { failing: 2, example },
      ['2 companies cannot be computed, such as company 42, 6 times in a row: out of range'],
    ],
    [
      'may be late and failing',
      { overdue: 1, since: ago(11), failing: 1, example },
      [
        '1 company should have been computed more than ten minutes ago, the first 11 min ago; look whether attribution runs',
        '1 company cannot be computed, such as company 42, 6 times in a row: out of range',
      ],
    ],
  ])('%s', (_sentence, changes, expected) => {
    const quiet: RecalculationBacklog = { kind: 'company', overdue: 0, since: null, failing: 0, example: null };
    expect(decideRecalculations([{ ...quiet, ...changes }], now).map(({ detail }) => detail)).toEqual(expected);
  });

  it('is one alert for each kind, however many entities it is about', () => {
    const late = (kind: string): RecalculationBacklog => ({ kind, overdue: 9, since: ago(11), failing: 9, example });
    expect(names(decideRecalculations([late('client'), late('contact')], now))).toEqual([
      ...['recalculation-late client', 'recalculation-failing client', 'recalculation-late contact', 'recalculation-failing contact'],
    ]);
  });
});
