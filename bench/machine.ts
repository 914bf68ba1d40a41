import { arch, cpus, platform, totalmem } from 'node:os';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

export interface Machine {
  cores: number;
  processor: string;
  system: string;
  memoryGb: number;
  node: string;
}

export const describeMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model.trim() || 'unknown',
  system: `${platform()} ${arch()}`,
  memoryGb: Math.round(totalmem() / 1024 ** 3),
  node: process.version,
});

const told = ['shared_buffers', 'work_mem', 'maintenance_work_mem', 'max_wal_size', 'fsync', 'synchronous_commit', 'full_page_writes'];

/** The server's version and the settings that figures depend on, as it says itself. */
export async function describePostgres(db: Database): Promise<{ version: string; settings: Record<string, string> }> {
  const { rows } = await sql<{ version: string; settings: Record<string, string> }>`
    select current_setting('server_version') as version,
           (select jsonb_object_agg(name, current_setting(name)) from unnest(${told}::text[]) as name) as settings`.execute(db);
  return rows[0] ?? { version: 'unknown', settings: {} };
}
