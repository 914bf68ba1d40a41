import { afterAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase } from './test-database.ts';

const databases = await Promise.all(Array.from({ length: 4 }, createTestDatabase));
afterAll(() => Promise.all(databases.map(({ drop }) => drop())));

it('gives each caller a migrated database of its own, even when many ask at once', async () => {
  expect(new Set(databases.map(({ url }) => url)).size).toBe(4);
  for (const { url } of databases) {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(`select count(*)::int as count from bi.conversion_candidate`);
    await client.query('create table bi.only_here ()');
    await client.end();
    expect(rows).toEqual([{ count: 0 }]);
  }
});
