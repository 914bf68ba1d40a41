import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { LinkChanges } from './find-affected.ts';
import type { NodeKey } from './to-node.ts';

/** What an event says of two identifiers. */
export interface LinkFact {
  from: NodeKey;
  to: NodeKey;
  source: string;
  eventId: string;
  /** When it was asserted; null where this fact takes it back. */
  linkedAt: string | null;
  unlinkedAt: string | null;
  confidence: number;
  isPrimary: boolean;
  validFrom: string | null;
  validTo: string | null;
}

const keyOf = ({ type, value }: Pick<NodeKey, 'type' | 'value'>): string => `${type} ${value}`;

interface SavedNode {
  node_id: number;
  type: string;
  value: string;
  is_changed: boolean;
}

/** Sees to it that every node is there; a reason to block one stays, whoever told it. */
async function saveNodes(tx: Database, nodes: NodeKey[]): Promise<{ ids: Map<string, number>; changed: number[] }> {
  const distinct = new Map<string, NodeKey>();
  for (const node of nodes) {
    const known = distinct.get(keyOf(node));
    if (known === undefined || (known.blocked ?? '') < (node.blocked ?? '')) distinct.set(keyOf(node), node);
  }
  const ordered = [...distinct.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  const column = (of: (node: NodeKey) => string | null) => ordered.map(of);
  const { rows } = await sql<SavedNode>`
    with given as (
      select * from unnest(${column((n) => n.type)}::text[], ${column((n) => n.value)}::text[], ${column((n) => n.blocked)}::text[])
        with ordinality as g (type, value, blocked, place)
    ), saved as (
      insert into identity_node as n (type, value, blocked)
      select g.type, g.value, g.blocked from given g
      where not exists (
        select from identity_node k where k.type = g.type and k.value = g.value and (g.blocked is null or k.blocked >= g.blocked collate "C"))
      order by g.place
      on conflict (type, value) do update set blocked = greatest(n.blocked, excluded.blocked collate "C")
      returning node_id, type, value
    )
    select node_id, type, value, true as is_changed from saved
    union all
    select k.node_id, k.type, k.value, false from identity_node k join given g on g.type = k.type and g.value = k.value
    where not exists (select from saved s where s.node_id = k.node_id)`.execute(tx);
  return {
    ids: new Map(rows.map((row) => [keyOf(row as unknown as NodeKey), row.node_id])),
    changed: rows.filter(({ is_changed }) => is_changed).map(({ node_id }) => node_id),
  };
}

/** What decides which of two words counts: the later, then the greater id, then of two contents of one event the greater one. */
const wordOf = (fact: LinkFact, at: 'linkedAt' | 'unlinkedAt'): (string | number)[] => {
  const { eventId, confidence, isPrimary, validFrom, validTo } = fact;
  return [fact[at] ?? '', eventId, confidence, Number(isPrimary), validFrom ?? '', validTo ?? '~'];
};
const isAfter = (left: (string | number)[], right: (string | number)[]): boolean => {
  const place = left.findIndex((part, n) => part !== right[n]);
  return place !== -1 && (left[place] as string | number) > (right[place] as string | number);
};
/** The same of a row. */
const wordIn = (row: 'e' | 'excluded') =>
  sql.raw(`(${row}.linked_at, ${row}.event_id, ${row}.confidence, ${row}.is_primary,
            coalesce(${row}.valid_from, '-infinity'), coalesce(${row}.valid_to, 'infinity'))`);

/** Two facts of one edge in one batch as one: the earliest and the latest assertion, the latest word of taking it back. */
function mergeFacts(facts: LinkFact[]): LinkFact & { firstLinkedAt: string | null; unlinkEventId: string | null } {
  const links = facts.filter(({ linkedAt }) => linkedAt !== null);
  const unlinks = facts.filter(({ unlinkedAt }) => unlinkedAt !== null);
  const latest = (of: LinkFact[], at: 'linkedAt' | 'unlinkedAt'): LinkFact | undefined =>
    of.toSorted((left, right) => (isAfter(wordOf(left, at), wordOf(right, at)) ? -1 : 1))[0];
  const link = latest(links, 'linkedAt');
  const unlink = latest(unlinks, 'unlinkedAt');
  const [any] = facts as [LinkFact];
  return {
    ...(link ?? { ...any, linkedAt: null, eventId: null as unknown as string }),
    firstLinkedAt: links.map(({ linkedAt }) => linkedAt as string).sort()[0] ?? null,
    unlinkedAt: unlink?.unlinkedAt ?? null,
    unlinkEventId: unlink?.eventId ?? null,
  };
}

/**
 * Saves what events say of identifiers, in whatever order they come: an edge knows its first and its latest assertion and when it was last
 * taken back. Answers what is another thing now than it was; safe to repeat.
 */
export async function saveLinks(tx: Database, facts: LinkFact[]): Promise<LinkChanges> {
  if (facts.length === 0) return { nodes: [], edges: [] };
  const { ids, changed } = await saveNodes(
    tx,
    facts.flatMap(({ from, to }) => [from, to]),
  );
  const idOf = (node: NodeKey): number => ids.get(keyOf(node)) as number;
  const edges = [...Map.groupBy(facts, ({ from, to, source }) => `${idOf(from)} ${idOf(to)} ${source}`).values()].map(mergeFacts);
  edges.sort(
    (left, right) => idOf(left.from) - idOf(right.from) || idOf(left.to) - idOf(right.to) || (left.source < right.source ? -1 : 1),
  );
  const column = <T>(of: (edge: (typeof edges)[number]) => T): T[] => edges.map(of);
  const { rows } = await sql<{ from_node: number; to_node: number }>`
    insert into identity_edge as e (from_node, to_node, source, linked_at, first_linked_at, unlinked_at, confidence, is_primary, valid_from,
                                    valid_to, event_id, unlink_event_id)
    select * from unnest(
      ${column((e) => idOf(e.from))}::bigint[], ${column((e) => idOf(e.to))}::bigint[], ${column((e) => e.source)}::text[],
      ${column((e) => e.linkedAt)}::timestamptz[], ${column((e) => e.firstLinkedAt)}::timestamptz[],
      ${column((e) => e.unlinkedAt)}::timestamptz[], ${column((e) => e.confidence)}::real[], ${column((e) => e.isPrimary)}::boolean[],
      ${column((e) => e.validFrom)}::timestamptz[], ${column((e) => e.validTo)}::timestamptz[], ${column((e) => e.eventId)}::uuid[],
      ${column((e) => e.unlinkEventId)}::uuid[])
    on conflict (from_node, to_node, source) do update set
      (linked_at, confidence, is_primary, valid_from, valid_to, event_id) = (
        select l.* from (values (e.linked_at, e.confidence, e.is_primary, e.valid_from, e.valid_to, e.event_id),
                                (excluded.linked_at, excluded.confidence, excluded.is_primary, excluded.valid_from, excluded.valid_to, excluded.event_id)
        ) as l (linked_at, confidence, is_primary, valid_from, valid_to, event_id)
        order by linked_at desc nulls last, event_id desc nulls last, confidence desc, is_primary desc,
                 coalesce(valid_from, '-infinity') desc, coalesce(valid_to, 'infinity') desc limit 1),
      first_linked_at = least(e.first_linked_at, excluded.first_linked_at),
      (unlinked_at, unlink_event_id) = (
        select u.* from (values (e.unlinked_at, e.unlink_event_id), (excluded.unlinked_at, excluded.unlink_event_id)) as u (unlinked_at, event_id)
        order by 1 desc nulls last, 2 desc nulls last limit 1)
    where (excluded.linked_at is not null and (e.linked_at is null or ${wordIn('excluded')} > ${wordIn('e')}
                                               or excluded.first_linked_at < e.first_linked_at))
       or (excluded.unlinked_at is not null and (e.unlinked_at is null or (excluded.unlinked_at, excluded.unlink_event_id) > (e.unlinked_at, e.unlink_event_id)))
    returning from_node, to_node`.execute(tx);
  return { nodes: changed, edges: rows.map(({ from_node, to_node }) => ({ from: from_node, to: to_node })) };
}
