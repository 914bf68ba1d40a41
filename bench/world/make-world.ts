import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { makeCompanies } from './companies.ts';
import { makeContacts } from './contacts.ts';
import { type WorldSize, worldAt } from './invent.ts';
import { makeVisits } from './visits.ts';

const sources = ['company_conversion_probability', 'contact_cp_score', 'contact_acv_score', 'contact_conversion_probability'];

/** A connection on which triggers and foreign keys sleep: what they would note is what the first run decides anyway. */
const loading = (db: Database, load: (connection: Database) => Promise<void>): Promise<void> =>
  db.connection().execute(async (connection) => {
    await sql`set session_replication_role = replica`.execute(connection);
    try {
      await load(connection);
    } finally {
      await sql`reset session_replication_role`.execute(connection);
    }
  });

/** Fills an empty, migrated database, two connections side by side; the same size and seed give the same rows. */
export async function makeWorld(db: Database, world: WorldSize, say: (line: string) => void): Promise<void> {
  const { companies, contacts, visits, paidClicks } = world;
  const ends = await Promise.allSettled([
    loading(db, async (connection) => {
      await makeCompanies(connection, world);
      say(`${companies} companies with scores`);
      await makeContacts(connection, world);
      say(`${contacts} contacts with scores`);
    }),
    loading(db, async (connection) => {
      await makeVisits(connection, world);
      say(`${visits} visits, ${paidClicks} of them paid clicks of the last eight days`);
    }),
  ]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await db
    .insertInto('sync_run')
    .values(sources.map((source) => ({ run_id: 'bench', source, status: 'succeeded', started_at: worldAt, finished_at: worldAt })))
    .execute();
  await sql`vacuum analyze`.execute(db);
  // What the load left to write is no part of what is measured.
  await sql`checkpoint`.execute(db);
  say('vacuumed, analysed and written to disk');
}
