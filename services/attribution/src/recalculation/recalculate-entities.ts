import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { compareTouches, type Touch } from '../journeys/journey.ts';
import { first } from '../models/first.ts';
import { first28Days } from '../models/first-28-days.ts';
import { last } from '../models/last.ts';
import type { JourneyModel } from '../models/model.ts';
import type { Cause } from './cause.ts';
import { holdEntities } from './hold-entities.ts';

export type EntityKind = 'company' | 'contact';

interface Attribution {
  table: string;
  /** What it is called where a change is told. */
  name: string;
  model: JourneyModel;
}

interface Plan {
  interactions: string;
  column: string;
  attributions: Attribution[];
  profiles: string;
}

const plans: Record<EntityKind, Plan> = {
  company: {
    ...{ interactions: 'company_interactions', column: 'company', profiles: 'company_profile_meta_data' },
    attributions: [
      { table: 'company_profile_attribution', name: 'first', model: first },
      { table: 'company_profile_attribution_last', name: 'last', model: last },
      { table: 'company_profile_attribution_first_limited', name: 'first of 28 days', model: first28Days },
    ],
  },
  contact: {
    ...{ interactions: 'contact_interactions', column: 'contact_id', profiles: 'contact_profile_metadata' },
    attributions: [{ table: 'contact_profile_attribution_first', name: 'first', model: first }],
  },
};

interface TouchRow {
  entity: number;
  visit_id: number;
  session_id: string;
  visited_at: Date;
  channel: string;
  campaign: string | null;
}

interface EntityTouch extends Touch {
  visitId: number;
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

/** The touch that a model gives all credit to; null where it credits none. A window ends with the signup, before that with the latest touch. */
function decideTouch(model: JourneyModel, touches: EntityTouch[], signupAtMs: number | undefined): EntityTouch | null {
  const considered = model.needsTimes === true && signupAtMs !== undefined ? touches.filter(({ atMs }) => atMs <= signupAtMs) : touches;
  const convertedAtMs = signupAtMs ?? touches.at(-1)?.atMs ?? 0;
  const credits = model.credit({ conversionId: '', convertedAtMs, valueMinor: 0n, currency: 'USD', touches: considered });
  return considered[credits.indexOf(1)] ?? null;
}

interface AttributionRow {
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

const toRow = (entity: number, touch: EntityTouch, touches: number, { name, version }: JourneyModel): AttributionRow => ({
  ...{ entity, session_id: touch.id, visit_id: touch.visitId, touched_at: new Date(touch.atMs).toISOString(), channel: touch.channel },
  ...{ campaign: touch.campaign, touches, model: name, model_version: version },
});

const columns = ['session_id', 'visit_id', 'touched_at', 'channel', 'campaign', 'touches', 'model', 'model_version'];

async function readRows(tx: Database, { table }: Attribution, { column }: Plan, entities: number[]): Promise<Map<number, AttributionRow>> {
  const { rows } = await sql<Omit<AttributionRow, 'touched_at'> & { touched_at: Date }>`
    select ${sql.ref(column)} as entity, ${sql.join(columns.map((name) => sql.ref(name)))} from ${sql.table(table)}
    where ${sql.ref(column)} = any(${entities}::bigint[])`.execute(tx);
  return new Map(rows.map((row) => [row.entity, { ...row, touched_at: row.touched_at.toISOString() }]));
}

async function saveRows(
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
