import { type Graph, type GraphEdge, type GraphNode, mostHops, waysFrom, whyClosed } from './graph.ts';

/** One link of the way from a client to an entity. */
export interface PathStep {
  type: string;
  value: string;
  source: string;
  eventId: string;
}

export interface Refusal {
  type: string;
  value: string;
  reason: string;
}

/** A search that meets more identifiers than these ends there. */
const mostNodes = 2_000;

/** A way to an identifier. */
export interface Label {
  node: GraphNode;
  confidence: number;
  isPrimary: boolean;
  /** Of the youngest link of the way. */
  firstLinkedAtMs: number;
  path: PathStep[];
}

const holdsAt = ({ validFromMs, validToMs }: GraphEdge, atMs: number): boolean =>
  (validFromMs === null || validFromMs <= atMs) && (validToMs === null || atMs < validToMs);

const pathKey = (path: PathStep[]): string => path.map(({ type, value, source }) => `${type} ${value} ${source}`).join(' > ');

type Rank = Pick<Label, 'confidence' | 'isPrimary'>;
/** The surer way first, then the one that the CRM calls the main one; 0: alike. */
export const compareRank = (left: Rank, right: Rank): number =>
  right.confidence - left.confidence || Number(right.isPrimary) - Number(left.isPrimary);

const compareAge = (left: Label, right: Label): number =>
  left.firstLinkedAtMs - right.firstLinkedAtMs || (pathKey(left.path) < pathKey(right.path) ? -1 : 1);

/** A total order of ways of one length, so that the order of arrival decides nothing. */
const compareLabels = (left: Label, right: Label): number => compareRank(left, right) || compareAge(left, right);

const isEnd = ({ type }: GraphNode): boolean => type === 'company' || type === 'contact';

/** Whether one way to a node makes another needless. Of what is passed, a surer way and an older one may both be the better part of a longer way. */
const outdoes = (left: Label, right: Label): boolean =>
  isEnd(left.node) ? compareLabels(left, right) < 0 : left.confidence >= right.confidence && compareAge(left, right) < 0;

/** The ways to one node that are worth keeping, best first; to an end the best. */
type Ways = [Label, ...Label[]];

function extend(label: Label, edge: GraphEdge, node: GraphNode): Label {
  const { source, eventId } = edge;
  return {
    node,
    confidence: Math.min(label.confidence, edge.confidence),
    isPrimary: edge.isPrimary,
    firstLinkedAtMs: Math.max(label.firstLinkedAtMs, edge.firstLinkedAtMs),
    path: [...label.path, { type: node.type, value: node.value, source, eventId }],
  };
}

/** The ways to each node one step further, among those that no shorter way leads to. */
function stepOut(graph: Graph, frontier: Ways[], seen: ReadonlySet<number>, atMs: number): Ways[] {
  const waysTo = new Map<number, Label[]>();
  for (const label of frontier.flat()) {
    for (const { edge, to } of waysFrom(graph, label.node.id)) {
      const node = graph.nodes.get(to);
      if (node === undefined || seen.has(to) || !holdsAt(edge, atMs)) continue;
      const next = extend(label, edge, node);
      const known = waysTo.get(to) ?? [];
      if (known.some((other) => outdoes(other, next))) continue;
      waysTo.set(to, [...known.filter((other) => !outdoes(next, other)), next]);
    }
  }
  const ways = [...waysTo.values()].map((of) => of.sort(compareLabels) as Ways);
  return ways.sort(([left], [right]) => compareLabels(left, right));
}

/** What a search came to. */
export interface Search {
  reached: { label: Label; hops: number }[];
  refusals: Refusal[];
  isTruncated: boolean;
}

/** Goes out from a client level by level, as the links stood at an instant, and passes through nothing that strangers share. */
export function search(graph: Graph, client: GraphNode, atMs: number): Search {
  const found: Search = { reached: [], refusals: [], isTruncated: false };
  const seen = new Set([client.id]);
  let frontier: Ways[] = [[{ node: client, confidence: 1, isPrimary: false, firstLinkedAtMs: Number.NEGATIVE_INFINITY, path: [] }]];
  for (let hops = 1; hops <= mostHops.company; hops++) {
    const open = frontier.filter(([{ node }]) => {
      const reason = whyClosed(graph, node.id);
      if (reason !== null) found.refusals.push({ type: node.type, value: node.value, reason });
      return reason === null;
    });
    const next = stepOut(graph, open, seen, atMs).slice(0, mostNodes - seen.size + 1);
    for (const [{ node }] of next) seen.add(node.id);
    found.reached.push(...next.filter(([{ node }]) => isEnd(node)).map(([label]) => ({ label, hops })));
    if (seen.size > mostNodes) {
      const reason = `leads to more than ${mostNodes} identifiers: the rest was not followed`;
      return { ...found, refusals: [...found.refusals, { type: client.type, value: client.value, reason }], isTruncated: true };
    }
    frontier = next.filter(([{ node }]) => !isEnd(node));
  }
  return found;
}
