import { type Kysely, sql } from 'kysely';

/**
 * What a platform says, after the fact, of what it took: one row for each day, action and source, where a source is a request that can be
 * asked about, or a report. `accepted` is our own count, `counted` the platform's; null until it has told.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.read_back (
      platform text not null,
      account text not null,
      action text not null,
      day date not null,
      source text not null,
      accepted integer,
      counted integer,
      reasons jsonb not null default '[]',
      check_at timestamptz(3),
      checks integer not null default 0,
      checked_at timestamptz(3),
      problem text,
      primary key (platform, account, action, day, source)
    )`.execute(db);
  await sql`create index read_back_due on bi.read_back (platform, check_at) where check_at is not null`.execute(db);
}
