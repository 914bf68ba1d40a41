import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DB } from './generated.ts';

/** A query builder over schema `bi`; table names are used without the schema. */
export type Database = Kysely<DB>;

const int8 = 20;
const types = new pg.TypeOverrides();
// Ids and counts stay far below 2^53; a string for each of them would spread casts through the code.
types.setTypeParser(int8, (text) => Number(text));

/** Opens a pool; connections are made on first use. `max` is the largest number of connections. */
export function connect(url: string, max = 10): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    options: '-c search_path=bi -c timezone=UTC',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A connection that breaks is replaced by the pool at its next use, and a statement on it fails by itself; without these listeners
  // a break between two statements would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}
