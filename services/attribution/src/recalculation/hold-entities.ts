import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { TaskKind } from './tasks.ts';

/**
 * Holds entities until the transaction ends, and gives each computation of one a higher version than the one before it. What is read after
 * this was there when the version was given, so an older computation can never overwrite a newer one.
 */
export async function holdEntities(tx: Database, kind: TaskKind, entities: string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ entity: string; version: number }>`
    insert into attribution_state as s (kind, entity, version, computed_at)
    select ${kind}, e.entity, nextval('attribution_version'), clock_timestamp()
    from (select unnest(${entities.toSorted()}::text[]) as entity) e
    on conflict (kind, entity) do update set version = nextval('attribution_version'), computed_at = clock_timestamp()
    returning entity, version`.execute(tx);
  return new Map(rows.map(({ entity, version }) => [entity, version]));
}
