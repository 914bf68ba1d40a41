import type { Database } from '@waybill/shared/db';
import { type SqlBool, sql } from 'kysely';
import { type Graph, type GraphEdge, type GraphNode, mostEdges, mostHops, steps, waysFrom, whyClosed } from './graph.ts';

interface EdgeRow {
  at: number;
  from_node: number;
  to_node: number;
  source: string;
  event_id: string;
  confidence: number;
  is_primary: boolean;
  first_linked_at: Date;
  valid_from: Date | null;
  valid_to: Date | null;
  other: number;
  type: GraphNode['type'];
  value: string;
  blocked: string | null;
}

const toEdge = (row: EdgeRow): GraphEdge => ({
  from: row.from_node,
  to: row.to_node,
  source: row.source,
  eventId: row.event_id,
  confidence: row.confidence,
  isPrimary: row.is_primary,
  firstLinkedAtMs: row.first_linked_at.getTime(),
  validFromMs: row.valid_from?.getTime() ?? null,
  validToMs: row.valid_to?.getTime() ?? null,
});

/** The active edges of nodes, with the node at the other end. An edge leads back to clients from an e-mail address only. */
async function readEdges(db: Database, nodes: GraphNode[]): Promise<EdgeRow[]> {
  const half = (near: 'from_node' | 'to_node', far: 'from_node' | 'to_node', when: ReturnType<typeof sql<SqlBool>>) => sql`
    select e.*, e.${sql.ref(far)} as other from identity_edge e
    where e.${sql.ref(near)} = at.id and e.is_active and ${when} limit ${mostEdges + 1}`;
  const { rows } = await sql<EdgeRow>`
    select at.id as at, e.from_node, e.to_node, e.source, e.event_id, e.confidence, e.is_primary, e.first_linked_at, e.valid_from, e.valid_to,
           e.other, n.type, n.value, n.blocked
    from unnest(${nodes.map(({ id }) => id)}::bigint[], ${nodes.map(({ type }) => type)}::text[]) as at (id, type)
    cross join lateral (
      (${half('from_node', 'to_node', sql`true`)}) union all (${half('to_node', 'from_node', sql`at.type = 'email'`)})
    ) e
    join identity_node n on n.node_id = e.other`.execute(db);
  return rows;
}

export async function findNodes(db: Database, type: GraphNode['type'], values: string[]): Promise<GraphNode[]> {
  const { rows } = await sql<GraphNode>`
    select node_id as id, type, value, blocked from identity_node where type = ${type} and value = any(${values}::text[])`.execute(db);
  return rows;
}

/** All that a search from any of the given nodes can pass through, read level by level; of what is closed nothing beyond its neighbours. */
export async function readGraph(db: Database, starts: GraphNode[]): Promise<Graph> {
  const nodes = new Map(starts.map((node) => [node.id, node]));
  const edgesOf = new Map<number, GraphEdge[]>();
  let frontier = starts;
  for (let hops = 1; hops <= mostHops.company && frontier.length > 0; hops++) {
    for (const { id } of frontier) edgesOf.set(id, []);
    for (const row of await readEdges(db, frontier)) {
      edgesOf.get(row.at)?.push(toEdge(row));
      if (!nodes.has(row.other)) nodes.set(row.other, { id: row.other, type: row.type, value: row.value, blocked: row.blocked });
    }
    const graph = { nodes, edgesOf };
    const open = frontier.filter(({ id }) => whyClosed(graph, id) === null);
    const next = new Set(open.flatMap(({ id }) => waysFrom(graph, id).map(({ to }) => to)));
    frontier = [...next].flatMap((id) => {
      const node = nodes.get(id);
      return node !== undefined && !edgesOf.has(id) && node.type in steps && node.blocked === null ? [node] : [];
    });
  }
  return { nodes, edgesOf };
}
