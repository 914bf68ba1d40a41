import { type Database, isConnectionError } from '@waybill/shared/db';
import type { ConversionOutcome } from '@waybill/shared/messages';

async function insertOutcomes(db: Database, outcomes: ConversionOutcome[]): Promise<void> {
  const rows = outcomes.map((outcome) => ({
    outcome_id: outcome.outcomeId,
    platform: outcome.platform,
    account: outcome.account,
    event_id: outcome.eventId,
    conversion_type: outcome.conversionType,
    attempt: outcome.attempt,
    kind: outcome.kind,
    code: outcome.code,
    reason: outcome.reason,
    reference: outcome.reference,
    ended_at: outcome.endedAt,
  }));
  await db
    .insertInto('hub_conversion_outcome')
    .values(rows)
    .onConflict((conflict) => conflict.column('outcome_id').doNothing())
    .execute();
}

/**
 * Keeps each outcome once, all in one statement; one that is told again changes nothing. Answers for each whether it is kept: one that the
 * database refuses costs only itself. Throws when the database cannot be reached.
 */
export async function saveOutcomes(db: Database, outcomes: ConversionOutcome[]): Promise<boolean[]> {
  try {
    await insertOutcomes(db, outcomes);
    return outcomes.map(() => true);
  } catch (error) {
    if (isConnectionError(error)) throw error;
    if (outcomes.length === 1) return [false];
    const middle = Math.ceil(outcomes.length / 2);
    return [...(await saveOutcomes(db, outcomes.slice(0, middle))), ...(await saveOutcomes(db, outcomes.slice(middle)))];
  }
}
