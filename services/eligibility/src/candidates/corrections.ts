import { buildEventId, type Conversion, type Correction, conversionSchema } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { Rule } from '../decide/rule.ts';
import { toAmount } from './build-conversion.ts';

/** A candidate whose conversion the platform should be told anew. */
interface Corrected {
  event_id: string;
  payload: unknown;
  kind: Correction['kind'];
  /** Why: the decision of now. */
  reason: string;
  sequence: number;
  value: string | null;
  currency: string | null;
}

/** The rules that correct at all, by their index. */
const correctingRules = (rules: Rule[]) =>
  rules.flatMap(({ type }, index) => {
    const { name, platform, corrections, lookbackHours } = type;
    return corrections === null ? [] : [{ index, name, platform, lookbackHours, ...corrections }];
  });

/**
 * What of `decided` changes a conversion that is a candidate already: a value that moved by more than the type's share since it was last
 * told, or an entity that turned out to be spam or was refunded. A retraction is the last word.
 */
async function findCorrected(db: Database, rules: Rule[], now: Date): Promise<Corrected[]> {
  const correcting = correctingRules(rules);
  if (correcting.length === 0) return [];
  const column = <T>(of: (rule: (typeof correcting)[number]) => T): T[] => correcting.map(of);
  const { rows } = await sql<Corrected>`
    with t as (
      select * from unnest(${column((r) => r.index)}::integer[], ${column((r) => r.name)}::text[], ${column((r) => r.platform)}::text[],
        ${column((r) => r.lookbackHours)}::integer[], ${column((r) => r.restateAbove)}::numeric[], ${column((r) => r.retract)}::boolean[]
      ) as t (type, name, platform, lookback_hours, restate_above, retract)
    ), moved as (
      select t.lookback_hours, t.restate_above, d.reason, d.value, d.currency, k.event_id, 'restatement' as kind
      from decided d join t using (type)
      join conversion_candidate k on k.platform = t.platform and k.conversion_type = t.name and k.occurrence_key = d.occurrence_key
      where d.reason = 'eligible' and d.value is not null and t.restate_above is not null
      union all
      select t.lookback_hours, null, d.reason, null, null, k.event_id, 'retraction'
      from decided d join t using (type)
      join conversion_candidate k on k.platform = t.platform and k.conversion_type = t.name
        and (case when d.contact is null then k.company = d.company and k.contact is null else k.contact = d.contact end)
      where d.reason in ('spam', 'not-legitimate', 'refunded') and t.retract
    )
    select m.event_id, k.payload, m.kind, m.reason, coalesce(last.sequence, 0) + 1 as sequence, m.value::text as value, m.currency
    from moved m join conversion_candidate k using (event_id)
    left join lateral (
      select c.kind, c.sequence, c.value from conversion_correction c where c.event_id = m.event_id order by c.sequence desc limit 1
    ) as last on true
    where k.occurred_at > ${now}::timestamptz - make_interval(hours => m.lookback_hours) and last.kind is distinct from 'retraction'
      and (m.kind = 'retraction'
           or abs(m.value - coalesce(last.value, k.value)) > m.restate_above * abs(coalesce(last.value, k.value)))
    order by m.event_id`.execute(db);
  return rows;
}

/** The message of a correction: the original's, frozen, but for its own event id and the value. */
function buildCorrection({ payload, event_id: of, kind, sequence, value, currency }: Corrected, now: Date): Conversion {
  const original = conversionSchema.parse(payload);
  const { platform, account, conversionType } = original;
  const parts = { platform, account, conversionType, clickOrPerson: of, entity: kind, occurrence: `${sequence}` };
  return {
    ...original,
    eventId: buildEventId(parts),
    value: value === null || currency === null ? null : { amount: toAmount(value), currency },
    correction: { kind, of, sequence, correctedAt: now.toISOString() },
  };
}

/** Writes the corrections that `decided` asks for, each once; they are their own outbox. Answers how many. */
export async function saveCorrections(db: Database, rules: Rule[], now: Date): Promise<number> {
  const corrected = await findCorrected(db, rules, now);
  for (const row of corrected) {
    const message = buildCorrection(row, now);
    await db
      .insertInto('conversion_correction')
      .values({
        ...{ correction_id: message.eventId, event_id: row.event_id, sequence: row.sequence, platform: message.platform, kind: row.kind },
        ...{ reason: row.reason, value: row.value, currency: row.currency, payload: JSON.stringify(message), decided_at: now },
      })
      .execute();
  }
  return corrected.length;
}
