import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { BadRow, SourceName } from './sources.ts';

/** The temporary table in which a run gathers the rows it cannot use. */
export const createStagedQuarantine = async (db: Database): Promise<void> => {
  await sql`drop table if exists staged_quarantine`.execute(db);
  await sql`create temporary table staged_quarantine (key bigint, reason text, score jsonb)`.execute(db);
};

export async function stageBadRows(db: Database, bad: BadRow[]): Promise<void> {
  if (bad.length === 0) return;
  await sql`
    insert into staged_quarantine select * from jsonb_to_recordset(${JSON.stringify(bad)}::jsonb) as t (key bigint, reason text, score jsonb)`.execute(
    db,
  );
}

/** Makes the quarantine of a source hold what the run could not use: rows that came good leave it. */
export async function saveQuarantine(db: Database, source: SourceName, runId: string, now: Date): Promise<void> {
  await sql`
    delete from score_quarantine q where source = ${source} and not exists (select from staged_quarantine s where s.key::text = q.key)`.execute(
    db,
  );
  await sql`
    insert into score_quarantine (source, key, reason, score, run_id, first_seen_at, last_seen_at)
    select distinct on (key) ${source}, key::text, reason, score, ${runId}, ${now}::timestamptz, ${now}::timestamptz
    from staged_quarantine where key is not null order by key
    on conflict (source, key) do update
      set reason = excluded.reason, score = excluded.score, run_id = excluded.run_id, last_seen_at = excluded.last_seen_at`.execute(db);
}
