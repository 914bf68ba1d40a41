import { afterAll, beforeAll } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { createTestDatabase } from './test-database.ts';

/** Gives the tests of a file a migrated, empty database of their own, with at most so many connections, and drops it after them. */
export function useTestDatabase(connections: number, give: (db: Database) => void): void {
  let database: { url: string; drop(): Promise<void> };
  let db: Database;
  beforeAll(async () => {
    database = await createTestDatabase();
    db = connect(database.url, connections);
    give(db);
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });
}
