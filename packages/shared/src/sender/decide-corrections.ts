import { type Conversion, type Correction, type Outcome, supersededCode, wasTaken } from '../conversion/index.ts';
import type { LedgerEntry } from '../ledger/index.ts';

const askAgainMs = 10 * 60_000;

const later = (code: string, reason: string): Outcome => ({ kind: 'later', code, reason, afterMs: askAgainMs });
const superseded: Outcome = {
  kind: 'duplicate',
  code: supersededCode,
  reason: 'a later correction of the same conversion says all that this one would',
};
const isTaken = ({ isSettled, outcome, code }: LedgerEntry): boolean => isSettled && wasTaken(outcome, code);

interface Place {
  eventId: string;
  sequence: number;
}

/** Whether one correction of an original comes after another; of two with one sequence, which nobody should send, the event id decides. */
const isAfter = (one: Place, other: Place): boolean =>
  one.sequence === other.sequence ? one.eventId > other.eventId : one.sequence > other.sequence;

/** Why a correction is not sent now, or null where it is. `history`: what the ledger holds of its original. */
export function decideCorrection(eventId: string, { sequence }: Correction, history: LedgerEntry[]): Outcome | null {
  const original = history.find(({ correction }) => correction === null);
  if (original?.isSettled !== true)
    return later('ORIGINAL_NOT_SETTLED', 'the conversion that it corrects has not reached the platform yet');
  if (!isTaken(original)) {
    return { kind: 'rejected', code: 'NOTHING_TO_CORRECT', reason: 'the platform never took the conversion that this one corrects' };
  }
  const others = history.flatMap((entry) =>
    entry.correction === null || entry.eventId === eventId ? [] : [{ ...entry, correction: entry.correction }],
  );
  const isNewer = (entry: (typeof others)[number]): boolean =>
    isAfter({ eventId: entry.eventId, sequence: entry.correction.sequence }, { eventId, sequence });
  if (others.some((entry) => isNewer(entry) && entry.outcome !== 'rejected')) return superseded;
  if (others.some((entry) => entry.correction.kind === 'retraction' && isTaken(entry))) {
    return {
      kind: 'rejected',
      code: 'ALREADY_RETRACTED',
      reason: 'the conversion was retracted, after which nothing of it can be corrected',
    };
  }
  if (others.some((entry) => !isNewer(entry) && !entry.isSettled)) {
    return later('EARLIER_CORRECTION_OPEN', 'an earlier correction of the same conversion is still on its way');
  }
  return null;
}

/** For each conversion why it is not sent now, or null; one that corrects nothing is always sent. `histories`: by original. */
export function decideCorrections(conversions: Conversion[], histories: ReadonlyMap<string, LedgerEntry[]>): (Outcome | null)[] {
  const last = new Map<string, Place>();
  for (const { eventId, correction } of conversions) {
    if (correction === undefined) continue;
    const place = { eventId, sequence: correction.sequence };
    const known = last.get(correction.of);
    if (known === undefined || isAfter(place, known)) last.set(correction.of, place);
  }
  const inBatch = new Set(conversions.map(({ eventId }) => eventId));
  return conversions.map(({ eventId, correction }) => {
    if (correction === undefined) return null;
    if (last.get(correction.of)?.eventId !== eventId) return superseded;
    // Earlier ones of this batch end with it, so that they hold up nothing.
    const history = (histories.get(correction.of) ?? []).filter((entry) => entry.correction === null || !inBatch.has(entry.eventId));
    return decideCorrection(eventId, correction, history);
  });
}
