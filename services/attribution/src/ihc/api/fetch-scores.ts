import { describeError } from '@waybill/shared/telemetry';
import type { Journey } from '../../journeys/journey.ts';
import type { Redistribution } from '../model/redistribute.ts';
import { type IhcScore, ihcAnswerSchema, ihcScoreSchema, toIhcSessions } from './wire.ts';

export interface IhcEndpoint {
  /** Without query, such as https://api.ihc-attribution.com/v1/compute_ihc. */
  url: string;
  apiKey: string;
  /** The conversion type that the API has trained. */
  conversionType: string;
  redistribution?: Redistribution;
  /** The deadline of one call. */
  timeoutMs: number;
}

/** How a call ended. Errors of an answer are told as text, since their form is not published. */
export type CallEnding =
  | { kind: 'answered'; scores: IhcScore[]; errors: string[] }
  | { kind: 'invalid'; reason: string }
  /** Nothing of this kind can be asked: the key, the address or the conversion type is wrong. */
  | { kind: 'denied'; reason: string }
  | { kind: 'retry'; reason: string; afterMs: number };

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const secondsOf = (header: string | null): number => (header !== null && /^\d{1,5}$/.test(header) ? Number(header) : 0);

/** What an answer means: by its own statusCode as well as by that of HTTP, the worse of the two. */
function readAnswer(httpStatus: number, text: string, afterMs: number): CallEnding {
  const answer = ihcAnswerSchema.safeParse(readJson(text));
  const status = Math.max(httpStatus, answer.data?.statusCode ?? 0);
  const reason = `status ${status}: ${text.replaceAll(/\s+/g, ' ').slice(0, 200)}`;
  if (status === 429 || status >= 500) return { kind: 'retry', reason, afterMs };
  if (status === 400 || status === 406 || status === 413 || status === 422) return { kind: 'invalid', reason };
  if (status >= 300) return { kind: 'denied', reason };
  if (!Array.isArray(answer.data?.value)) return { kind: 'retry', reason: `no scores, ${reason}`, afterMs };
  const scores = answer.data.value.flatMap((row) => {
    const score = ihcScoreSchema.safeParse(row);
    return score.success ? [score.data] : [];
  });
  return { kind: 'answered', scores, errors: answer.data.partialFailureErrors.map((error) => JSON.stringify(error)) };
}

/** Asks the IHC API once for the scores of these journeys; whatever goes wrong is an ending with its reason, in which the key never stands. */
export async function fetchScores(journeys: Journey[], endpoint: IhcEndpoint): Promise<CallEnding> {
  const { apiKey, redistribution } = endpoint;
  const url = new URL(endpoint.url);
  url.searchParams.set('conv_type_id', endpoint.conversionType);
  const ending = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: JSON.stringify({
      customer_journeys: toIhcSessions(journeys),
      ...(redistribution === undefined ? {} : { redistribution_parameter: redistribution }),
    }),
    // A redirect would carry the key to wherever it points.
    redirect: 'manual',
    signal: AbortSignal.timeout(endpoint.timeoutMs),
  })
    .then(async (answer) => readAnswer(answer.status, await answer.text(), secondsOf(answer.headers.get('retry-after')) * 1_000))
    .catch((error: unknown): CallEnding => ({ kind: 'retry', reason: describeError(error), afterMs: 0 }));
  return ending.kind === 'answered' ? ending : { ...ending, reason: ending.reason.replaceAll(apiKey, '(key)') };
}
