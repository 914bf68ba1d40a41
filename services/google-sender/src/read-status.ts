import type { DayCount, Told } from '@waybill/shared/sender';
import { z } from 'zod';
import { findSentence } from './status-reasons.ts';
import { readReference } from './to-request.ts';

const countOf = z.coerce.number().int().min(0);
const destinationSchema = z.looseObject({
  destination: z.looseObject({ reference: z.string().nullish() }).nullish(),
  requestStatus: z.string(),
  errorInfo: z
    .looseObject({ errorCounts: z.array(z.looseObject({ recordCount: countOf.nullish(), reason: z.string().nullish() })).nullish() })
    .nullish(),
  eventsIngestionStatus: z.looseObject({ recordCount: countOf.nullish() }).nullish(),
});
/** https://developers.google.com/data-manager/api/reference/rest/v1/requestStatus/retrieve */
const answerSchema = z.looseObject({ requestStatusPerDestination: z.array(destinationSchema) });
type Destination = z.infer<typeof destinationSchema>;

const failedWithoutReason = 'FAILED';

/** Google counts what it was sent, and how much of that failed for which reason. */
function toDayCount({ destination, requestStatus, errorInfo, eventsIngestionStatus }: Destination): DayCount | null {
  const of = readReference(destination?.reference ?? '');
  if (of === null) return null;
  const sent = eventsIngestionStatus?.recordCount ?? 0;
  const told = (errorInfo?.errorCounts ?? []).map(({ reason, recordCount }) => {
    const code = reason ?? 'PROCESSING_ERROR_REASON_UNSPECIFIED';
    return { code, reason: findSentence(code) ?? 'the table of reasons does not know this one', count: recordCount ?? 0 };
  });
  const failed = told.reduce((sum, { count }) => sum + count, 0);
  if (requestStatus !== 'FAILED' || failed > 0) return { ...of, counted: Math.max(0, sent - failed), reasons: told };
  return {
    ...of,
    counted: 0,
    reasons: [{ code: failedWithoutReason, reason: 'Google counted none of them and does not say why', count: sent }],
  };
}

const finished = new Set(['SUCCESS', 'PARTIAL_SUCCESS', 'FAILED']);

/** Reads what Data Manager tells of a request, some time after it took it. */
export function readStatus(body: unknown): Told {
  const read = answerSchema.safeParse(body);
  if (!read.success) return { kind: 'unknown', problem: 'Google told of the request in a form that is not known' };
  const destinations = read.data.requestStatusPerDestination;
  if (destinations.length === 0 || destinations.some(({ requestStatus }) => requestStatus === 'PROCESSING')) return { kind: 'pending' };
  const strange = destinations.find(({ requestStatus }) => !finished.has(requestStatus));
  if (strange !== undefined)
    return { kind: 'unknown', problem: `Google calls the request ${strange.requestStatus}, which nothing explains` };
  return { kind: 'told', counts: destinations.flatMap((destination) => toDayCount(destination) ?? []) };
}
