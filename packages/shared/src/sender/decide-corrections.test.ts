import { describe, expect, it } from '@jest/globals';
import type { Correction } from '../conversion/index.ts';
import type { LedgerEntry } from '../ledger/index.ts';
import { buildConversion } from '../testing/index.ts';
import { decideCorrection, decideCorrections } from './decide-corrections.ts';

const correctedAt = '2026-11-20T10:00:00.000Z';
const correction = (sequence: number): Correction => ({ kind: 'restatement', of: 'cv_original', sequence, correctedAt });
const original: LedgerEntry = { eventId: 'cv_original', correction: null, isSettled: true, outcome: 'delivered', code: null };
const entry = (sequence: number, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...{ eventId: `cv_correction_${sequence}`, correction: { kind: 'restatement', sequence } },
  ...{ isSettled: true, outcome: 'delivered', code: null },
  ...changes,
});
const open = { isSettled: false, outcome: null };
const retracted = (sequence: number) => ({ correction: { kind: 'retraction' as const, sequence } });
const retraction = retracted(1);

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
    ['that comes after its later retraction was overtaken by it', [original, entry(3, retracted(3))], 'duplicate SUPERSEDED'],
    ['ends with a retraction', [original, entry(1, retraction)], 'rejected ALREADY_RETRACTED'],
    [
      'goes where the retraction was superseded, and so never sent',
      [original, entry(1, { ...retraction, outcome: 'duplicate', code: 'SUPERSEDED' })],
      null,
    ],
    [
      'ends with a retraction that the platform had already',
      [original, entry(1, { ...retraction, outcome: 'duplicate', code: 'CONVERSION_ALREADY_RETRACTED' })],
      'rejected ALREADY_RETRACTED',
    ],
    [
      'gives way to one of the same sequence and a later event id',
      [original, entry(2, { eventId: 'cv_z', ...open })],
      'duplicate SUPERSEDED',
    ],
    [
      'waits for one of the same sequence and an earlier event id',
      [original, entry(2, { eventId: 'cv_a', ...open })],
      'later EARLIER_CORRECTION_OPEN',
    ],
    ['goes where the retraction was rejected', [original, entry(1, { ...retraction, outcome: 'rejected' })], null],
    ['is not in its own way', [original, entry(2, { isSettled: false, outcome: null })], null],
  ])('%s', (_sentence, history, expected) => {
    const outcome = decideCorrection('cv_correction_2', correction(2), history);
    expect(outcome === null ? null : `${outcome.kind} ${'code' in outcome ? outcome.code : ''}`).toBe(expected);
  });

  it.each<[string, number[], number]>([
    ['the last one', [1, 2], 1],
    ['the last one, in whatever order they come', [2, 1], 0],
    ['one of two that count alike', [1, 1], 1],
  ])('is sent alone for its original in one batch: %s', (_sentence, sequences, sent) => {
    const corrections = sequences.map((sequence, place) =>
      buildConversion({ eventId: `cv_correction_${sequence}${place}`, correction: correction(sequence) }),
    );
    const claimed = corrections.map(({ eventId }, place) => entry(sequences[place] as number, { eventId, ...open }));
    const outcomes = decideCorrections([buildConversion(), ...corrections], new Map([['cv_original', [original, ...claimed]]]));
    expect(outcomes).toEqual([
      null,
      ...corrections.map((_, place) => (place === sent ? null : expect.objectContaining({ code: 'SUPERSEDED' }))),
    ]);
  });
});
