import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { JourneyModel } from '../models/model.ts';
import type { Attribution, EntityTouch, Plan } from './attribution-plan.ts';

/** A row of a table of attribution, of an entity by its number. */
export interface AttributionRow {
  entity: number;
  session_id: string;
  visit_id: number;
  touched_at: string;
  channel: string;
  campaign: string | null;
  touches: number;
  model: string;
  model_version: string;
}

export const toRow = (entity: number, touch: EntityTouch, touches: number, { name, version }: JourneyModel): AttributionRow => ({
  ...{ entity, session_id: touch.id, visit_id: touch.visitId, touched_at: new Date(touch.atMs).toISOString(), channel: touch.channel },
  ...{ campaign: touch.campaign, touches, model: name, model_version: version },
});

const columns = ['session_id', 'visit_id', 'touched_at', 'channel', 'campaign', 'touches', 'model', 'model_version'];

export async function readRows(
  tx: Database,
  { table }: Attribution,
  { column }: Plan,
  entities: number[],
): Promise<Map<number, AttributionRow>> {
  const { rows } = await sql<Omit<AttributionRow, 'touched_at'> & { touched_at: Date }>`
    select ${sql.ref(column)} as entity, ${sql.join(columns.map((name) => sql.ref(name)))} from ${sql.table(table)}
    where ${sql.ref(column)} = any(${entities}::bigint[])`.execute(tx);
  return new Map(rows.map((row) => [row.entity, { ...row, touched_at: row.touched_at.toISOString() }]));
}

export async function saveRows(
  tx: Database,
  { table }: Attribution,
  { column }: Plan,
  rows: AttributionRow[],
  gone: number[],
  versions: Map<string, number>,
): Promise<void> {
  if (gone.length > 0) await sql`delete from ${sql.table(table)} where ${sql.ref(column)} = any(${gone}::bigint[])`.execute(tx);
  if (rows.length === 0) return;
  const given = JSON.stringify(rows.map((row) => ({ ...row, version: versions.get(`${row.entity}`) })));
  const names = sql.join(columns.map((name) => sql.ref(name)));
  await sql`
    insert into ${sql.table(table)} as t (${sql.ref(column)}, ${names}, version, computed_at)
    select entity, ${names}, version, now() from jsonb_to_recordset(${given}::jsonb) as g (
      entity bigint, session_id uuid, visit_id bigint, touched_at timestamptz, channel text, campaign text, touches int, model text,
      model_version text, version bigint)
    on conflict (${sql.ref(column)}) do update set
      ${sql.join([...columns, 'version', 'computed_at'].map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`))}
      where t.version < excluded.version`.execute(tx);
}
