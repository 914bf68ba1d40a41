import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { caps, mostEdges, mostHops } from './graph.ts';

/** What saving links has changed: nodes that are new, or blocked now, and edges. */
export interface LinkChanges {
  nodes: number[];
  edges: { from: number; to: number }[];
}

interface Reached {
  id: number;
  type: string;
  value: string;
}

interface Neighbour extends Reached {
  at: number;
}

/** Of a node that is neither domain nor end; one with more, or with more links, is closed, and was so before: what has just changed is met already. */
const mostNeighbours = Math.max(...Object.values(caps).flatMap((of) => Object.values(of)));

/** Where searches that pass these nodes may have come from, without what was met before. A closed node is not passed. */
async function stepBack(tx: Database, from: Reached[], seen: number[]): Promise<Reached[]> {
  const neighbours = (near: 'from_node' | 'to_node', far: 'from_node' | 'to_node', type: string) => sql`
    select n.node_id as id, n.type, n.value from identity_edge e
    join identity_node n on n.node_id = e.${sql.ref(far)} and n.type in ('client', 'email')
    where e.${sql.ref(near)} = at.id and at.type = ${type} and e.is_active and e.${sql.ref(far)} <> all(${seen}::bigint[])`;
  const { rows } = await sql<Neighbour>`
    select at.id as at, o.*
    from unnest(${from.map(({ id }) => id)}::bigint[], ${from.map(({ type }) => type)}::text[]) as at (id, type)
    cross join lateral (
      (${neighbours('to_node', 'from_node', 'email')} limit ${mostEdges + 1})
      union all (${neighbours('from_node', 'to_node', 'client')} limit ${mostEdges + 1})
      union all (${neighbours('to_node', 'from_node', 'domain')})
    ) o`.execute(tx);
  const typeOf = new Map(from.map(({ id, type }) => [id, type]));
  const isOpen = (at: number, links: Neighbour[]): boolean =>
    typeOf.get(at) === 'domain' || (links.length <= mostEdges && new Set(links.map(({ id }) => id)).size <= mostNeighbours);
  const open = [...Map.groupBy(rows, ({ at }) => at)].filter(([at, links]) => isOpen(at, links));
  return [...new Map(open.flatMap(([, links]) => links.map((node) => [node.id, node]))).values()];
}

/**
 * The clients whose company or contact may be another after a change of links: all from which a search, as the links stood before or as they
 * stand now, passes what changed. May name clients for which nothing changes.
 */
export async function findAffectedClients(tx: Database, { nodes, edges }: LinkChanges): Promise<string[]> {
  if (nodes.length === 0 && edges.length === 0) return [];
  // The company's side of an edge need not be left: what it links is seen from the person's side. How many clients an address has counts on both.
  const { rows: starts } = await sql<Reached>`
    select n.node_id as id, n.type, n.value from identity_node n
    where (n.node_id = any(${edges.map(({ from }) => from)}::bigint[]) and n.blocked is null)
       or (n.node_id = any(${edges.map(({ to }) => to)}::bigint[]) and n.blocked is null and n.type = 'email')
       or n.node_id = any(${nodes}::bigint[])`.execute(tx);
  const met = new Map(starts.map((node) => [node.id, node]));
  let frontier = starts;
  for (let hops = 1; hops < mostHops.company && frontier.length > 0; hops++) {
    frontier = await stepBack(tx, frontier, [...met.keys()]);
    for (const node of frontier) met.set(node.id, node);
  }
  return [...met.values()].filter(({ type }) => type === 'client').map(({ value }) => value);
}
