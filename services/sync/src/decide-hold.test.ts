import { describe, expect, it } from '@jest/globals';
import { type Bounds, decideCount, decideRead, decideSnapshot, describeReasons, type Snapshot } from './decide-hold.ts';

const now = new Date('2026-11-20T10:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const bounds: Bounds = {
  maxScoreAgeHours: 26,
  minRowShare: 0.7,
  maxRowShare: 2,
  maxQuarantinedShare: 0.01,
  maxNullShareRise: 0.05,
  maxMeanFactor: 3,
};
const good: Snapshot = { rows: 1_000, keyless: 0, doubled: 0, newestAt: hoursAgo(2), modifiedAt: hoursAgo(1) };

describe('Before its rows are read, a source', () => {
  it.each<{ sentence: string; snapshot?: Partial<Snapshot>; lastGood?: number[]; hold: RegExp | null }>([
    { sentence: 'that is whole and fresh passes', hold: null },
    { sentence: 'that is empty is held', snapshot: { rows: 0, newestAt: null }, hold: /empty/ },
    { sentence: 'without any time is held', snapshot: { newestAt: null }, hold: /when it was scored/ },
    { sentence: 'of exactly the allowed age passes', snapshot: { newestAt: hoursAgo(26) }, hold: null },
    { sentence: 'past the allowed age is held', snapshot: { newestAt: hoursAgo(26.001) }, hold: /older than 26 hours/ },
    { sentence: 'that lost a third of its rows is held', lastGood: [1_500], hold: /^1000 rows after 1500/ },
    { sentence: 'that lost a tenth of its rows passes', lastGood: [1_111], hold: null },
    {
      sentence: 'that slid away in small steps is held',
      lastGood: [1_100, 1_200, 1_400, 1_500, 1_600, 1_700, 1_800],
      hold: /^1000 rows after 1500/,
    },
    { sentence: 'that is like most of the last runs passes', lastGood: [1_100, 1_200, 1_300, 1_400, 1_600, 1_700, 1_800], hold: null },
    { sentence: 'that doubled passes', lastGood: [500], hold: null },
    { sentence: 'that more than doubled is held', lastGood: [499], hold: /^1000 rows after 499/ },
  ])('$sentence', ({ snapshot, lastGood = [], hold }) => {
    const problem = decideSnapshot({ ...good, ...snapshot }, { now, bounds, lastGood });
    expect(problem).toEqual(hold === null ? null : expect.stringMatching(hold));
  });
});

describe('After its rows are read, a source', () => {
  const reason = 'cp1: too big';
  it.each<{
    sentence: string;
    before?: Partial<Snapshot>;
    after?: Partial<Snapshot>;
    rowsRead?: number;
    quarantined?: number;
    hold: RegExp | null;
  }>([
    { sentence: 'that stayed as it was passes', hold: null },
    { sentence: 'that was written meanwhile is held', after: { modifiedAt: now }, hold: /changed while it was read/ },
    { sentence: 'that got rows meanwhile is held', after: { rows: 1_001 }, hold: /changed while it was read/ },
    { sentence: 'that got newer scores meanwhile is held', after: { newestAt: now }, hold: /changed while it was read/ },
    { sentence: 'whose doubled rows are left out passes', before: { keyless: 2, doubled: 4 }, rowsRead: 994, hold: null },
    { sentence: 'that gave fewer rows than it counts is held', rowsRead: 999, hold: /^999 rows were read of 1000/ },
    { sentence: 'with a bad row in a hundred passes', quarantined: 10, hold: null },
    { sentence: 'with more bad rows is held with the reason', quarantined: 11, hold: /^11 of 1000 rows cannot be used: 11 × cp1: too big/ },
  ])('$sentence', ({ before, after, rowsRead = 1_000, quarantined = 0, hold }) => {
    const problem = decideRead(
      { before: { ...good, ...before }, after: { ...good, ...after }, rowsRead, reasons: new Map([[reason, quarantined]]) },
      bounds,
    );
    expect(problem).toEqual(hold === null ? null : expect.stringMatching(hold));
  });

  it('that is a view is compared by its rows and newest score', () => {
    const view = { ...good, modifiedAt: null };
    expect(decideRead({ before: view, after: { ...view }, rowsRead: 1_000, reasons: new Map() }, bounds)).toBeNull();
  });
});

it('The first count has nothing to be compared with', () => {
  expect(decideCount(5, [], bounds)).toBeNull();
});

it('Reasons are described from the most frequent', () => {
  const reasons = new Map(Object.entries({ rare: 1, often: 9, sometimes: 3, seldom: 2 }));
  expect(describeReasons(reasons)).toBe('9 × often, 3 × sometimes, 2 × seldom');
});
