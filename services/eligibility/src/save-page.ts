import type { Conversion } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { ConversionType } from './catalogue.ts';
import type { Decision } from './decide.ts';

/** A decision with the conversion it leads to, if it leads to one. */
export interface Decided {
  decision: Decision;
  conversion: Conversion | null;
}

async function insertCandidates(tx: Database, type: ConversionType, decided: Decided[], decidedAt: Date): Promise<void> {
  const rows = decided.flatMap(({ decision, conversion }) => (conversion === null ? [] : [{ conversion, key: decision.occurrence_key }]));
  if (rows.length === 0) return;
  const column = <T>(of: (row: (typeof rows)[number]) => T): T[] => rows.map(of);
  // The unique key on (platform, type, occurrence) makes a second run, or one beside this, write the same candidates.
  await sql`
    insert into conversion_candidate (platform, conversion_type, rule_version, decided_at, event_id, account, action, company, contact,
                                      click_kind, click_id, occurred_at, value, currency, occurrence_key, payload)
    select ${type.platform}, ${type.name}, ${type.version}, ${decidedAt}, t.* from unnest(
      ${column((r) => r.conversion.eventId)}::text[], ${column((r) => r.conversion.account)}::text[], ${column((r) => r.conversion.action)}::text[],
      ${column((r) => r.conversion.company)}::bigint[], ${column((r) => r.conversion.contact)}::bigint[],
      ${column((r) => r.conversion.click?.kind ?? null)}::text[], ${column((r) => r.conversion.click?.id ?? null)}::text[],
      ${column((r) => r.conversion.occurredAt)}::timestamptz[], ${column((r) => r.conversion.value?.amount ?? null)}::numeric[],
      ${column((r) => r.conversion.value?.currency ?? null)}::text[], ${column((r) => r.key)}::text[],
      ${column((r) => JSON.stringify(r.conversion))}::jsonb[]
    ) as t on conflict do nothing`.execute(tx);
}

async function upsertDecisions(tx: Database, type: ConversionType, decided: Decided[], runId: string, decidedAt: Date): Promise<void> {
  await sql`
    insert into conversion_decision (entity_kind, platform, conversion_type, rule_version, run_id, decided_at, entity_id, reason, event_id)
    select ${type.grain}, ${type.platform}, ${type.name}, ${type.version}, ${runId}, ${decidedAt}, t.entity_id, t.reason, c.event_id
    from unnest(
      ${decided.map(({ decision }) => decision.entity)}::bigint[], ${decided.map(({ decision }) => decision.reason)}::text[],
      ${decided.map(({ decision }) => decision.occurrence_key)}::text[]
    ) as t (entity_id, reason, occurrence_key)
    left join conversion_candidate c
      on c.platform = ${type.platform} and c.conversion_type = ${type.name} and c.occurrence_key = t.occurrence_key
    order by t.entity_id
    on conflict (entity_kind, entity_id, conversion_type) do update
      set reason = excluded.reason, event_id = excluded.event_id, rule_version = excluded.rule_version, run_id = excluded.run_id,
          decided_at = excluded.decided_at`.execute(tx);
}

/** Writes a page's candidates and decisions in one transaction. */
export const savePage = (db: Database, type: ConversionType, decided: Decided[], runId: string, decidedAt: Date): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await insertCandidates(tx, type, decided, decidedAt);
    await upsertDecisions(tx, type, decided, runId, decidedAt);
  });
