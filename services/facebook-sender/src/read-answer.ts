import type { Outcome } from '@waybill/shared/conversion';
import type { Answer } from '@waybill/shared/sender';
import { z } from 'zod';
import { type Failure, leastThrottleMs, toFailure } from './error-codes.ts';

/** What came over the wire, or why nothing did. */
export type Reply =
  | { kind: 'answered'; status: number; body: string; businessUsage: string | null; adAccountUsage: string | null }
  | { kind: 'unanswered'; code: string }
  /** Nothing was sent, because the SDK cannot build the events at these indices. */
  | { kind: 'unsent'; unbuildable: number[] };

const successSchema = z.looseObject({ events_received: z.int(), fbtrace_id: z.string().nullish() });
/** https://developers.facebook.com/docs/graph-api/guides/error-handling */
const errorSchema = z.looseObject({
  error: z.looseObject({
    code: z.int(),
    error_subcode: z.int().nullish(),
    is_transient: z.boolean().nullish(),
    fbtrace_id: z.string().nullish(),
  }),
});
/** https://developers.facebook.com/docs/graph-api/overview/rate-limiting */
const usageSchema = z.record(z.string(), z.array(z.looseObject({ estimated_time_to_regain_access: z.number().nullish() })));
const accountUsageSchema = z.looseObject({ reset_time_duration: z.number(), acc_id_util_pct: z.number().nullish() });

const refused = (outcome: Failure): Answer => ({ kind: 'refused', outcome, blamed: new Map() });

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** How long Meta wants no calls, as its usage headers tell it: minutes for the business and seconds for the ad account; 0 where it has not said so. */
function askedToWaitMs({ businessUsage, adAccountUsage }: Extract<Reply, { kind: 'answered' }>, isThrottled = false): number {
  const business = usageSchema.safeParse(parse(businessUsage));
  const minutes = business.success
    ? Object.values(business.data).flatMap((all) => all.map(({ estimated_time_to_regain_access: time }) => time ?? 0))
    : [];
  const account = accountUsageSchema.safeParse(parse(adAccountUsage));
  // The account's window is told with every answer; only one that is used up asks for a wait.
  const isUsedUp = account.success && (isThrottled || (account.data.acc_id_util_pct ?? 0) >= 100);
  const seconds = isUsedUp ? account.data.reset_time_duration : 0;
  return Math.max(0, seconds * 1_000, ...minutes.map((count) => count * 60_000));
}

const waitMs = (reply: Extract<Reply, { kind: 'answered' }>): number => Math.max(leastThrottleMs, askedToWaitMs(reply, true));

const usedUp = {
  kind: 'throttled',
  code: 'USAGE',
  reason: 'Meta has told beside its answer that the quota of the business or account is used up',
} as const;

const unbuildable = {
  kind: 'rejected',
  code: 'EVENT_UNBUILDABLE',
  reason: "Meta's SDK refuses a value of the event; look at its currency, which must be one of ISO 4217",
} as const satisfies Failure;

/** What an answer means whose body is none of Graph's: mostly the word of something that stands before it. */
function failureOfStatus(status: number, isJson: boolean): Failure {
  const code = `HTTP_${status}`;
  if (status >= 500 || (status < 300 && !isJson)) return { kind: 'retry', code, reason: 'Meta, or something before it, could not answer' };
  if (status === 401) return { kind: 'config', code, reason: 'the access token was refused; make a new one in Events Manager' };
  return { kind: 'held', code, reason: `Meta answered HTTP ${status} in a form that is not known` };
}

/** Reads the answer to a request with `events` events: Meta takes all of them or none, and names no row. */
export function readAnswer(reply: Reply, events: number): Answer {
  if (reply.kind === 'unanswered')
    return refused({ kind: 'retry', code: reply.code, reason: 'Meta did not answer; whether it took the request is not known' });
  if (reply.kind === 'unsent')
    return { kind: 'refused', outcome: unbuildable, blamed: new Map(reply.unbuildable.map((index) => [index, unbuildable])) };
  const body = parse(reply.body);
  const error = errorSchema.safeParse(body);
  if (error.success) {
    const { code, error_subcode, is_transient, fbtrace_id } = error.data.error;
    const failure = toFailure(code, error_subcode ?? null, is_transient === true || reply.status >= 500);
    if (failure.kind === 'throttled') return refused({ ...failure, afterMs: waitMs(reply) });
    if (reply.status !== 429) {
      if (failure.kind !== 'held') return refused(failure);
      const held = refused({ ...failure, reason: `${failure.reason}; fbtrace_id ${fbtrace_id ?? 'none'}` });
      // A wrong parameter is one event's, a missing permission everyone's: only asking apart tells.
      return code === 100 && held.kind === 'refused' ? { ...held, mayBeRows: true } : held;
    }
  }
  if (reply.status === 429)
    return refused({ kind: 'throttled', code: 'HTTP_429', reason: 'more calls than Meta allows', afterMs: waitMs(reply) });
  const success = successSchema.safeParse(body);
  if (reply.status !== 200 || !success.success) return refused(failureOfStatus(reply.status, body !== undefined));
  const { events_received, fbtrace_id } = success.data;
  if (events_received !== events) {
    const reason = `Meta says it received ${events_received} of ${events} events; look into Events Manager, fbtrace_id ${fbtrace_id ?? 'none'}`;
    return refused({ kind: 'held', code: 'EVENTS_RECEIVED', reason });
  }
  const outcomes = Array.from({ length: events }, (): Outcome => ({ kind: 'delivered', reference: fbtrace_id ?? null }));
  const afterMs = askedToWaitMs(reply);
  return afterMs === 0 ? { kind: 'answered', outcomes } : { kind: 'answered', outcomes, rest: { ...usedUp, afterMs } };
}
