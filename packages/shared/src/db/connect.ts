import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DB } from './generated.ts';

/** A query builder over schema `bi`; table names are used without the schema. */
export type Database = Kysely<DB>;

const int8 = 20;
const types = new pg.TypeOverrides();
// Ids and counts stay far below 2^53; a string for each of them would spread casts through the code.
types.setTypeParser(int8, (text) => Number(text));

/** A connection that gives itself up when a statement is not answered in time: a server that vanished without a word is not waited for. */
function clientWithDeadline(answerWithinMs: number): typeof pg.Client {
  return class extends pg.Client {
    override query(...statement: unknown[]): never {
      const answer = (super.query as (...statement: unknown[]) => unknown)(...statement);
      if (answer instanceof Promise) {
        // The statement then fails as it does when the server closes the connection.
        const timer = setTimeout(() => this.connection.stream.destroy(), answerWithinMs);
        answer.finally(() => clearTimeout(timer)).catch(() => undefined);
      }
      return answer as never;
    }
  };
}

const connectWithinMs = 10_000;

/**
 * Opens a pool of at most `max` connections, made on first use. `answerWithinMs`: how long a statement may go unanswered, and how long the
 * server keeps a transaction open, with its locks, of which it hears nothing: a client that vanished holds nobody up. Unset: as long as it likes.
 */
export function connect(url: string, max = 10, answerWithinMs?: number): Database {
  const idle = answerWithinMs === undefined ? '' : ` -c idle_in_transaction_session_timeout=${answerWithinMs}`;
  const pool = new pg.Pool({
    ...(answerWithinMs === undefined ? {} : { Client: clientWithDeadline(answerWithinMs) }),
    connectionString: url,
    max,
    types,
    options: `-c search_path=bi -c timezone=UTC${idle}`,
    connectionTimeoutMillis: Math.min(connectWithinMs, answerWithinMs ?? connectWithinMs),
    keepAlive: true,
  });
  // A connection that breaks is replaced by the pool at its next use, and a statement on it fails by itself; without these listeners
  // a break between two statements would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}
