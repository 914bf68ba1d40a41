import { sql } from 'kysely';
import type { Correction, OutcomeKind } from '../conversion/index.ts';
import type { Database } from '../db/index.ts';
import type { LedgerEntry } from './ledger.ts';

interface EntryRow {
  original: string;
  event_id: string;
  correction_kind: Correction['kind'] | null;
  correction_sequence: number | null;
  state: string;
  outcome: OutcomeKind | null;
  code: string | null;
}

/** What the ledger holds of originals and their corrections. */
export async function findHistories(db: Database, platform: string, originals: string[]): Promise<Map<string, LedgerEntry[]>> {
  if (originals.length === 0) return new Map();
  const { rows } = await sql<EntryRow>`
    select coalesce(corrects, event_id) as original, event_id, correction_kind, correction_sequence, state, outcome, code
    from delivery where platform = ${platform} and (event_id = any(${originals}::text[]) or corrects = any(${originals}::text[]))`.execute(
    db,
  );
  const entries = Map.groupBy(rows, ({ original }) => original);
  return new Map(
    [...entries].map(([original, of]) => [
      original,
      of.map(({ event_id, correction_kind: kind, correction_sequence: sequence, state, outcome, code }) => ({
        eventId: event_id,
        correction: kind === null || sequence === null ? null : { kind, sequence },
        isSettled: state === 'settled',
        outcome,
        code,
      })),
    ]),
  );
}
