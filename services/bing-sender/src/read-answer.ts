import type { Outcome } from '@waybill/shared/conversion';
import type { Answer } from '@waybill/shared/sender';
import { z } from 'zod';
import { type Failure, toFailure } from './error-codes.ts';
import { parseJson, type Reply, throttleMs, toFailureOfStatus } from './reply.ts';

/** REST writes 64-bit numbers as text, so that either is read. */
const wholeNumber = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .nullish();
const errorSchema = z.looseObject({ Code: wholeNumber, ErrorCode: z.string().nullish(), Index: wholeNumber });
const errorsSchema = z.array(errorSchema.nullable()).nullish();

/** The answer of ApplyOfflineConversions and both shapes of a fault. */
const bodySchema = z.looseObject({
  PartialErrors: errorsSchema,
  Errors: errorsSchema,
  OperationErrors: errorsSchema,
  BatchErrors: errorsSchema,
});

interface MicrosoftError {
  code: number | null;
  name: string | null;
  index: number | null;
}
interface Body {
  isAnswer: boolean;
  partial: MicrosoftError[];
  fault: MicrosoftError[];
}

const tokenExpired = { code: 109, name: 'AuthenticationTokenExpired' };
/** Of several errors the most certain one decides: what can never be taken is not asked again, what nobody knows is looked at first. */
const rowOrder: Failure['kind'][] = ['rejected', 'held', 'config', 'later', 'throttled', 'retry', 'duplicate'];
const wholeOrder: Failure['kind'][] = ['held', 'config', 'throttled', 'later', 'retry', 'duplicate', 'rejected'];

function toErrors(list: z.infer<typeof errorsSchema>): MicrosoftError[] {
  const present = (list ?? []).filter((error) => error !== null);
  return present.map(({ Code, ErrorCode, Index }) => ({ code: Code ?? null, name: ErrorCode ?? null, index: Index ?? null }));
}

/** The body in our words; null where it is JSON of an unknown shape, undefined where it is no JSON. */
function parseBody({ body, trackingId }: Reply): Body | null | undefined {
  const json = parseJson(body);
  if (json === undefined) return undefined;
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) return null;
  const { PartialErrors, Errors, OperationErrors, BatchErrors } = parsed.data;
  return {
    // Only Microsoft's own answer has the list or the header; any other 200 says nothing about the rows.
    isAnswer: PartialErrors !== undefined || trackingId !== null,
    partial: toErrors(PartialErrors),
    fault: [...toErrors(Errors), ...toErrors(OperationErrors), ...toErrors(BatchErrors)],
  };
}

function worst(errors: MicrosoftError[], order: Failure['kind'][], waitMs: number, tracking: string): Failure | undefined {
  const [first] = errors.map(toFailure).toSorted((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind));
  if (first?.kind === 'throttled') return { ...first, afterMs: Math.max(first.afterMs, waitMs) };
  return first?.kind === 'held' ? { ...first, reason: `${first.reason}${tracking}` } : first;
}

/** Whether the whole call was refused because its access token is no longer good, so that a renewed one may carry the same request. */
export function isTokenExpired(reply: Reply): boolean {
  if (reply.status === 401 && (parseBody(reply)?.fault ?? []).length === 0) return true;
  return (parseBody(reply)?.fault ?? []).some(({ code, name }) => code === tokenExpired.code || name === tokenExpired.name);
}

/** Reads the answer to a call with `rows` rows: an outcome for each, or why nothing of it was taken. */
export function readAnswer(reply: Reply, rows: number, nowMs: number): Answer {
  const waitMs = throttleMs(reply.retryAfter, nowMs);
  const tracking = reply.trackingId === null ? '' : `; TrackingId ${reply.trackingId}`;
  const refused = (outcome: Failure): Answer => ({ kind: 'refused', outcome, blamed: new Map() });
  const byRow = (errors: MicrosoftError[]): Map<number, Failure> => {
    const named = errors.filter((error) => error.index !== null && error.index < rows);
    const groups = Map.groupBy(named, ({ index }) => index as number);
    return new Map([...groups].map(([index, group]) => [index, worst(group, rowOrder, waitMs, tracking) as Failure]));
  };

  const body = parseBody(reply);
  if (body === undefined && (reply.status === 200 || reply.status === 400)) {
    return refused({ kind: 'retry', code: 'NOT_JSON', reason: 'something in between answered in the place of Microsoft' });
  }
  if (reply.status === 200 && (body === null || (body?.isAnswer === false && body.fault.length === 0))) {
    return refused({ kind: 'held', code: 'UNREADABLE_ANSWER', reason: `Microsoft's answer has an unknown shape${tracking}` });
  }
  if (reply.status === 200 && body?.fault.length === 0) {
    const failures = byRow(body.partial);
    const stray = body.partial.filter(({ index }) => index === null || index >= rows);
    const missing = worst(stray, rowOrder, waitMs, tracking);
    // An error that names no row may be any row's: none of them counts as taken, and asking again is safe, as duplicates are ignored.
    const rest: Outcome =
      missing === undefined
        ? { kind: 'delivered', reference: reply.trackingId }
        : { kind: 'held', code: missing.code, reason: `an error names no row: ${missing.reason}` };
    return { kind: 'answered', outcomes: Array.from({ length: rows }, (_, index) => failures.get(index) ?? rest) };
  }

  const errors = [...(body?.fault ?? []), ...(body?.partial ?? [])];
  const ofWhole = worst(
    errors.filter(({ index }) => index === null || index >= rows),
    wholeOrder,
    waitMs,
    tracking,
  );
  if (ofWhole !== undefined && ofWhole.kind !== 'rejected') return refused(ofWhole);
  const outcome = ofWhole ?? toFailureOfStatus(reply, nowMs);
  // Microsoft names a bad row by its index; what names none may as well be about the call.
  return { kind: 'refused', outcome, blamed: byRow(errors), ...(outcome.kind === 'rejected' ? { mayBeRows: true } : {}) };
}
