import type { Database } from '@waybill/shared/db';
import type { ConversionOutcome } from '@waybill/shared/messages';

/** Keeps each outcome once; one that is told again changes nothing. */
export async function saveOutcomes(db: Database, outcomes: ConversionOutcome[]): Promise<void> {
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
