import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { type Bounds, decideCount } from './decide-hold.ts';
import { findLastGoodRuns, notRead, type RunEnd, type RunRow, saveRunEnd } from './runs.ts';

export const mergedTable = 'contact_conversion_probability';

/** A merge that failed its check; it undoes the transaction. */
class Held extends Error {}

export interface MergeOptions {
  run: RunRow;
  now: Date;
  bounds: Bounds;
  accept: boolean;
}

/**
 * Rebuilds contact_conversion_probability from contact_cp_score and contact_acv_score: a row for each contact with both, its values being
 * probability × ACV, as old as the older score. The merge is checked before it is kept; one that fails leaves the table as it was.
 */
export async function mergeContacts(db: Database, options: MergeOptions): Promise<RunEnd> {
  const lastGood = options.accept ? [] : (await findLastGoodRuns(db, mergedTable)).map(({ rows }) => rows);
  try {
    return await db.transaction().execute(async (tx) => {
      const rowsChanged = await rebuild(tx, options.now);
      const { rows } = await sql<{ count: number }>`select count(*) from contact_conversion_probability`.execute(tx);
      const rowsMerged = rows[0]?.count ?? 0;
      const noContact = rowsMerged === 0 ? 'no contact has both scores' : null;
      const problem = noContact ?? (await findMergeProblem(tx)) ?? decideCount(rowsMerged, lastGood, options.bounds);
      if (problem !== null) throw new Held(problem);
      const end: RunEnd = {
        ...notRead,
        status: 'succeeded',
        accepted: options.accept,
        rowsInSource: rowsMerged,
        rowsRead: rowsMerged,
        rowsChanged,
      };
      await saveRunEnd(tx, options.run, end);
      return end;
    });
  } catch (error) {
    if (!(error instanceof Held)) throw error;
    const end: RunEnd = { ...notRead, status: 'held', problem: error.message };
    await saveRunEnd(db, options.run, end);
    return end;
  }
}

async function rebuild(tx: Database, now: Date): Promise<number> {
  const written = await sql`
    insert into contact_conversion_probability as t (
      contact_id, combined1_conversion_probability_predicted, combined3_conversion_probability_predicted, cp1_signup_first_value,
      cp3_signup_first_value, book_a_demo_1_probability_value, book_a_demo_3_probability_value, acv, scored_at, merged_at)
    select contact_id, cp.combined1_conversion_probability_predicted, cp.combined3_conversion_probability_predicted,
      round(cp.cp1_signup_first::numeric * acv.acv, 4), round(cp.cp3_signup_first::numeric * acv.acv, 4),
      round(cp.book_a_demo_1_probability::numeric * acv.acv, 4), round(cp.book_a_demo_3_probability::numeric * acv.acv, 4),
      acv.acv, least(cp.scored_at, acv.scored_at), ${now}::timestamptz
    from contact_cp_score cp join contact_acv_score acv using (contact_id)
    on conflict (contact_id) do update set
      combined1_conversion_probability_predicted = excluded.combined1_conversion_probability_predicted,
      combined3_conversion_probability_predicted = excluded.combined3_conversion_probability_predicted,
      cp1_signup_first_value = excluded.cp1_signup_first_value, cp3_signup_first_value = excluded.cp3_signup_first_value,
      book_a_demo_1_probability_value = excluded.book_a_demo_1_probability_value,
      book_a_demo_3_probability_value = excluded.book_a_demo_3_probability_value,
      acv = excluded.acv, scored_at = excluded.scored_at, merged_at = excluded.merged_at
    where to_jsonb(t) - 'merged_at' is distinct from to_jsonb(excluded) - 'merged_at'`.execute(tx);
  const removed = await sql`
    delete from contact_conversion_probability t
    where not exists (select from contact_cp_score cp join contact_acv_score acv using (contact_id) where contact_id = t.contact_id)`.execute(
    tx,
  );
  return Number(written.numAffectedRows) + Number(removed.numAffectedRows);
}

/** Compares the merged rows with both scores, apart from the statement that wrote them. Answers what is wrong, or null. */
export async function findMergeProblem(db: Database): Promise<string | null> {
  const { rows } = await sql<{ missing: number; alone: number; wrong: number }>`
    select
      count(*) filter (where m.contact_id is null and cp.contact_id is not null and acv.contact_id is not null) as missing,
      count(*) filter (where m.contact_id is not null and (cp.contact_id is null or acv.contact_id is null)) as alone,
      count(*) filter (where m.contact_id is not null and (
        m.acv <> acv.acv or m.scored_at > cp.scored_at or m.scored_at > acv.scored_at
        or m.combined1_conversion_probability_predicted <> cp.combined1_conversion_probability_predicted
        or m.combined3_conversion_probability_predicted <> cp.combined3_conversion_probability_predicted
        or abs(m.cp1_signup_first_value::float8 - cp.cp1_signup_first * acv.acv::float8) > 0.001
        or abs(m.cp3_signup_first_value::float8 - cp.cp3_signup_first * acv.acv::float8) > 0.001
        or abs(m.book_a_demo_1_probability_value::float8 - cp.book_a_demo_1_probability * acv.acv::float8) > 0.001
        or abs(m.book_a_demo_3_probability_value::float8 - cp.book_a_demo_3_probability * acv.acv::float8) > 0.001)) as wrong
    from contact_cp_score cp
    full join contact_acv_score acv using (contact_id)
    full join contact_conversion_probability m using (contact_id)`.execute(db);
  const { missing = 0, alone = 0, wrong = 0 } = rows[0] ?? {};
  if (missing + alone + wrong === 0) return null;
  return `the merge is wrong: ${missing} contacts are missing, ${alone} have one score only, ${wrong} have values that are not their scores'`;
}
