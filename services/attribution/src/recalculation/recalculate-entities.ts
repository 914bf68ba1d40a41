import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { compareTouches } from '../journeys/journey.ts';
import { decideTouch, type EntityKind, type EntityTouch, type Plan, plans } from './attribution-plan.ts';
import { type AttributionRow, readRows, saveRows, toRow } from './attribution-rows.ts';
import type { Cause } from './cause.ts';
import { holdEntities } from './hold-entities.ts';

interface TouchRow {
  entity: number;
  visit_id: number;
  session_id: string;
  visited_at: Date;
  channel: string;
  campaign: string | null;
}

const toTouch = (row: TouchRow): EntityTouch => ({
  ...{ id: row.session_id, visitId: row.visit_id, atMs: row.visited_at.getTime(), channel: row.channel, campaign: row.campaign },
  ...{ isHolder: false, isCloser: false, isImpression: false },
});

async function readTouches(tx: Database, { interactions, column }: Plan, entities: number[]): Promise<Map<number, EntityTouch[]>> {
  const { rows } = await sql<TouchRow>`
    select i.${sql.ref(column)} as entity, v.visit_id, v.session_id, v.visited_at, v.channel, v.campaign
    from ${sql.table(interactions)} i join visits v using (visit_id) where i.${sql.ref(column)} = any(${entities}::bigint[])`.execute(tx);
  const byEntity = Map.groupBy(rows, ({ entity }) => entity);
  return new Map([...byEntity].map(([entity, of]) => [entity, of.map(toTouch).sort(compareTouches)]));
}

async function readSignups(tx: Database, { profiles, column }: Plan, entities: number[]): Promise<Map<number, number>> {
  const { rows } = await sql<{ entity: number; signup_at: Date }>`
    select ${sql.ref(column)} as entity, signup_at from ${sql.table(profiles)}
    where ${sql.ref(column)} = any(${entities}::bigint[]) and signup_at is not null`.execute(tx);
  return new Map(rows.map(({ entity, signup_at }) => [entity, signup_at.getTime()]));
}

/** What a change tells of one attribution. */
interface Told {
  sessionId: string;
  at: string;
  channel: string;
  campaign: string | null;
  touches: number;
}

const tell = (row: AttributionRow | undefined): Told | null =>
  row === undefined
    ? null
    : { sessionId: row.session_id, at: row.touched_at, channel: row.channel, campaign: row.campaign, touches: row.touches };

interface Change {
  before: Record<string, Told | null>;
  after: Record<string, Told | null>;
}

async function saveChanges(
  tx: Database,
  kind: EntityKind,
  changes: Map<number, Change>,
  versions: Map<string, number>,
  causesOf: CausesOf,
): Promise<void> {
  if (changes.size === 0) return;
  const rows = [...changes].map(([entity, { before, after }]) => {
    return { entity, version: versions.get(`${entity}`), before, after, causes: causesOf(`${entity}`) };
  });
  await sql`
    insert into attribution_change (kind, entity, version, changed_at, before, after, causes)
    select ${kind}, entity, version, now(), before, after, causes
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (entity bigint, version bigint, before jsonb, after jsonb, causes jsonb)`.execute(
    tx,
  );
}

export type CausesOf = (entity: string) => Cause[];

/**
 * Computes first, last and limited touch of companies, or the first of contacts, from all touches known now, and notes what is another than
 * before, and why. In one transaction; computing again changes nothing. Answers how many changed.
 */
export async function recalculateEntities(db: Database, kind: EntityKind, entities: string[], causesOf: CausesOf): Promise<number> {
  const plan = plans[kind];
  const ids = entities.map(Number);
  return db.transaction().execute(async (tx) => {
    const versions = await holdEntities(tx, kind, entities);
    const touches = await readTouches(tx, plan, ids);
    const signups = await readSignups(tx, plan, ids);
    const changes = new Map<number, Change>();
    for (const attribution of plan.attributions) {
      const { name, model } = attribution;
      const present = await readRows(tx, attribution, plan, ids);
      const wanted = ids.map((id): [number, AttributionRow | undefined] => {
        const all = touches.get(id) ?? [];
        const touch = decideTouch(model, all, signups.get(id));
        return [id, touch === null ? undefined : toRow(id, touch, all.length, model)];
      });
      const different = wanted.filter(([id, row]) => JSON.stringify(row) !== JSON.stringify(present.get(id)));
      for (const [id, row] of different) {
        const change = changes.get(id) ?? { before: {}, after: {} };
        change.before[name] = tell(present.get(id));
        change.after[name] = tell(row);
        changes.set(id, change);
      }
      const rows = different.flatMap(([, row]) => row ?? []).sort((left, right) => left.entity - right.entity);
      const gone = different.flatMap(([id, row]) => (row === undefined ? [id] : []));
      await saveRows(tx, attribution, plan, rows, gone, versions);
    }
    await saveChanges(tx, kind, changes, versions, causesOf);
    return changes.size;
  });
}
