import { type Graph, type GraphNode, mostHops, waysFrom, whyClosed } from './graph.ts';
import { compareRank, type PathStep, type Refusal, type Search, search } from './search.ts';

export type Goal = keyof typeof mostHops;

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
