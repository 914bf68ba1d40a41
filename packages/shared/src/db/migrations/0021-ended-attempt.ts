import { type Kysely, sql } from 'kysely';

/** The last attempt of a delivery that has ended, so that none ends twice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table bi.delivery add column ended_attempt integer not null default 0`.execute(db);
}
