// Writes the types of the tables in schema `bi`, as the migrations make them. With --check it compares instead and fails on a difference.
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Kysely, PostgresDialect as KyselyPostgres } from 'kysely';
import { generate, PostgresDialect } from 'kysely-codegen';
import { Pool } from 'pg';
import { startThrowAwayPostgres } from './throw-away-postgres.ts';

const root = join(import.meta.dirname, '..', '..');
const target = join(root, 'packages', 'shared', 'src', 'db', 'generated.ts');
const usage =
  'Usage: npm run db:types [-- --check]\n\nWrites packages/shared/src/db/generated.ts; --check compares and exits 1 when it differs.\n';

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) process.stdout.write(usage);
else process.exitCode = await (values.check ? check() : write());

async function write(): Promise<number> {
  await writeFile(target, await typesFromMigrations());
  return say(`Wrote ${relative(root, target)}\n`, 0);
}

async function check(): Promise<number> {
  const found = await readFile(target, 'utf8').catch(() => '');
  if (found === (await typesFromMigrations())) return say(`${relative(root, target)} is what the migrations make.\n`, 0);
  return say(`${relative(root, target)} differs from what the migrations make. Run: npm run db:types\n`, 1);
}

async function typesFromMigrations(): Promise<string> {
  const server = await startThrowAwayPostgres();
  try {
    const { migrateToLatest } = await import('../../packages/shared/src/db/migrate.ts');
    await migrateToLatest(server.url);
    return await typesOf(server.url);
  } finally {
    await server.stop();
  }
}

/** Keys are plain table names, since the connections have `bi` in their search path. */
async function typesOf(url: string): Promise<string> {
  const pool = new Pool({ connectionString: url });
  // The server is stopped while the pool is still hanging up.
  pool.on('error', () => {});
  const db = new Kysely({ dialect: new KyselyPostgres({ pool }) });
  try {
    return await generate({
      db,
      defaultSchemas: ['bi'],
      dialect: new PostgresDialect({ defaultSchemas: ['bi'] }),
      includePattern: 'bi.*',
      outFile: null,
      typeMapping: { int8: 'number', numeric: 'string' },
    });
  } finally {
    await db.destroy();
  }
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}
