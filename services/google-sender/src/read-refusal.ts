import type { Outcome } from '@waybill/shared/conversion';
import type { Answer } from '@waybill/shared/sender';
import { z } from 'zod';
import { type Failure, findFailure, toFailure } from './error-codes.ts';

const detailSchema = z.looseObject({
  reason: z.string().nullish(),
  retryDelay: z.string().nullish(),
  fieldViolations: z.array(z.looseObject({ field: z.string().nullish(), reason: z.string().nullish() })).nullish(),
});
/** https://developers.google.com/data-manager/api/devguides/concepts/errors */
const bodySchema = z.looseObject({
  error: z.looseObject({ status: z.string().nullish(), details: z.array(detailSchema).nullish() }),
});
const oauthSchema = z.looseObject({ error: z.string() });

/** What came back instead of success: an HTTP status with its body, or no answer at all. */
export type Refusal = { kind: 'answered'; status: number; body: unknown; retryAfter: string | null } | { kind: 'unanswered'; code: string };

const refused = (outcome: Failure, blamed: ReadonlyMap<number, Outcome> = new Map()): Answer => ({ kind: 'refused', outcome, blamed });

function toMs(delay: string | null | undefined): number {
  const seconds = Number.parseFloat(delay ?? '');
  return Number.isFinite(seconds) ? Math.ceil(seconds * 1_000) : 0;
}

function ofStatus(status: number): Failure {
  if (status === 429) return toFailure('RESOURCE_EXHAUSTED');
  if (status >= 500) return { kind: 'retry', code: `HTTP_${status}`, reason: 'Google, or something before it, could not answer' };
  if (status === 401) return toFailure('UNAUTHENTICATED');
  return { kind: 'held', code: `HTTP_${status}`, reason: `Google answered HTTP ${status} in a form that is not known` };
}

/** The event that a violation names, by the index in its path; index 0 counts. */
function indexOf(field: string | null | undefined): number | null {
  const [, index] = /(?:^|\.)events\[(\d+)\]/.exec(field ?? '') ?? [];
  return index === undefined ? null : Number(index);
}

/** The destination that a violation names, by the index in its path. */
function destinationIndexOf(field: string | null | undefined): number | null {
  const [, index] = /(?:^|\.)destinations\[(\d+)\]/.exec(field ?? '') ?? [];
  return index === undefined ? null : Number(index);
}

/** The events that a violation is about: the one it names, or all of the destination that it names. */
function blamedBy(field: string | null | undefined, destinationOf: number[]): number[] {
  const event = indexOf(field);
  if (event !== null) return event < destinationOf.length ? [event] : [];
  const destination = destinationIndexOf(field);
  return destination === null ? [] : destinationOf.flatMap((of, index) => (of === destination ? [index] : []));
}

/** What a fault of a destination is: whatever its code, somebody must mend the account or the action. */
const ofDestination = (failure: Failure): Failure =>
  failure.kind === 'rejected' ? { ...toFailure('INVALID_DESTINATION'), code: failure.code } : failure;

/** Reads why Google took nothing of a request: which events are to blame, or what happened to all of it. `destinationOf`: of each event. */
export function readRefusal(refusal: Refusal, destinationOf: number[]): Answer {
  if (refusal.kind === 'unanswered')
    return refused({ kind: 'retry', code: refusal.code, reason: 'Google did not answer; whether it took the request is not known' });
  const oauth = oauthSchema.safeParse(refusal.body);
  if (oauth.success) return refused(findFailure(oauth.data.error) ?? ofStatus(refusal.status));
  const body = bodySchema.safeParse(refusal.body);
  if (!body.success) return refused(ofStatus(refusal.status));

  const { status, details } = body.data.error;
  const violations = (details ?? []).flatMap(({ fieldViolations }) => fieldViolations ?? []);
  const blamed = new Map<number, Outcome>();
  for (const { field, reason } of violations) {
    const failure = toFailure(reason ?? status ?? `HTTP_${refusal.status}`);
    const isOfEvent = indexOf(field) !== null;
    for (const index of blamedBy(field, destinationOf).filter((event) => !blamed.has(event))) {
      const told =
        failure.kind === 'rejected' ? { ...failure, reason: `${failure.reason}: ${(field ?? '').replace(/^.*?\]\.?/, '')}` } : failure;
      blamed.set(index, isOfEvent ? told : ofDestination(failure));
    }
  }
  const reasons = (details ?? []).flatMap(({ reason }) => reason ?? []);
  const known = [...reasons, status ?? ''].map(findFailure).find((failure) => failure !== null);
  const outcome = known ?? (status === null || status === undefined ? ofStatus(refusal.status) : toFailure(reasons[0] ?? status));
  // Google names a bad event by its path; what names none may as well be about the destination.
  if (outcome.kind === 'rejected') return { kind: 'refused', outcome, blamed, mayBeRows: true };
  if (outcome.kind !== 'throttled') return refused(outcome, blamed);
  const delayMs = Math.max(...(details ?? []).map(({ retryDelay }) => toMs(retryDelay)), toMs(refusal.retryAfter), 0);
  return refused({ ...outcome, afterMs: Math.max(delayMs, outcome.afterMs) }, blamed);
}
