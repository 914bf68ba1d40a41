import { Accepted, type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '@waybill/shared/stand-in';
import { createIhcModel } from '../src/ihc/model/ihc-model.ts';
import { defaultParameters } from '../src/ihc/model/parameters.ts';
import type { Redistribution } from '../src/ihc/model/redistribute.ts';
import type { Journey } from '../src/journeys/journey.ts';
import { type PartialFailure, readJourneys, requestSchema } from './ihc-request.ts';

export interface IhcStandInOptions {
  port: number;
  /** The keys that are let in; any by default, but never none. */
  apiKeys?: string[];
  /** The conversion types that have been trained; any by default. */
  conversionTypes?: string[];
  /** What one call may carry: 100 journeys and 3000 sessions unless told otherwise, 200 sessions on a free account. */
  limits?: { journeys: number; sessions: number };
}

/** The IHC API, on this machine: `POST /v1/compute_ihc`. It scores by the local model and rounds to four decimals, as the API does. */
export interface IhcStandIn extends StandIn {
  /** The conversion ids of each call that was read, in the order they came. */
  calls: string[][];
  /** What the last call gave as redistribution_parameter. */
  redistribution(): Redistribution | undefined;
  /** Leaves a conversion out of so many answers. */
  forget(conversionId: string, times: number): void;
}

const path = '/v1/compute_ihc';
const round = (share: number): number => Math.round(share * 10_000) / 10_000;

const refuse = (status: number, message: string): StandInAnswer => ({
  status,
  body: { statusCode: status, value: null, partialFailureErrors: [], message },
});
const throttled: StandInAnswer = { status: 429, body: { message: 'Too Many Requests' } };
const forbidden: StandInAnswer = { status: 403, body: { message: 'Forbidden' } };

/** The API's own ways to fail: besides 429 and 500, a 200 of HTTP whose body says 500, and a page. */
const faultAnswers: Record<string, StandInAnswer> = {
  throttled,
  'server-error': refuse(500, 'Internal Server Error'),
  'null-value': { status: 200, body: { statusCode: 500, value: null, partialFailureErrors: ['Internal Server Error'] } },
  'empty-value': { status: 200, body: { statusCode: 500, value: [], partialFailureErrors: [] } },
  'html-200': { status: 200, body: '<html><body>Maintenance</body></html>' },
};

function scoresOf(journey: Journey, redistribution: Redistribution | undefined) {
  const model = createIhcModel(defaultParameters, redistribution);
  const { initializer, holder, closer } = model.phases(journey);
  return model.credit(journey).map((ihc, index) => ({
    conversion_id: journey.conversionId,
    session_id: journey.touches[index]?.id,
    initializer: round(initializer[index] ?? 0),
    holder: round(holder[index] ?? 0),
    closer: round(closer[index] ?? 0),
    ihc: round(ihc),
  }));
}

/** What the API makes of an object keyed by conversion: a score of 1 for each, without a word of complaint. */
const scoresOfObject = (byConversion: Record<string, unknown>) =>
  Object.keys(byConversion).map((conversion_id) => ({ conversion_id, session_id: '', initializer: 1, holder: 0, closer: 1, ihc: 1 }));

const answer = (value: unknown[], partialFailureErrors: PartialFailure[] | string[] = []): StandInAnswer => {
  const status = partialFailureErrors.length === 0 ? 200 : 206;
  return { status, body: { statusCode: status, value, partialFailureErrors } };
};

const readBody = (body: string) => {
  try {
    return requestSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
};

/** Starts the stand-in of the IHC API. */
export async function startIhcStandIn({
  port,
  apiKeys,
  conversionTypes,
  limits = { journeys: 100, sessions: 3_000 },
}: IhcStandInOptions): Promise<IhcStandIn> {
  const calls: string[][] = [];
  const forgotten = new Map<string, number>();
  const accepted = new Accepted();
  let lastRedistribution: Redistribution | undefined;

  const isForgotten = (conversionId: string): boolean => {
    const times = forgotten.get(conversionId) ?? 0;
    forgotten.set(conversionId, times - 1);
    return times > 0;
  };

  const handle = async ({ method, url, headers, body }: StandInRequest): Promise<StandInAnswer> => {
    const key = headers['x-api-key'];
    if (method !== 'POST' || url.pathname !== path || typeof key !== 'string' || key === '') return forbidden;
    if (apiKeys?.includes(key) === false) return forbidden;
    const conversionType = url.searchParams.get('conv_type_id') ?? '';
    if (conversionType === '' || conversionTypes?.includes(conversionType) === false) return refuse(400, 'conv_type_id is unknown');
    if (headers['content-type'] !== 'application/json') return refuse(400, 'the content type must be application/json');
    const request = readBody(body);
    if (request === undefined) return refuse(400, 'the request cannot be read');
    if (!Array.isArray(request.customer_journeys)) return answer(scoresOfObject(request.customer_journeys));
    const { journeys, failures } = readJourneys(request.customer_journeys);
    calls.push([...journeys.map(({ conversionId }) => conversionId), ...failures.map(({ conversion_id }) => conversion_id)]);
    lastRedistribution = request.redistribution_parameter;
    if (journeys.length + failures.length > limits.journeys) return refuse(400, `at most ${limits.journeys} journeys in a call`);
    if (request.customer_journeys.length > limits.sessions) return refuse(400, `at most ${limits.sessions} sessions in a call`);
    const told = journeys.filter(({ conversionId }) => !isForgotten(conversionId));
    const left = journeys.filter((journey) => !told.includes(journey));
    const scored = told.map(({ conversionId }) => ({
      account: 'ihc',
      action: conversionType,
      key: `${conversionType} ${conversionId}`,
      eventId: conversionId,
    }));
    accepted.take(scored.map((one) => ({ ...one, clickId: null, occurredAt: '', value: null, currency: null })));
    const unparsed = left.map(
      ({ conversionId }): PartialFailure => ({ errorCode: 406, conversion_id: conversionId, message: 'could not be parsed' }),
    );
    return answer(
      told.flatMap((journey) => scoresOf(journey, request.redistribution_parameter)),
      [...failures, ...unparsed],
    );
  };

  const standIn = await startStandIn({ name: 'ihc', port, accepted, handle, faultAnswers });
  return {
    ...standIn,
    calls,
    redistribution: () => lastRedistribution,
    forget: (conversionId, times) => void forgotten.set(conversionId, times),
  };
}
