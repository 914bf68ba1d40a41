import type { IdentityType } from '@waybill/shared/messages';

export interface GraphNode {
  id: number;
  type: IdentityType;
  value: string;
  blocked: string | null;
}

/** A link that somebody asserts and nobody has taken back, from the person's side to the company's. */
export interface GraphEdge {
  from: number;
  to: number;
  source: string;
  /** The event that asserted it last. */
  eventId: string;
  /** From 0 to 1. */
  confidence: number;
  /** The CRM's main company of an address. */
  isPrimary: boolean;
  firstLinkedAtMs: number;
  /** It holds from this instant and until before that one; null: always. */
  validFromMs: number | null;
  validToMs: number | null;
}

/** Part of all that is known of who belongs together. */
export interface Graph {
  nodes: ReadonlyMap<number, GraphNode>;
  /** Every edge of a node, in either direction, as far as they were read; of a node that is passed through, all of them. */
  edgesOf: ReadonlyMap<number, GraphEdge[]>;
}

/** So many neighbours of a type a person's identifier may have; one with more is shared by strangers, and links nobody. */
export const caps: Partial<Record<IdentityType, Partial<Record<IdentityType, number>>>> = {
  client: { email: 10, company: 10 },
  email: { client: 30, company: 10, contact: 10 },
  domain: { company: 10 },
};

/** A node with more links than these is closed, whatever they are: no more of them need be read, so that it costs no more either. */
export const mostEdges = 300;

/** Where a search for a client's company may go on to. A company or contact is an end: what lies beyond is other people. */
export const steps: Partial<Record<IdentityType, IdentityType[]>> = {
  client: ['email', 'company'],
  email: ['client', 'domain', 'contact', 'company'],
  domain: ['company'],
};

/** The longest way from a client to its company or contact, in edges. */
export const mostHops = { company: 5, contact: 2 } as const;

const otherEnd = (edge: GraphEdge, id: number): number => (edge.from === id ? edge.to : edge.from);

/** Why a node links nobody to anybody, for what it is or for the company it keeps; null where it does. */
export function whyClosed({ nodes, edgesOf }: Graph, id: number): string | null {
  const node = nodes.get(id);
  if (node === undefined) return 'unknown';
  if (node.blocked !== null) return `is ${node.blocked}`;
  const edges = edgesOf.get(id) ?? [];
  if (edges.length > mostEdges) return `is shared: it has more than ${mostEdges} links`;
  const counts = new Map<IdentityType, Set<number>>();
  for (const edge of edges) {
    const other = otherEnd(edge, id);
    const type = nodes.get(other)?.type;
    if (type === undefined) continue;
    counts.set(type, (counts.get(type) ?? new Set()).add(other));
  }
  for (const [type, most] of Object.entries(caps[node.type] ?? {})) {
    if ((counts.get(type as IdentityType)?.size ?? 0) > most) return `is shared: it has more than ${most} links to ${type}`;
  }
  return null;
}

/** The edges by which a search may leave a node, each with the node it leads to. */
export function waysFrom({ nodes, edgesOf }: Graph, id: number): { edge: GraphEdge; to: number }[] {
  const allowed = steps[nodes.get(id)?.type ?? 'company'] ?? [];
  return (edgesOf.get(id) ?? []).flatMap((edge) => {
    const to = otherEnd(edge, id);
    const type = nodes.get(to)?.type;
    return type !== undefined && allowed.includes(type) ? [{ edge, to }] : [];
  });
}
