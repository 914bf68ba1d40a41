import { sql } from 'kysely';
import { isFinal, type Outcome } from '../conversion/index.ts';
import type { Database } from '../db/index.ts';
import type { AuditRow, OutboxMessage, Settlement } from './ledger.ts';
import { insertOutbox } from './outbox.ts';

const firstRetryMs = 2_000;
const longestRetryMs = 10 * 60_000;
const heldMs = 60 * 60_000;
const firstConfigMs = 60_000;

/** How long the ledger keeps a conversion before its next attempt; null when it is over. */
export function waitMs(outcome: Outcome, attempt: number): number | null {
  if (isFinal(outcome)) return null;
  if (outcome.kind === 'later' || outcome.kind === 'throttled') return outcome.afterMs;
  if (outcome.kind === 'held') return heldMs;
  const doublings = 2 ** Math.min(attempt - 1, 20);
  return outcome.kind === 'config' ? Math.min(firstConfigMs * doublings, heldMs) : Math.min(firstRetryMs * doublings, longestRetryMs);
}

const codeOf = (outcome: Outcome): string | null => (outcome.kind === 'delivered' ? null : outcome.code);
const reasonOf = (outcome: Outcome): string | null => (outcome.kind === 'delivered' ? null : outcome.reason);
const referenceOf = (outcome: Outcome): string | null => (outcome.kind === 'delivered' ? outcome.reference : null);

// Fenced by attempt: a worker whose lease was taken over changes nothing. A row that is only queued again may still be settled.
async function updateLedger(tx: Database, platform: string, settlements: Settlement[]): Promise<Set<string>> {
  const column = <T>(of: (settlement: Settlement) => T): T[] => settlements.map(of);
  const { rows } = await sql<{ event_id: string }>`
    update delivery d
    set state = case when s.wait_ms is null then 'settled' else 'waiting' end,
        retry_at = now() + s.wait_ms * interval '1 millisecond',
        lease_until = null,
        payload = case when s.wait_ms is null then null else d.payload end,
        outcome = s.outcome, code = s.code, reason = s.reason, reference = s.reference, updated_at = now()
    from unnest(
      ${column((s) => s.conversion.eventId)}::text[], ${column((s) => s.attempt)}::int[], ${column((s) => s.outcome.kind)}::text[],
      ${column((s) => codeOf(s.outcome))}::text[], ${column((s) => reasonOf(s.outcome))}::text[], ${column((s) => referenceOf(s.outcome))}::text[],
      ${column((s) => waitMs(s.outcome, s.attempt))}::bigint[]
    ) as s (event_id, attempt, outcome, code, reason, reference, wait_ms)
    where d.platform = ${platform} and d.event_id = s.event_id and d.attempt = s.attempt and d.state in ('in-flight', 'republished')
    returning d.event_id`.execute(tx);
  return new Set(rows.map((row) => row.event_id));
}

async function insertAttempts(tx: Database, platform: string, settlements: Settlement[]): Promise<void> {
  const column = <T>(of: (settlement: Settlement) => T): T[] => settlements.map(of);
  await sql`
    insert into delivery_attempt (platform, event_id, attempt, outcome, code, reason, reference, ended_at)
    select ${platform}, t.*, now() from unnest(
      ${column((s) => s.conversion.eventId)}::text[], ${column((s) => s.attempt)}::int[], ${column((s) => s.outcome.kind)}::text[],
      ${column((s) => codeOf(s.outcome))}::text[], ${column((s) => reasonOf(s.outcome))}::text[], ${column((s) => referenceOf(s.outcome))}::text[]
    ) as t`.execute(tx);
}

async function insertAudit(tx: Database, rows: AuditRow[]): Promise<void> {
  const byTable = Map.groupBy(rows, ({ table }) => table);
  for (const [table, ofTable] of byTable) {
    const json = JSON.stringify(ofTable.map(({ row }) => row));
    await sql`insert into ${sql.table(table)} select * from jsonb_populate_recordset(null::${sql.table(table)}, ${json}::jsonb)`.execute(
      tx,
    );
  }
}

/** Settles a batch: ledger, attempts, audit rows and outbox in one transaction; answers the event ids that were not fenced off. */
export function settle(
  db: Database,
  platform: string,
  settlements: Settlement[],
  messagesOf: (settled: Settlement) => OutboxMessage[],
): Promise<Set<string>> {
  // Rows are updated in one order everywhere, so that two workers cannot wait for each other.
  const ordered = settlements.toSorted((left, right) => (left.conversion.eventId < right.conversion.eventId ? -1 : 1));
  return db.transaction().execute(async (tx) => {
    const settledIds = await updateLedger(tx, platform, ordered);
    const settled = ordered.filter(({ conversion }) => settledIds.has(conversion.eventId));
    if (settled.length > 0) {
      await insertAttempts(tx, platform, settled);
      await insertAudit(
        tx,
        settled.flatMap(({ audit }) => audit ?? []),
      );
      await insertOutbox(tx, platform, settled.flatMap(messagesOf));
    }
    return settledIds;
  });
}
