import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import { connect, isConnectionError } from './index.ts';

let database: { url: string; drop(): Promise<void> };
let line: Server;
const sockets = new Set<Socket>();
/** The line to the database: while it is dead it takes every byte and passes none on, and nobody is told. */
let isDead = false;

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  line = createServer((near) => {
    const far = connectTo(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.on('data', (bytes) => isDead || far.write(bytes));
    far.on('data', (bytes) => isDead || near.write(bytes));
    // Nobody tells the server that a client behind a dead line is gone.
    near.on('close', () => isDead || far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  line.close();
  await database.drop();
});

it('a statement that a vanished database leaves unanswered fails like a broken connection, and the next one finds its way again', async () => {
  const url = new URL(database.url);
  const address = line.address();
  url.port = `${typeof address === 'object' ? address?.port : ''}`;
  const db = connect(url.href, 1, 300);
  try {
    const ask = () => sql<{ answer: number }>`select 42 as answer`.execute(db).then(({ rows }) => rows[0]?.answer);
    expect(await ask()).toBe(42);
    isDead = true;
    const error: unknown = await ask().catch((problem: unknown) => problem);
    expect(isConnectionError(error)).toBe(true);
    isDead = false;
    expect(await ask()).toBe(42);
    expect(await sql`select pg_sleep(0.01)`.execute(db)).toMatchObject({ rows: [{}] });
  } finally {
    await db.destroy();
  }
});

it('the locks of a client that vanished in the middle of a transaction are free again', async () => {
  const url = new URL(database.url);
  const address = line.address();
  url.port = `${typeof address === 'object' ? address?.port : ''}`;
  const vanishing = connect(url.href, 1, 300);
  const other = connect(database.url, 1);
  try {
    const transaction = vanishing.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(7)`.execute(tx);
      isDead = true;
      await sql`select 1`.execute(tx);
    });
    const error: unknown = await transaction.catch((problem: unknown) => problem);
    expect(isConnectionError(error)).toBe(true);
    expect((await sql<{ taken: string }>`select pg_advisory_lock(7)::text as taken`.execute(other)).rows).toHaveLength(1);
  } finally {
    isDead = false;
    await vanishing.destroy();
    await other.destroy();
  }
});
