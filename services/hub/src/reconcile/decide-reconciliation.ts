/** Conversions of one conversion action and day that stand alike in the ledger. */
export interface LedgerPart {
  platform: string;
  account: string;
  action: string;
  /** On which it was settled, or decided where it is not; `YYYY-MM-DD` in UTC. */
  day: string;
  /** `stray`: in the ledger and never eligible. */
  status: 'unclaimed' | 'waiting' | 'rejected' | 'accepted' | 'stray';
  /** The platform's code and the sentence beside it, for what waits or was rejected. */
  code: string | null;
  reason: string | null;
  count: number;
}

/** What a platform told of one action and day, from one source: a request, or a report. */
export interface CountPart {
  source: string;
  /** How many of ours the source is about; null where it is a report, about all of the day. */
  accepted: number | null;
  /** Null until it was told. */
  counted: number | null;
  reasons: { code: string; reason: string; count: number }[];
  /** Whether the platform will still be asked. */
  isOpen: boolean;
  /** Accepted so shortly before the report was read that it may not hold them yet. */
  tooRecent: number;
}

export interface Difference {
  stage: 'waiting' | 'rejected' | 'not counted';
  code: string;
  reason: string;
  count: number;
}

/** One action and day: eligible = unclaimed + waiting + rejected + accepted, and accepted = counted + uncounted + untold + unexplained. */
export interface Reconciled {
  platform: string;
  account: string;
  action: string;
  day: string;
  eligible: number;
  unclaimed: number;
  waiting: number;
  rejected: number;
  accepted: number;
  counted: number;
  /** Not counted, for reasons that the platform gave. */
  uncounted: number;
  /** Of which the platform has not told yet, or tells nothing ever. */
  untold: number;
  /** Accepted, and neither counted nor explained; below zero where it counted more than was sent. */
  unexplained: number;
  /** In the ledger without having been eligible. */
  strays: number;
  differences: Difference[];
  /** Where the unexplained ones are to be looked for: requests by their reference, or the report. */
  sources: string[];
}

interface Counting {
  counted: number;
  uncounted: number;
  untold: number;
  unexplained: number;
  sources: string[];
}

const sum = <T>(all: T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);
const nothing: Counting = { counted: 0, uncounted: 0, untold: 0, unexplained: 0, sources: [] };

/**
 * What became of `accepted` conversions by one source. A report's reasons tell of uploads, also of those sent again after a lost answer: they
 * explain what is missing and no more.
 */
function countBySource({ source, accepted: about, counted, reasons, isOpen, tooRecent }: CountPart, accepted: number): Counting {
  if (counted === null) return isOpen ? { ...nothing, untold: accepted } : { ...nothing, unexplained: accepted, sources: [source] };
  const told = sum(reasons, ({ count }) => count);
  const uncounted = about === null ? Math.min(told, Math.max(0, accepted - counted)) : told;
  const missing = accepted - counted - uncounted;
  const untold = Math.max(0, Math.min(missing, tooRecent));
  const unexplained = missing - untold;
  return { counted, uncounted, untold, unexplained, sources: unexplained === 0 ? [] : [source] };
}

/**
 * Holds what was accepted against what the platform counted. A report is about all of the day; what no source is about stays untold. Requests
 * may be about more than was accepted: corrections go with them.
 */
export function decideCounting(accepted: number, parts: CountPart[]): Counting {
  const reports = parts.filter((part) => part.accepted === null);
  const judged =
    reports.length > 0
      ? reports.slice(0, 1).map((report) => countBySource(report, accepted))
      : parts.map((part) => countBySource(part, part.accepted ?? 0));
  const covered = reports.length > 0 ? accepted : sum(parts, (part) => part.accepted ?? 0);
  return {
    counted: sum(judged, (one) => one.counted),
    uncounted: sum(judged, (one) => one.uncounted),
    untold: sum(judged, (one) => one.untold) + Math.max(0, accepted - covered),
    unexplained: sum(judged, (one) => one.unexplained),
    sources: judged.flatMap(({ sources }) => sources),
  };
}

function mergeDifferences(differences: Difference[]): Difference[] {
  const groups = Map.groupBy(differences, ({ stage, code }) => `${stage} ${code}`);
  return [...groups.values()].map((group) => ({ ...(group[0] as Difference), count: sum(group, ({ count }) => count) }));
}

/** Reconciles one action and day of an account. */
export function decideReconciliation(ledger: [LedgerPart, ...LedgerPart[]], counts: CountPart[]): Reconciled {
  const [{ platform, account, action, day }] = ledger;
  const of = (status: LedgerPart['status']): number =>
    sum(
      ledger.filter((part) => part.status === status),
      ({ count }) => count,
    );
  const [unclaimed, waiting, rejected, accepted, strays] = [of('unclaimed'), of('waiting'), of('rejected'), of('accepted'), of('stray')];
  const open = ledger.flatMap(({ status, code, reason, count }): Difference[] =>
    status === 'waiting' || status === 'rejected'
      ? [{ stage: status, code: code ?? 'IN_FLIGHT', reason: reason ?? 'on its way', count }]
      : [],
  );
  const told = counts.flatMap(({ reasons }) => reasons.map((reason): Difference => ({ stage: 'not counted', ...reason })));
  return {
    ...{ platform, account, action, day, eligible: unclaimed + waiting + rejected + accepted },
    ...{ unclaimed, waiting, rejected, accepted, strays, ...decideCounting(accepted, counts) },
    differences: mergeDifferences([...open, ...told]),
  };
}

/** Whether somebody must look at it: something went where no record says, or came from where none says. */
export const isUnexplained = ({ unexplained, strays }: Reconciled): boolean => unexplained !== 0 || strays > 0;
