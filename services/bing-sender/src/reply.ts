import { type Failure, leastThrottleMs } from './error-codes.ts';

/** An HTTP answer as it came, before anyone has read it. */
export interface Reply {
  status: number;
  body: string;
  trackingId: string | null;
  retryAfter: string | null;
}

/** A request's end: an answer, or none within the deadline. */
export type Sent = { ok: true; reply: Reply } | { ok: false; outcome: Failure };

const longestThrottleMs = 24 * 60 * 60_000;

/** How long to stay away: what Retry-After asks for, as seconds or as a date, but never less than Microsoft's minute. */
export function throttleMs(retryAfter: string | null, nowMs: number): number {
  if (retryAfter === null) return leastThrottleMs;
  const asked = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - nowMs;
  return Math.min(Math.max(Number.isNaN(asked) ? 0 : asked, leastThrottleMs), longestThrottleMs);
}

const byStatus: Record<number, { kind: 'rejected' | 'retry' | 'config'; reason: string }> = {
  400: { kind: 'rejected', reason: 'Microsoft could not read the request and named no row' },
  401: { kind: 'config', reason: 'Microsoft refuses the credentials even after a renewal; consent again' },
  403: { kind: 'config', reason: 'Microsoft forbids the call; check the user, the customer id and the account' },
  404: { kind: 'config', reason: 'nothing answers at this address; check the MICROSOFT_ URLs' },
  408: { kind: 'retry', reason: 'Microsoft gave up waiting for the request' },
  413: { kind: 'rejected', reason: 'the request was too large' },
};

/** What an answer means by its HTTP status alone; for answers that carry no code. */
export function toFailureOfStatus({ status, retryAfter }: Reply, nowMs: number): Failure {
  const code = `HTTP_${status}`;
  if (status === 429) return { kind: 'throttled', code, reason: 'Microsoft asks for fewer calls', afterMs: throttleMs(retryAfter, nowMs) };
  if (status >= 500) return { kind: 'retry', code, reason: `Microsoft answered with status ${status}` };
  if (status >= 300 && status < 400) return { kind: 'config', code, reason: 'the address has moved; check the MICROSOFT_ URLs' };
  const known = byStatus[status];
  return known === undefined
    ? { kind: 'held', code, reason: `Microsoft answered with status ${status}, which nothing explains` }
    : { ...known, code };
}

/** The JSON of a body; undefined where it is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
