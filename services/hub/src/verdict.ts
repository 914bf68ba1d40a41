import { counted, describeInstant, tally } from './wording.ts';

/** What the candidates and the ledger say of one conversion; a null state: no sender has taken it up. */
export interface ConversionStanding {
  publishedAt: Date | null;
  state: string | null;
  outcome: string | null;
  code: string | null;
  retryAt: Date | null;
}

const waitsFor: Record<string, string> = {
  config: 'waits until its configuration is mended',
  held: 'is held, because no table of codes knows the platform’s answer',
};

const settledAs: Record<string, string> = {
  delivered: 'delivered',
  duplicate: 'already known to the platform',
  rejected: 'rejected for good',
};

/** Where a conversion stands, as the end of a sentence that begins with it. */
export function describeStanding({ publishedAt, state, outcome, code, retryAt }: ConversionStanding): string {
  const because = code === null ? '' : ` (${code})`;
  if (state === null) return publishedAt === null ? 'not published yet' : 'published, and no sender has taken it up yet';
  if (state === 'settled') return `${settledAs[outcome ?? ''] ?? 'settled'}${outcome === 'rejected' ? because : ''}`;
  if (state === 'in-flight') return 'with the sender at this moment';
  if (state === 'republished') return 'queued again for the sender';
  const until = retryAt === null ? '' : `; next attempt ${describeInstant(retryAt)}`;
  return `${waitsFor[outcome ?? ''] ?? 'waits for another attempt'}${because}${until}`;
}

/** One sentence that answers the question: how the conversions ended, or why there is none. `reasons`: one for each type that considered it. */
export function describeVerdict(subject: string, conversions: ConversionStanding[], reasons: string[]): string {
  if (conversions.length > 0) {
    const standings = conversions.map(describeStanding);
    const [only] = standings;
    return conversions.length === 1 ? `One conversion: ${only}.` : `${counted(conversions.length, 'conversion')}: ${tally(standings)}.`;
  }
  if (reasons.length === 0)
    return `There is no conversion: no conversion type considered ${subject}. Nothing of it fired inside the lookback windows, or eligibility has not run since.`;
  return `There is no conversion: ${counted(reasons.length, 'conversion type')} considered ${subject}, with the result ${tally(reasons)}.`;
}
