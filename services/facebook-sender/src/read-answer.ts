import type { Answer, Rest } from '@waybill/shared/sender';
import { z } from 'zod';
import { type Failure, leastThrottleMs, toFailure } from './error-codes.ts';

/** What came over the wire, or why nothing did. */
export type Reply =
  | {
      kind: 'answered';
      status: number;
      body: string;
      /** Meta's usage headers, as they came. */
      businessUsage: string | null;
      appUsage: string | null;
      adAccountUsage: string | null;
    }
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
/** Shares of quotas, in percent. */
const shares = { call_count: z.number().nullish(), total_cputime: z.number().nullish(), total_time: z.number().nullish() };
/** https://developers.facebook.com/docs/graph-api/overview/rate-limiting */
const businessUsageSchema = z.record(
  z.string(),
  z.array(z.looseObject({ ...shares, estimated_time_to_regain_access: z.number().nullish() })),
);
const appUsageSchema = z.looseObject(shares);
const accountUsageSchema = z.looseObject({ acc_id_util_pct: z.number().nullish(), reset_time_duration: z.number().nullish() });

const refused = (outcome: Failure): Answer => ({ kind: 'refused', outcome, blamed: new Map() });

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

type Answered = Extract<Reply, { kind: 'answered' }>;

const longestRestMs = 24 * 60 * 60_000;
const isUsedUp = (usage: Partial<Record<keyof typeof shares, number | null | undefined>>): boolean =>
  Math.max(usage.call_count ?? 0, usage.total_cputime ?? 0, usage.total_time ?? 0) >= 100;

/**
 * How long Meta wants no calls, as its usage headers tell it with every answer: the business in minutes, the ad account in seconds, the app not
 * at all. 0 where no quota is used up. `isThrottled`: the answer says so, whatever the shares are.
 */
function askedRestMs({ businessUsage, appUsage, adAccountUsage }: Answered, isThrottled: boolean): number {
  const business = Object.values(businessUsageSchema.safeParse(parse(businessUsage)).data ?? {}).flat();
  const minutes = business.map(({ estimated_time_to_regain_access: time }) => time ?? 0);
  const app = appUsageSchema.safeParse(parse(appUsage)).data;
  const account = accountUsageSchema.safeParse(parse(adAccountUsage)).data;
  const isAccountUsedUp = (account?.acc_id_util_pct ?? 0) >= 100;
  // The account's window is told though nothing of it is used.
  const seconds = isThrottled || isAccountUsedUp ? (account?.reset_time_duration ?? 0) : 0;
  const anyUsedUp = isThrottled || isAccountUsedUp || business.some(isUsedUp) || (app !== undefined && isUsedUp(app));
  const asked = Math.max(anyUsedUp ? leastThrottleMs : 0, seconds * 1_000, ...minutes.map((count) => count * 60_000));
  return Math.min(asked, longestRestMs);
}

/** The rest that Meta asks for beside an answer that says nothing of it. */
function restOf(reply: Answered): { rest?: Rest } {
  const afterMs = askedRestMs(reply, false);
  const reason = 'Meta tells beside its answer that a quota is used up; calls go on when it is back';
  return afterMs === 0 ? {} : { rest: { kind: 'throttled', code: 'USAGE', reason, afterMs } };
}

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
  const answer = judge(reply, events);
  const asksItself = answer.kind === 'refused' && answer.outcome.kind === 'throttled';
  return reply.kind === 'answered' && !asksItself ? { ...answer, ...restOf(reply) } : answer;
}

function judge(reply: Reply, events: number): Answer {
  if (reply.kind === 'unanswered')
    return refused({ kind: 'retry', code: reply.code, reason: 'Meta did not answer; whether it took the request is not known' });
  if (reply.kind === 'unsent')
    return { kind: 'refused', outcome: unbuildable, blamed: new Map(reply.unbuildable.map((index) => [index, unbuildable])) };
  const body = parse(reply.body);
  const error = errorSchema.safeParse(body);
  if (error.success) {
    const { code, error_subcode, is_transient, fbtrace_id } = error.data.error;
    const failure = toFailure(code, error_subcode ?? null, is_transient === true || reply.status >= 500);
    if (failure.kind === 'throttled') return refused({ ...failure, afterMs: askedRestMs(reply, true) });
    if (reply.status !== 429) {
      if (failure.kind !== 'held') return refused(failure);
      const held = refused({ ...failure, reason: `${failure.reason}; fbtrace_id ${fbtrace_id ?? 'none'}` });
      // A wrong parameter is one event's, a missing permission everyone's: only asking apart tells.
      return code === 100 && held.kind === 'refused' ? { ...held, mayBeRows: true } : held;
    }
  }
  if (reply.status === 429)
    return refused({
      ...{ kind: 'throttled', code: 'HTTP_429', reason: 'more calls than Meta allows; they go on when the quota is back' },
      afterMs: askedRestMs(reply, true),
    });
  const success = successSchema.safeParse(body);
  if (reply.status !== 200 || !success.success) return refused(failureOfStatus(reply.status, body !== undefined));
  const { events_received, fbtrace_id } = success.data;
  if (events_received !== events) {
    const reason = `Meta says it received ${events_received} of ${events} events; look into Events Manager, fbtrace_id ${fbtrace_id ?? 'none'}`;
    return refused({ kind: 'held', code: 'EVENTS_RECEIVED', reason });
  }
  return { kind: 'answered', outcomes: Array.from({ length: events }, () => ({ kind: 'delivered', reference: fbtrace_id ?? null })) };
}
