import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { connect, type Database } from './connect.ts';
import { migrations } from './migrations/index.ts';

const schemaLock = 7_361_001;

// `create schema if not exists` fails when two sessions run it at the same instant; the lock lets one go first.
const createSchema = (db: Database): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${schemaLock}::bigint)`.execute(tx);
    await sql`create schema if not exists bi`.execute(tx);
  });

/** Brings the database at `url` to the newest schema; several processes may call it at once, one of them migrates. Throws what a migration threw. */
export async function migrateToLatest(url: string): Promise<void> {
  const db = connect(url, 1);
  try {
    await createSchema(db);
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations }, migrationTableSchema: 'bi' });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  } finally {
    await db.destroy();
  }
}
