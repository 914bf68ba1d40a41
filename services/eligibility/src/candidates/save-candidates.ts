import type { Conversion } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

export interface NewCandidate {
  conversion: Conversion;
  occurrenceKey: string;
}

/** Writes candidates; the unique key on (platform, type, occurrence) makes a second run, or one beside this, write each once. Answers how many are new. */
export async function saveCandidates(db: Database, candidates: NewCandidate[], decidedAt: Date): Promise<number> {
  if (candidates.length === 0) return 0;
  const column = <T>(of: (conversion: Conversion) => T): T[] => candidates.map(({ conversion }) => of(conversion));
  const { numAffectedRows } = await sql`
    insert into conversion_candidate (decided_at, platform, conversion_type, rule_version, event_id, account, action, company, contact,
                                      click_kind, click_id, occurred_at, value, currency, payload, occurrence_key)
    select ${decidedAt}::timestamptz, t.* from unnest(
      ${column((c) => c.platform)}::text[], ${column((c) => c.conversionType)}::text[], ${column((c) => c.rule.version)}::int[],
      ${column((c) => c.eventId)}::text[], ${column((c) => c.account)}::text[], ${column((c) => c.action)}::text[],
      ${column((c) => c.company)}::bigint[], ${column((c) => c.contact)}::bigint[],
      ${column((c) => c.click?.kind ?? null)}::text[], ${column((c) => c.click?.id ?? null)}::text[],
      ${column((c) => c.occurredAt)}::timestamptz[], ${column((c) => c.value?.amount ?? null)}::numeric[],
      ${column((c) => c.value?.currency ?? null)}::text[], ${column((c) => JSON.stringify(c))}::jsonb[],
      ${candidates.map(({ occurrenceKey }) => occurrenceKey)}::text[]
    ) as t on conflict do nothing`.execute(db);
  return Number(numAffectedRows ?? 0);
}
