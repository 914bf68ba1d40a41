import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import { sql } from 'kysely';
import { findAffectedClients } from '../identity/find-affected.ts';
import { saveLinks } from '../identity/save-links.ts';
import { owners } from '../recalculation/interactions.ts';
import { type Trigger, trigger } from '../recalculation/tasks.ts';
import { type KnownLink, type Touchpoint, toFacts, type Visit } from './to-facts.ts';

interface SavedVisit {
  visit_id: number;
  client_id: string;
  /** Whether another content of the same session had been saved before. */
  is_replaced: boolean;
}

type Dated = { content_hash: string } & ({ visited_at: string } | { occurred_at: string });
const orderOf = (row: Dated): string => `${'visited_at' in row ? row.visited_at : row.occurred_at} ${row.content_hash}`;

/** Of several contents of one id the one that counts, whichever came first; in the order of the ids. */
function firstOfEach<T extends Dated>(rows: T[], idOf: (row: T) => string): T[] {
  const first = new Map<string, T>();
  for (const row of rows) {
    const known = first.get(idOf(row));
    if (known === undefined || orderOf(row) < orderOf(known)) first.set(idOf(row), row);
  }
  return [...first].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
}

const visitColumns = [
  ...['session_id', 'client_id', 'visited_at', 'channel', 'campaign', 'gclid', 'wbraid', 'gbraid', 'fbclid', 'fbp', 'fbc', 'msclkid'],
  ...['ip_address', 'user_agent', 'source_url', 'content_hash'],
];
const columnList = (columns: string[]) => sql.join(columns.map((column) => sql.ref(column)));
/** All but the key, the first: whoever sets that locks out those who only refer to the row, and waits for them. */
const replaceAll = ([, ...columns]: string[]) => sql.join(columns.map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`));

/** Saves visits; answers those that are new or have another content now. */
async function saveVisits(tx: Database, visits: Visit[]): Promise<SavedVisit[]> {
  if (visits.length === 0) return [];
  const given = JSON.stringify(firstOfEach(visits, ({ session_id }) => session_id));
  const { rows } = await sql<SavedVisit>`
    insert into visits as v (${columnList(visitColumns)})
    select ${columnList(visitColumns)} from jsonb_populate_recordset(null::visits, ${given}::jsonb)
    on conflict (session_id) do update set ${replaceAll(visitColumns)}
      where (excluded.visited_at, excluded.content_hash) < (v.visited_at, v.content_hash)
    returning visit_id, client_id, xmax <> 0 as is_replaced`.execute(tx);
  return rows;
}

const touchpointColumns = [
  ...['touchpoint_id', 'kind', 'client_id', 'session_id', 'email_sha256', 'occurred_at', 'channel', 'campaign', 'surface', 'form'],
  'content_hash',
];

async function saveTouchpoints(tx: Database, touchpoints: Touchpoint[]): Promise<void> {
  if (touchpoints.length === 0) return;
  const given = JSON.stringify(firstOfEach(touchpoints, ({ touchpoint_id, kind }) => `${touchpoint_id} ${kind}`));
  await sql`
    insert into interaction_touchpoints as t (${columnList(touchpointColumns)})
    select ${columnList(touchpointColumns)} from jsonb_populate_recordset(null::interaction_touchpoints, ${given}::jsonb)
    on conflict (touchpoint_id, kind) do update set ${replaceAll(touchpointColumns)}
      where (excluded.occurred_at, excluded.content_hash) < (t.occurred_at, t.content_hash)`.execute(tx);
}

/** Links sessions to those whom the tracker or the CRM knows them to belong to; such a link is never taken away. */
async function saveKnown(tx: Database, kind: KnownLink['kind'], links: KnownLink[]): Promise<Trigger[]> {
  if (links.length === 0) return [];
  const [table, column] = owners[kind];
  const { rows } = await sql<{ entity: number; session_id: string; at: Date; channel: string }>`
    with given as (
      select distinct g.entity, v.visit_id, v.session_id, v.visited_at, v.channel
      from unnest(${links.map(({ entity }) => entity)}::bigint[], ${links.map(({ session_id }) => session_id)}::uuid[]) as g (entity, session_id)
      join visits v on v.session_id = g.session_id
    ), saved as (
      insert into ${sql.table(table)} as i (${sql.ref(column)}, visit_id, interacted_at, channel, is_known)
      select entity, visit_id, visited_at, channel, true from given order by entity, visit_id
      on conflict (${sql.ref(column)}, visit_id) do update set is_known = true where not i.is_known
      returning ${sql.ref(column)} as entity, visit_id
    )
    select entity, g.session_id, g.visited_at as at, g.channel from saved join given g using (entity, visit_id)`.execute(tx);
  return rows.map(({ entity, session_id, at, channel }) => ({
    ...{ kind, entity: `${entity}` },
    causes: [
      {
        ...{ added: [{ sessionId: session_id, at: at.toISOString(), channel }], removed: [], via: null },
        events: [{ source: 'session', id: session_id }],
      },
    ],
  }));
}

/** A visit that has another content now is told anew to whom it belongs. */
async function refreshInteractions(tx: Database, kind: KnownLink['kind'], replaced: SavedVisit[]): Promise<Trigger[]> {
  if (replaced.length === 0) return [];
  const [table, column] = owners[kind];
  const { rows } = await sql<{ entity: number }>`
    with held as (
      select i.${sql.ref(column)} as entity, i.visit_id from ${sql.table(table)} i
      where i.visit_id = any(${replaced.map(({ visit_id }) => visit_id)}::bigint[]) order by 1, 2 for update
    )
    update ${sql.table(table)} i set interacted_at = v.visited_at, channel = v.channel
    from held join visits v using (visit_id) where i.${sql.ref(column)} = held.entity and i.visit_id = held.visit_id
    returning i.${sql.ref(column)} as entity`.execute(tx);
  return rows.map(({ entity }) => ({ kind, entity: `${entity}`, causes: [] }));
}

/** Of clients those that some link knows: only they can belong to anybody. */
async function findLinkedClients(tx: Database, clients: string[]): Promise<string[]> {
  if (clients.length === 0) return [];
  const { rows } = await sql<{ value: string }>`
    select value from identity_node where type = 'client' and value = any(${clients}::text[])`.execute(tx);
  return rows.map(({ value }) => value);
}

/** Saves what tracking events say, in one transaction, and has everyone concerned computed again. Safe to repeat, in any order. */
export async function saveEvents(db: Database, events: TrackingEvent[], ownDomains: ReadonlySet<string>): Promise<void> {
  const facts = events.map((event) => toFacts(event, ownDomains));
  await db.transaction().execute(async (tx) => {
    const saved = await saveVisits(
      tx,
      facts.flatMap(({ visit }) => visit ?? []),
    );
    await saveTouchpoints(
      tx,
      facts.flatMap(({ touchpoint }) => touchpoint ?? []),
    );
    const replaced = saved.filter(({ is_replaced }) => is_replaced);
    const known = facts.flatMap((fact) => fact.known);
    const owned: Trigger[] = [];
    // Companies before contacts, as whoever computes clients: nobody then waits in a ring.
    for (const kind of ['company', 'contact'] as const) {
      owned.push(...(await refreshInteractions(tx, kind, replaced)));
      const links = known.filter((link) => link.kind === kind);
      owned.push(...(await saveKnown(tx, kind, links)));
    }
    const changes = await saveLinks(
      tx,
      facts.flatMap(({ links }) => links),
    );
    const clients = new Set([
      ...(await findAffectedClients(tx, changes)),
      ...(await findLinkedClients(
        tx,
        saved.map(({ client_id }) => client_id),
      )),
      ...replaced.map(({ client_id }) => client_id),
    ]);
    const clientTriggers = [...clients].map((entity): Trigger => ({ kind: 'client', entity, causes: [] }));
    await trigger(tx, [...clientTriggers, ...owned]);
  });
}
