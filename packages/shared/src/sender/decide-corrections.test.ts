import { describe, expect, it } from '@jest/globals';
import type { Correction } from '../conversion/index.ts';
import type { LedgerEntry } from '../ledger/index.ts';
import { buildConversion } from '../testing/index.ts';
import { decideCorrection, decideCorrections } from './decide-corrections.ts';

const correctedAt = '2026-11-20T10:00:00.000Z';
const correction = (sequence: number): Correction => ({ kind: 'restatement', of: 'cv_original', sequence, correctedAt });
const original: LedgerEntry = { eventId: 'cv_original', correction: null, isSettled: true, outcome: 'delivered' };
const entry = (sequence: number, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...{ eventId: `cv_correction_${sequence}`, correction: { kind: 'restatement', sequence }, isSettled: true, outcome: 'delivered' },
  ...changes,
});
const retraction = { correction: { kind: 'retraction' as const, sequence: 1 } };

describe('a correction', () => {
  it.each<[string, LedgerEntry[], string | null]>([
    ['goes where its original was delivered', [original], null],
    ['goes where the platform had its original already', [{ ...original, outcome: 'duplicate' }], null],
    ['waits for an original that nobody has seen', [], 'later ORIGINAL_NOT_SETTLED'],
    ['waits for one on its way', [{ ...original, isSettled: false, outcome: null }], 'later ORIGINAL_NOT_SETTLED'],
    ['has nothing to correct where the original was rejected', [{ ...original, outcome: 'rejected' }], 'rejected NOTHING_TO_CORRECT'],
    ['goes after an earlier one', [original, entry(1)], null],
    [
      'waits while an earlier one is on its way',
      [original, entry(1, { isSettled: false, outcome: 'retry' })],
      'later EARLIER_CORRECTION_OPEN',
    ],
    ['never comes after a later one', [original, entry(3)], 'duplicate SUPERSEDED'],
    ['nor beside one', [original, entry(3, { isSettled: false, outcome: null })], 'duplicate SUPERSEDED'],
    ['goes where the later one was rejected', [original, entry(3, { outcome: 'rejected' })], null],
    ['ends with a retraction', [original, entry(1, retraction)], 'rejected ALREADY_RETRACTED'],
    ['goes where the retraction was rejected', [original, entry(1, { ...retraction, outcome: 'rejected' })], null],
    ['is not in its own way', [original, entry(2, { isSettled: false, outcome: null })], null],
  ])('%s', (_sentence, history, expected) => {
    const outcome = decideCorrection('cv_correction_2', correction(2), history);
    expect(outcome === null ? null : `${outcome.kind} ${'code' in outcome ? outcome.code : ''}`).toBe(expected);
  });

  it('is sent alone for its original in one batch: the last one', () => {
    const batch = [
      buildConversion(),
      buildConversion({ eventId: 'cv_correction_1', correction: correction(1) }),
      buildConversion({ eventId: 'cv_correction_2', correction: correction(2) }),
    ];
    const claimed = [entry(1, { isSettled: false, outcome: null }), entry(2, { isSettled: false, outcome: null })];
    const outcomes = decideCorrections(batch, new Map([['cv_original', [original, ...claimed]]]));
    expect(outcomes).toEqual([null, expect.objectContaining({ code: 'SUPERSEDED' }), null]);
  });
});
