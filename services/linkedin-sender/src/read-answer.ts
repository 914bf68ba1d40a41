import type { Outcome } from '@waybill/shared/conversion';
import type { Answer } from '@waybill/shared/sender';
import { z } from 'zod';
import { type Failure, findFailure, leastThrottleMs, toFailure } from './error-codes.ts';

/** What came over the wire, or why nothing did. */
export type Reply =
  | { kind: 'answered'; status: number; body: string; requestId: string | null; retryAfter: string | null }
  | { kind: 'unanswered'; code: string };

const successSchema = z.looseObject({ elements: z.array(z.looseObject({ status: z.int() })) });
const errorSchema = z.looseObject({ code: z.string().nullish(), message: z.string().nullish() });

const refused = (outcome: Failure, blamed: ReadonlyMap<number, Outcome> = new Map()): Answer => ({ kind: 'refused', outcome, blamed });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `… indices [0, 3] (0-indexed)`: LinkedIn takes nothing of a request, and names the events whose rule it does not take. */
function blameRules(message: string): Map<number, Outcome> {
  const [, indices = ''] = /indices \[([\d, ]+)\]/.exec(message) ?? [];
  const failure = toFailure(message.includes('CONVERSIONS_API') ? 'WRONG_CONVERSION_METHOD' : 'CONVERSION_UNKNOWN');
  return new Map((indices.match(/\d+/g) ?? []).map((index) => [Number(index), failure]));
}

/** `Index: 0, ERROR :: /conversionValue/amount :: field is required …`: of each event the first field that was refused. */
function blameFields(message: string): Map<number, Outcome> {
  const blamed = new Map<number, Outcome>();
  for (const [, index, field] of message.matchAll(/Index: (\d+), ERROR :: (\/[\w/]+)/g)) {
    const { reason, ...failure } = toFailure('FIELD_INVALID') as Extract<Failure, { kind: 'rejected' }>;
    if (!blamed.has(Number(index))) blamed.set(Number(index), { ...failure, reason: `${reason}: ${field}` });
  }
  return blamed;
}

function waitMs(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? '');
  return Number.isFinite(seconds) ? Math.max(leastThrottleMs, seconds * 1_000) : leastThrottleMs;
}

function ofStatus(status: number): Failure {
  const code = `HTTP_${status}`;
  if (status >= 500) return { kind: 'retry', code, reason: 'LinkedIn, or something before it, could not answer' };
  return toFailure(code);
}

function ofElement(status: number, requestId: string | null): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', reference: requestId };
  if (status === 429 || status >= 500)
    return { kind: 'retry', code: `ELEMENT_${status}`, reason: 'LinkedIn could not take this event now' };
  const { reason, ...failure } = toFailure('ELEMENT_REFUSED') as Extract<Failure, { kind: 'rejected' }>;
  return { ...failure, reason: `${reason} with status ${status}` };
}

/** Reads the answer to a request with `events` events. */
export function readAnswer(reply: Reply, events: number): Answer {
  if (reply.kind === 'unanswered')
    return refused({ kind: 'retry', code: reply.code, reason: 'LinkedIn did not answer; whether it took the request is not known' });
  const body = parse(reply.body);
  const success = successSchema.safeParse(body);
  if (reply.status === 200 && success.success) {
    const { elements } = success.data;
    if (elements.length === events) return { kind: 'answered', outcomes: elements.map(({ status }) => ofElement(status, reply.requestId)) };
    const reason = `LinkedIn answered for ${elements.length} of ${events} events; request ${reply.requestId ?? 'without a name'}`;
    return refused({ kind: 'held', code: 'ELEMENTS_MISSING', reason });
  }
  // An answer of success that is none of LinkedIn's comes from something before it.
  if (reply.status < 300) return refused({ kind: 'retry', code: `HTTP_${reply.status}`, reason: 'something before LinkedIn answered' });
  const { code, message } = errorSchema.safeParse(body).data ?? {};
  const failure =
    (code ? findFailure(code) : null) ?? (code && reply.status < 500 && reply.status !== 429 ? toFailure(code) : ofStatus(reply.status));
  if (failure.kind === 'throttled') return refused({ ...failure, afterMs: waitMs(reply.retryAfter) });
  const blamed = reply.status === 400 ? blameRules(message ?? '') : reply.status === 422 ? blameFields(message ?? '') : new Map();
  const named = new Map([...blamed].filter(([index]) => index < events));
  if (named.size > 0) return refused(failure, named);
  // Without a code or a name it may be one event, or the request.
  const isUnclear = !code && (reply.status === 400 || reply.status === 422);
  return isUnclear ? { kind: 'refused', outcome: failure, blamed: named, mayBeRows: true } : refused(failure);
}
