import { execute, templateDatabase, urlOf } from './test-database.ts';
import { startThrowAwayPostgres } from './throw-away-postgres.ts';

declare global {
  /** Ends what `jest-setup` has started; `jest-teardown` runs in the same process. */
  var stopTestPostgres: (() => Promise<void>) | undefined;
}

/** Readies one server for all integration tests, that of DATABASE_URL or one of our own, with a migrated template database. */
export default async function setUp(): Promise<void> {
  const { migrateToLatest } = await import('../../packages/shared/src/db/migrate.ts');
  const admin = process.env.DATABASE_URL ?? (await startOwn());
  await execute(admin, `drop database if exists ${templateDatabase} with (force)`, `create database ${templateDatabase}`);
  await migrateToLatest(urlOf(admin, templateDatabase));
  process.env.WAYBILL_TEST_POSTGRES = admin;
}

async function startOwn(): Promise<string> {
  const { url, stop } = await startThrowAwayPostgres();
  globalThis.stopTestPostgres = stop;
  return url;
}
