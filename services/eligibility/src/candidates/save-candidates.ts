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
  const { numAffectedRows } = await sql`
    insert into conversion_candidate (decided_at, platform, conversion_type, rule_version, event_id, account, action, company, contact,
                                      click_kind, click_id, occurred_at, value, currency, payload, occurrence_key)
    select ${decidedAt}::timestamptz, c ->> 'platform', c ->> 'conversionType', (c #>> '{rule,version}')::integer, c ->> 'eventId', c ->> 'account',
           c ->> 'action', (c ->> 'company')::bigint, (c ->> 'contact')::bigint, c #>> '{click,kind}', c #>> '{click,id}',
           (c ->> 'occurredAt')::timestamptz, (c #>> '{value,amount}')::numeric, c #>> '{value,currency}', c, k.occurrence_key
    from jsonb_array_elements(${JSON.stringify(candidates.map(({ conversion }) => conversion))}::jsonb) with ordinality as p (c, place)
    join unnest(${candidates.map(({ occurrenceKey }) => occurrenceKey)}::text[]) with ordinality as k (occurrence_key, place) using (place)
    on conflict do nothing`.execute(db);
  return Number(numAffectedRows ?? 0);
}
