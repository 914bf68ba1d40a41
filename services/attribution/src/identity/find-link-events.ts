import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

/** A link as its two ends and who asserted it. */
export interface LinkRef {
  fromType: string;
  fromValue: string;
  toType: string;
  toValue: string;
  source: string;
}

export const linkKey = ({ fromType, fromValue, toType, toValue, source }: LinkRef): string =>
  [...[`${fromType} ${fromValue}`, `${toType} ${toValue}`].sort(), source].join(' ');

/** Of links that were taken back, the event that did it. */
export async function findUnlinks(tx: Database, links: LinkRef[]): Promise<Map<string, string>> {
  if (links.length === 0) return new Map();
  const { rows } = await sql<LinkRef & { unlink_event_id: string }>`
    select g.*, e.unlink_event_id
    from jsonb_to_recordset(${JSON.stringify(links)}::jsonb)
      as g ("fromType" text, "fromValue" text, "toType" text, "toValue" text, source text)
    join identity_node a on a.type = g."fromType" and a.value = g."fromValue"
    join identity_node b on b.type = g."toType" and b.value = g."toValue"
    join identity_edge e on e.source = g.source and not e.is_active and e.unlink_event_id is not null
      and ((e.from_node = a.node_id and e.to_node = b.node_id) or (e.from_node = b.node_id and e.to_node = a.node_id))`.execute(tx);
  return new Map(rows.map((row) => [linkKey(row), row.unlink_event_id]));
}

const nodeKey = ({ type, value }: { type: string; value: string }): string => `${type} ${value}`;

/** Of identifiers, the event that linked each last: of one that has just come to be shared, the one that made it so. By type and value. */
export async function findLatestLinks(
  tx: Database,
  nodes: { type: string; value: string }[],
): Promise<(node: { type: string; value: string }) => { source: string; id: string } | undefined> {
  if (nodes.length === 0) return () => undefined;
  const { rows } = await sql<{ type: string; value: string; source: string; id: string }>`
    select n.type, n.value, e.source, e.event_id as id
    from jsonb_to_recordset(${JSON.stringify(nodes)}::jsonb) as g (type text, value text)
    join identity_node n using (type, value)
    cross join lateral (
      select source, event_id, linked_at from identity_edge where is_active and from_node = n.node_id
      union all select source, event_id, linked_at from identity_edge where is_active and to_node = n.node_id
      order by linked_at desc, event_id desc limit 1
    ) e`.execute(tx);
  const latest = new Map(rows.map(({ source, id, ...node }) => [nodeKey(node), { source, id }]));
  return (node) => latest.get(nodeKey(node));
}
