import { counted, describeInstant, tally } from '../wording.ts';

/** One link of the way from a client to a company or contact. */
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
  path: PathStep[];
}

/** Whose a client is for a span of time; candidates are the best first. */
export interface Span {
  goal: 'company' | 'contact';
  fromMs: number | null;
  toMs: number | null;
  /** Null where there is none, or several of equal rank. */
  entity: number | null;
  isAmbiguous: boolean;
  candidates: Candidate[];
}

/** An identifier that was met and not passed. */
export interface Refusal {
  type: string;
  value: string;
  reason: string;
}

export interface Resolution {
  spans: Span[];
  refusals: Refusal[];
}

/** An identifier as a person may read it: of an address only the beginning of its hash. */
export const describeIdentifier = ({ type, value }: { type: string; value: string }): string =>
  `${type} ${type === 'email' ? `${value.slice(0, 12)}…` : value}`;

/** `client > email 7a5e… (lead) > company 42 (crm)`: each link with who says so. */
export const describeWay = (path: PathStep[]): string =>
  ['client', ...path.map((step) => `${describeIdentifier(step)} (${step.source})`)].join(' > ');

/** `always`, or from and until which instant. */
export function describePeriod(from: Date | null, to: Date | null): string {
  const words = [...(from === null ? [] : [`from ${describeInstant(from)}`]), ...(to === null ? [] : [`until ${describeInstant(to)}`])];
  return words.join(' ') || 'always';
}

const instantOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
export const describeSpanPeriod = ({ fromMs, toMs }: Span): string => describePeriod(instantOf(fromMs), instantOf(toMs));

const describeCandidate = (goal: Span['goal'], { entity, hops, confidence, isPrimary }: Candidate): string =>
  `${goal} ${entity} (${counted(hops, 'hop')}, confidence ${confidence}${isPrimary ? ', main company' : ''})`;

/** Every candidate of a span, the best first, with what ranks it. */
export const describeCandidates = ({ goal, candidates }: Span): string =>
  candidates.map((candidate) => describeCandidate(goal, candidate)).join('; ');

/** The candidates between which nothing but age decides. */
const alike = ({ candidates }: Span): Candidate[] =>
  candidates.filter(
    ({ hops, confidence, isPrimary }) =>
      hops === candidates[0]?.hops && confidence === candidates[0].confidence && isPrimary === candidates[0].isPrimary,
  );

/** Whose a client is in a span. */
export function describeOwner(span: Span): string {
  const { goal, entity, isAmbiguous } = span;
  const names = alike(span).map((candidate) => `${goal} ${candidate.entity}`);
  if (entity === null) return names.length === 0 ? 'nobody’s' : `nobody’s: ${names.join(', ')} are alike`;
  return isAmbiguous ? `${goal} ${entity}’s, linked first of ${names.length} alike` : `${goal} ${entity}’s`;
}

/** Whose a client is, in one sentence; null: nothing is stored of it. */
export function describeWhose(resolution: Resolution | null): string {
  const refused = resolution?.refusals ?? [];
  const because = refused.length === 0 ? '' : ` Not passed: ${tally(refused.map(({ type, reason }) => `${type} that ${reason}`))}.`;
  const spans = resolution?.spans ?? [];
  if (spans.length === 0) return `It is nobody’s: no link leads from it to a company or contact.${because}`;
  const owners = spans.map((span) => {
    const period = describeSpanPeriod(span);
    return period === 'always' ? describeOwner(span) : `${period} ${describeOwner(span)}`;
  });
  return `It is ${owners.join('; ')}.${because}`;
}
