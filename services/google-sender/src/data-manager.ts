import { IngestionServiceClient, protos } from '@google-ads/datamanager';
import { UserRefreshClient } from 'google-auth-library';
import type { GoogleSettings } from './config.ts';
import type { Credentials } from './credentials.ts';
import type { Refusal } from './read-refusal.ts';
import type { toRequest } from './to-request.ts';

export type Ingested = { ok: true; requestId: string } | { ok: false; refusal: Refusal };
export type Retrieved = { ok: true; status: unknown } | { ok: false; refusal: Refusal };

/** Data Manager for one credential: each call is one request that ends within the deadline; its answer is not judged here. */
export interface DataManager {
  ingestEvents(request: ReturnType<typeof toRequest>['request']): Promise<Ingested>;
  /** What Google made of a request, in the form of its REST API. */
  retrieveStatus(requestId: string): Promise<Retrieved>;
}

interface HttpError {
  code?: unknown;
  /** Over REST the client leaves the body of a refusal here. */
  message?: string;
  response?: { status: number; data: unknown; headers?: Headers };
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function toRefusal(error: unknown): Refusal {
  const { code, message, response } = error as HttpError;
  if (response !== undefined && typeof response.status === 'number') {
    return {
      kind: 'answered',
      status: response.status,
      body: parse(response.data ?? message),
      retryAfter: response.headers?.get('retry-after') ?? null,
    };
  }
  const isTimeout = /timeout|aborted/i.test(`${message} ${String(code)}`);
  return { kind: 'unanswered', code: isTimeout ? 'TIMEOUT' : typeof code === 'string' ? code : 'NO_CONNECTION' };
}

const { RetrieveRequestStatusResponse } = protos.google.ads.datamanager.v1;
const toJson = (answer: object): unknown =>
  RetrieveRequestStatusResponse.toObject(RetrieveRequestStatusResponse.fromObject(answer), { enums: String, longs: String });

export function connectDataManager(settings: GoogleSettings, { clientId, clientSecret, refreshToken }: Credentials): DataManager {
  const url = new URL(settings.DATA_MANAGER_URL);
  const timeout = settings.GOOGLE_TIMEOUT_MS;
  const authClient = new UserRefreshClient({
    clientId,
    clientSecret,
    refreshToken,
    // An access token that Google calls expired is renewed and the request made again, once.
    forceRefreshOnFailure: true,
    endpoints: { oauth2TokenUrl: settings.GOOGLE_OAUTH_TOKEN_URL },
    // The client's own call timeout has no effect over REST; this one has.
    transporterOptions: { timeout },
  });
  type ClientOptions = NonNullable<ConstructorParameters<typeof IngestionServiceClient>[0]>;
  const client = new IngestionServiceClient({
    fallback: true,
    protocol: url.protocol.slice(0, -1),
    apiEndpoint: url.hostname,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    authClient: authClient as unknown as NonNullable<ClientOptions['authClient']>,
  } as ClientOptions);

  return {
    ingestEvents: async (request) => {
      try {
        const [{ requestId }] = await client.ingestEvents(request, { timeout });
        return { ok: true, requestId: requestId ?? '' };
      } catch (error) {
        return { ok: false, refusal: toRefusal(error) };
      }
    },
    retrieveStatus: async (requestId) => {
      try {
        const [answer] = await client.retrieveRequestStatus({ requestId }, { timeout });
        // The client has numbers for the names of enumerations until it writes its message as JSON.
        return { ok: true, status: toJson(answer) };
      } catch (error) {
        return { ok: false, refusal: toRefusal(error) };
      }
    },
  };
}
