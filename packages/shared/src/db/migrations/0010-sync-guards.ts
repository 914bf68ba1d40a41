import { type Kysely, sql } from 'kysely';

/** What sync compares a source with, and the rows that it could not use. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table bi.sync_run add column profile jsonb, add column accepted boolean not null default false`.execute(db);
  await sql`
    create table bi.score_quarantine (
      source text not null,
      key text not null,
      reason text not null,
      score jsonb not null,
      run_id text not null,
      first_seen_at timestamptz(3) not null,
      last_seen_at timestamptz(3) not null,
      primary key (source, key)
    )`.execute(db);
}
