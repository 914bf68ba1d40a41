import { type Graph, type GraphEdge, type GraphNode, mostHops, waysFrom, whyClosed } from './graph.ts';

export type Goal = keyof typeof mostHops;

/** One link of the way from a client to an entity. */
export interface PathStep {
  type: string;
  value: string;
  source: string;
  eventId: string;
}

export interface Candidate {
  /** The company or contact. */
  entity: number;
  hops: number;
  /** Of the weakest link of the way. */
  confidence: number;
  isPrimary: boolean;
  firstLinkedAtMs: number;
  path: PathStep[];
}

export interface Refusal {
  type: string;
  value: string;
  reason: string;
}

/** Whose a client is for a span of time. */
export interface Span {
  goal: Goal;
  /** From this instant and until before that one; null: without end on that side. */
  fromMs: number | null;
  toMs: number | null;
  /** Null where there is none, or several of equal rank. */
  entity: number | null;
  isAmbiguous: boolean;
  /** Best first; of the entities that are reached, all. */
  candidates: Candidate[];
}

export interface Resolution {
  spans: Span[];
  /** Identifiers that were met and not passed, with the reason. */
  refusals: Refusal[];
  isTruncated: boolean;
}

/** What becomes of a client that belongs to several companies alike: to none of them, or to the one that was linked first. */
export type AmbiguityRule = 'none' | 'oldest';

/** A search that meets more identifiers than these ends there. */
const mostNodes = 2_000;

interface Label {
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
const compareRank = (left: Rank, right: Rank): number =>
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

interface Search {
  reached: { label: Label; hops: number }[];
  refusals: Refusal[];
  isTruncated: boolean;
}

/** Goes out from a client level by level, as the links stood at an instant, and passes through nothing that strangers share. */
function search(graph: Graph, client: GraphNode, atMs: number): Search {
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

const compareCandidates = (left: Candidate, right: Candidate): number =>
  left.hops - right.hops || compareRank(left, right) || left.firstLinkedAtMs - right.firstLinkedAtMs || left.entity - right.entity;

function decideSpan(goal: Goal, { reached }: Search, rule: AmbiguityRule): Omit<Span, 'fromMs' | 'toMs'> {
  const candidates = reached
    .filter(({ label, hops }) => label.node.type === goal && hops <= mostHops[goal])
    .map(({ label: { node, confidence, isPrimary, firstLinkedAtMs, path }, hops }): Candidate => {
      return { entity: Number(node.value), hops, confidence, isPrimary, firstLinkedAtMs, path };
    })
    .sort(compareCandidates);
  const [first, second] = candidates;
  const isAmbiguous = first !== undefined && second !== undefined && first.hops === second.hops && compareRank(first, second) === 0;
  const entity = first === undefined || (isAmbiguous && rule === 'none') ? null : first.entity;
  return { goal, entity, isAmbiguous, candidates };
}

/** The instants at which a link that a search may take begins or ceases to hold, with the open ends. Other clients of the graph have others. */
function boundsOf(graph: Graph, client: GraphNode): (number | null)[] {
  const seen = new Set([client.id]);
  const instants = new Set<number>();
  let frontier = [client.id];
  for (let hops = 1; hops <= mostHops.company; hops++) {
    const ways = frontier.filter((id) => whyClosed(graph, id) === null).flatMap((id) => waysFrom(graph, id));
    for (const { validFromMs, validToMs } of ways.map(({ edge }) => edge)) {
      if (validFromMs !== null) instants.add(validFromMs);
      if (validToMs !== null) instants.add(validToMs);
    }
    frontier = [...new Set(ways.map(({ to }) => to))].filter((id) => !seen.has(id));
    for (const id of frontier) seen.add(id);
  }
  return [null, ...[...instants].sort((left, right) => left - right), null];
}

const isSame = (left: Span, right: Span): boolean =>
  left.goal === right.goal && JSON.stringify({ ...left, fromMs: 0, toMs: 0 }) === JSON.stringify({ ...right, fromMs: 0, toMs: 0 });

/** Joins neighbouring spans that say the same. */
function joinSpans(spans: Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last !== undefined && isSame(last, span)) last.toMs = span.toMs;
    else joined.push({ ...span });
  }
  return joined;
}

/** The company and the contact that a client belongs to, for each span of time in which the links stand alike. A pure function of the graph. */
export function resolveClient(graph: Graph, client: GraphNode, rule: AmbiguityRule): Resolution {
  const bounds = boundsOf(graph, client);
  const searches = bounds.slice(0, -1).map((fromMs, place) => {
    const toMs = bounds[place + 1] ?? null;
    return { fromMs, toMs, found: search(graph, client, fromMs ?? (toMs === null ? 0 : toMs - 1)) };
  });
  const spansOf = (goal: Goal): Span[] =>
    joinSpans(searches.map(({ fromMs, toMs, found }) => ({ ...decideSpan(goal, found, rule), fromMs, toMs })));
  const refusals = new Map(searches.flatMap(({ found }) => found.refusals.map((refusal) => [JSON.stringify(refusal), refusal])));
  return {
    spans: [...spansOf('company'), ...spansOf('contact')].filter(({ candidates }) => candidates.length > 0),
    refusals: [...refusals].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, refusal]) => refusal),
    isTruncated: searches.some(({ found }) => found.isTruncated),
  };
}

/** Whose a client was at an instant; null: nobody's, or several's alike. */
export const entityAt = (spans: Span[], goal: Goal, atMs: number): number | null =>
  spans.find(({ goal: of, fromMs, toMs }) => of === goal && (fromMs === null || fromMs <= atMs) && (toMs === null || atMs < toMs))
    ?.entity ?? null;
