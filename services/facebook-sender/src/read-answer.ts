import type { Answer } from '@waybill/shared/sender';
import { z } from 'zod';
import { type Failure, leastThrottleMs, toFailure } from './error-codes.ts';

/** What came over the wire, or why nothing did. */
export type Reply = { kind: 'answered'; status: number; body: string; businessUsage: string | null } | { kind: 'unanswered'; code: string };

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

const refused = (outcome: Failure): Answer => ({ kind: 'refused', outcome, blamed: new Map() });

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** Meta tells in minutes when calls are taken again. */
function waitMs(businessUsage: string | null): number {
  const usage = usageSchema.safeParse(parse(businessUsage));
  const minutes = usage.success
    ? Object.values(usage.data).flatMap((all) => all.map(({ estimated_time_to_regain_access: time }) => time ?? 0))
    : [];
  return Math.max(leastThrottleMs, ...minutes.map((count) => count * 60_000));
}

/** Reads the answer to a request with `events` events: Meta takes all of them or none, and names no row. */
export function readAnswer(reply: Reply, events: number): Answer {
  if (reply.kind === 'unanswered')
    return refused({ kind: 'retry', code: reply.code, reason: 'Meta did not answer; whether it took the request is not known' });
  const body = parse(reply.body);
  const error = errorSchema.safeParse(body);
  if (error.success) {
    const { code, error_subcode, is_transient, fbtrace_id } = error.data.error;
    const failure = toFailure(code, error_subcode ?? null, is_transient ?? false);
    if (failure.kind === 'throttled') return refused({ ...failure, afterMs: waitMs(reply.businessUsage) });
    return refused(failure.kind === 'held' ? { ...failure, reason: `${failure.reason}; fbtrace_id ${fbtrace_id ?? 'none'}` } : failure);
  }
  if (reply.status === 429)
    return refused({ kind: 'throttled', code: 'HTTP_429', reason: 'more calls than Meta allows', afterMs: waitMs(reply.businessUsage) });
  if (reply.status >= 500)
    return refused({ kind: 'retry', code: `HTTP_${reply.status}`, reason: 'Meta, or something before it, could not answer' });
  const success = successSchema.safeParse(body);
  if (reply.status !== 200 || !success.success) {
    return refused({
      kind: 'held',
      code: `HTTP_${reply.status}`,
      reason: `Meta answered HTTP ${reply.status} in a form that is not known`,
    });
  }
  const { events_received, fbtrace_id } = success.data;
  if (events_received !== events) {
    const reason = `Meta says it received ${events_received} of ${events} events; look into Events Manager, fbtrace_id ${fbtrace_id ?? 'none'}`;
    return refused({ kind: 'held', code: 'EVENTS_RECEIVED', reason });
  }
  return { kind: 'answered', outcomes: Array.from({ length: events }, () => ({ kind: 'delivered', reference: fbtrace_id ?? null })) };
}
