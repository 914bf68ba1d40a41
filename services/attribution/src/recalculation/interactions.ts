import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { Goal } from '../identity/resolve-client.ts';

export interface VisitRow {
  visit_id: number;
  session_id: string;
  client_id: string;
  visited_at: Date;
  channel: string;
}

/** A visit and the company or contact whose it is. */
export interface Interaction {
  entity: number;
  visit: VisitRow;
}

/** The table of whose visits are, and its column of the owner. */
export const owners = { company: ['company_interactions', 'company'], contact: ['contact_interactions', 'contact_id'] } as const;

export async function readVisits(tx: Database, clients: string[]): Promise<VisitRow[]> {
  const { rows } = await sql<VisitRow>`
    select visit_id, session_id, client_id, visited_at, channel from visits where client_id = any(${clients}::uuid[])`.execute(tx);
  return rows;
}

/** Whose the visits are so far: by identity links, and by what the tracker or the CRM said of them. */
export async function readInteractions(tx: Database, goal: Goal, visits: VisitRow[]): Promise<Record<'linked' | 'known', Interaction[]>> {
  const [table, column] = owners[goal];
  const { rows } = await sql<{ entity: number; visit_id: number; is_known: boolean }>`
    select ${sql.ref(column)} as entity, visit_id, is_known from ${sql.table(table)}
    where visit_id = any(${visits.map(({ visit_id }) => visit_id)}::bigint[])`.execute(tx);
  const byId = new Map(visits.map((visit) => [visit.visit_id, visit]));
  const toInteractions = (isKnown: boolean): Interaction[] =>
    rows.filter(({ is_known }) => is_known === isKnown).map(({ entity, visit_id }) => ({ entity, visit: byId.get(visit_id) as VisitRow }));
  return { linked: toInteractions(false), known: toInteractions(true) };
}

/** Has interactions say what their visits say: one that was saved while its visit got another content says what that was before. */
export async function refreshInteractions(tx: Database, goal: Goal, visits: VisitRow[]): Promise<void> {
  const [table] = owners[goal];
  await sql`
    update ${sql.table(table)} i set interacted_at = v.visited_at, channel = v.channel from visits v
    where v.visit_id = i.visit_id and i.visit_id = any(${visits.map(({ visit_id }) => visit_id)}::bigint[])
      and (i.interacted_at, i.channel) is distinct from (v.visited_at, v.channel)`.execute(tx);
}

const keyOf = ({ entity, visit }: Interaction): string => `${entity} ${visit.visit_id}`;
const byEntityAndVisit = (left: Interaction, right: Interaction): number =>
  left.entity - right.entity || left.visit.visit_id - right.visit.visit_id;
/** What is in one list and not in the other, in the order in which rows are written everywhere. */
export const without = (all: Interaction[], others: Interaction[]): Interaction[] => {
  const keys = new Set(others.map(keyOf));
  return all.filter((one) => !keys.has(keyOf(one))).sort(byEntityAndVisit);
};

export async function saveInteractions(tx: Database, goal: Goal, added: Interaction[], removed: Interaction[]): Promise<void> {
  const [table, column] = owners[goal];
  const columns = (all: Interaction[]) =>
    sql`unnest(${all.map(({ entity }) => entity)}::bigint[], ${all.map(({ visit }) => visit.visit_id)}::bigint[])`;
  if (removed.length > 0) {
    await sql`
      with held as (
        select i.${sql.ref(column)} as entity, i.visit_id from ${sql.table(table)} i
        join ${columns(removed)} as r (entity, visit_id) on i.${sql.ref(column)} = r.entity and i.visit_id = r.visit_id
        where not i.is_known order by 1, 2 for update of i
      )
      delete from ${sql.table(table)} i using held where i.${sql.ref(column)} = held.entity and i.visit_id = held.visit_id`.execute(tx);
  }
  if (added.length > 0) {
    await sql`
      insert into ${sql.table(table)} (${sql.ref(column)}, visit_id, interacted_at, channel, is_known)
      select a.entity, a.visit_id, v.visited_at, v.channel, false from ${columns(added)} as a (entity, visit_id) join visits v using (visit_id)
      order by a.entity, a.visit_id
      on conflict do nothing`.execute(tx);
  }
}
