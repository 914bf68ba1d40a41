import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

/** The migrated database that every test database is a copy of. */
export const templateDatabase = 'waybill_template';

/** object_in_use: another copy is being made, or a connection to the template is just going. */
const templateIsBusy = '55006';
const attempts = 100;

/** Makes a migrated, empty database of its own for a test file; call `drop` when done. Works under the `int` project of Jest. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const admin = process.env.WAYBILL_TEST_POSTGRES;
  if (admin === undefined) throw new Error('There is no test server: run this through Jest, as an *.int.test.ts file.');
  const name = `waybill_test_${process.pid}_${randomBytes(5).toString('hex')}`;
  await copyTemplate(admin, name);
  return { url: urlOf(admin, name), drop: () => execute(admin, `drop database if exists ${name} with (force)`) };
}

/** Runs statements one by one, each in its own transaction, on the database of the address. */
export async function execute(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The address of another database on the same server. */
export function urlOf(admin: string, database: string): string {
  const url = new URL(admin);
  url.pathname = `/${database}`;
  return url.href;
}

async function copyTemplate(admin: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await execute(admin, `create database ${name} template ${templateDatabase}`);
    } catch (error) {
      if ((error as { code?: string }).code !== templateIsBusy || attempt === attempts) throw error;
      await delay(50);
    }
  }
}
