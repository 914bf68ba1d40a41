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
  if (outcome.kind === 'config' && outcome.afterMs !== undefined) return outcome.afterMs;
  const doublings = 2 ** Math.min(attempt - 1, 20);
  return outcome.kind === 'config' ? Math.min(firstConfigMs * doublings, heldMs) : Math.min(firstRetryMs * doublings, longestRetryMs);
}

const codeOf = (outcome: Outcome): string | null => (outcome.kind === 'delivered' ? null : outcome.code);
const reasonOf = (outcome: Outcome): string | null => (outcome.kind === 'delivered' ? null : outcome.reason);
const referenceOf = (outcome: Outcome): string | null => (outcome.kind === 'delivered' ? outcome.reference : null);

// Fenced by attempt: a worker whose lease was taken over changes nothing. A row that is only queued again may still be settled by a worker that
// was slow, but an attempt ends once.
async function updateLedger(tx: Database, platform: string, settlements: Settlement[]): Promise<Set<string>> {
  const column = <T>(of: (settlement: Settlement) => T): T[] => settlements.map(of);
  const { rows } = await sql<{ event_id: string }>`
    update delivery d
    set state = case when s.wait_ms is null then 'settled' else 'waiting' end,
        retry_at = now() + s.wait_ms * interval '1 millisecond',
        lease_until = null, ended_attempt = s.attempt,
        payload = case when s.wait_ms is null then null else d.payload end,
        outcome = s.outcome, code = s.code, reason = s.reason, reference = s.reference, updated_at = now()
    from unnest(
      ${column((s) => s.conversion.eventId)}::text[], ${column((s) => s.attempt)}::int[], ${column((s) => s.outcome.kind)}::text[],
      ${column((s) => codeOf(s.outcome))}::text[], ${column((s) => reasonOf(s.outcome))}::text[], ${column((s) => referenceOf(s.outcome))}::text[],
      ${column((s) => waitMs(s.outcome, s.attempt))}::bigint[]
    ) as s (event_id, attempt, outcome, code, reason, reference, wait_ms)
    where d.platform = ${platform} and d.event_id = s.event_id and d.attempt = s.attempt and d.state in ('in-flight', 'republished')
      and d.ended_attempt < s.attempt
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

/** What the platform will be asked about, or has told already: how many of each request it took, by action and the day it took them. */
async function insertReadBack(tx: Database, platform: string, settled: Settlement[], { afterMs }: ReadBackPlan): Promise<void> {
  const taken = settled.flatMap(({ conversion, outcome }) =>
    outcome.kind === 'delivered' && outcome.reference !== null ? [{ ...conversion, source: outcome.reference }] : [],
  );
  if (taken.length === 0) return;
  const column = (of: (row: (typeof taken)[number]) => string): string[] => taken.map(of);
  const counted = afterMs === null ? sql`excluded.accepted` : sql`null`;
  await sql`
    insert into read_back as r (platform, account, action, day, source, accepted, counted, check_at, checked_at)
    select ${platform}, account, action, (now() at time zone 'UTC')::date, source, count(*), ${afterMs === null ? sql`count(*)` : sql`null`},
           now() + ${afterMs}::bigint * interval '1 millisecond', ${afterMs === null ? sql`now()` : sql`null`}
    from unnest(
      ${column((c) => c.account)}::text[], ${column((c) => c.action)}::text[], ${column((c) => c.source)}::text[]
    ) as t (account, action, source)
    group by account, action, source order by account, action, source
    on conflict (platform, account, action, day, source) do update
      set accepted = r.accepted + excluded.accepted, counted = r.counted + ${counted}`.execute(tx);
}

/** When the requests of a platform can be asked about; null where their answer has told already what was counted. */
export interface ReadBackPlan {
  afterMs: number | null;
}

/** Settles a batch: ledger, attempts, audit rows and outbox in one transaction; answers the event ids that were not fenced off. */
export function settle(
  db: Database,
  platform: string,
  settlements: Settlement[],
  messagesOf: (settled: Settlement) => OutboxMessage[],
  readBack: ReadBackPlan | null = null,
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
      if (readBack !== null) await insertReadBack(tx, platform, settled, readBack);
      await insertOutbox(tx, platform, settled.flatMap(messagesOf));
    }
    return settledIds;
  });
}
