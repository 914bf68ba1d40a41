import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Accepted,
  type AcceptedConversion,
  type Fault,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
  startStandIn,
} from '@waybill/shared/stand-in';
import { z } from 'zod';
import { type GoogleAdsStandIn, startGoogleAdsStandIn } from './google-ads.ts';

export interface GoogleStandInOptions {
  port: number;
  /** Where what was taken is kept between starts; unset: in memory. */
  folder?: string;
  /** The stand-in's clock, against which ages are judged. */
  now?: () => Date;
  /** Also serves the Google Ads API, by gRPC over TLS on a port of its own. */
  googleAds?: boolean;
  /** Where the certificate of that port is kept; unset: with what was taken. */
  certificateFolder?: string;
  /** Conversion actions that the account does not have. */
  unknownActions?: string[];
  /** Whether a refusal names the destination that is to blame. */
  namesDestinations?: boolean;
}

/** Google, on this machine: OAuth, `events:ingest` and `requestStatus:retrieve` of the Data Manager API. */
export interface GoogleStandIn extends StandIn {
  accepted: Accepted;
  googleAds: GoogleAdsStandIn | null;
}

const limits = { events: 2_000, destinations: 10, identifiers: 10 };
// The client writes enumerations as numbers, others write their names.
const named = (name: string, number: number) => z.union([z.literal(name), z.literal(number)]);
const consent = z.union([z.literal([1, 2]), z.literal(['CONSENT_GRANTED', 'CONSENT_DENIED'])]).optional();
const sha256 = z.string().regex(/^[0-9a-fA-F]{64}$/);

const eventSchema = z.object({
  destinationReferences: z.array(z.string()).optional(),
  transactionId: z.string().max(512).regex(/\D/, 'a purely numeric id is refused').optional(),
  eventTimestamp: z.iso.datetime({ offset: true }),
  eventSource: z.union([z.literal([1, 2, 3, 4, 5, 6]), z.literal(['WEB', 'APP', 'IN_STORE', 'PHONE', 'MESSAGE', 'OTHER'])]),
  adIdentifiers: z.object({ gclid: z.string().optional(), gbraid: z.string().optional(), wbraid: z.string().optional() }).optional(),
  userData: z
    .object({
      userIdentifiers: z.array(z.union([z.object({ emailAddress: sha256 }), z.object({ phoneNumber: sha256 })])).max(limits.identifiers),
    })
    .optional(),
  consent: z.object({ adUserData: consent, adPersonalization: consent }).optional(),
  conversionValue: z.number().optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
});
type Event = z.infer<typeof eventSchema>;

const destinationSchema = z.object({
  reference: z.string().optional(),
  operatingAccount: z.object({ accountType: named('GOOGLE_ADS', 1), accountId: z.string().regex(/^\d+$/) }),
  loginAccount: z.object({ accountType: named('GOOGLE_ADS', 1), accountId: z.string().regex(/^\d+$/) }).optional(),
  productDestinationId: z.string().regex(/^\d+$/),
});
type Destination = z.infer<typeof destinationSchema>;

const requestSchema = z.object({
  destinations: z.array(destinationSchema).min(1).max(limits.destinations),
  encoding: z.union([z.literal([1, 2]), z.literal(['HEX', 'BASE64'])]).optional(),
  events: z.array(z.unknown()).min(1).max(limits.events),
  validateOnly: z.boolean().optional(),
});

interface Violation {
  field: string;
  description: string;
  reason: string;
}

function refuse(status: number, name: string, reason: string, violations: Violation[] = []): StandInAnswer {
  const requestId = randomUUID();
  const details: Record<string, unknown>[] = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'datamanager.googleapis.com' },
  ];
  if (violations.length > 0) details.push({ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations });
  details.push({ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId });
  return { status, body: { error: { code: status, message: 'There was a problem with the request.', status: name, details } } };
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The first violation of an event, as Google writes its path. */
function violationOf(raw: unknown, index: number, now: Date): Violation | null {
  const at = (path: string): string => `events.events[${index}]${path === '' ? '' : `.${path}`}`;
  const read = eventSchema.safeParse(raw);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = (issue?.path ?? []).map((part) => (typeof part === 'number' ? `[${part}]` : snake(String(part)))).join('.');
    const isMissing = issue?.code === 'invalid_type' && issue.message.includes('undefined');
    return { field: at(path), description: issue?.message ?? '', reason: isMissing ? 'REQUIRED_FIELD_MISSING' : 'INVALID_FORMAT' };
  }
  const { eventTimestamp, adIdentifiers, userData } = read.data;
  if (Date.parse(eventTimestamp) > now.getTime())
    return { field: at('event_timestamp'), description: 'in the future', reason: 'EVENT_TIME_INVALID' };
  if (Object.keys(adIdentifiers ?? {}).length === 0 && (userData?.userIdentifiers.length ?? 0) === 0) {
    return { field: at(''), description: 'no ad identifier and no user data', reason: 'NO_IDENTIFIERS_PROVIDED' };
  }
  return null;
}

/** What Google says of a request that is not built as it wants it. */
function complaintOf(error: z.ZodError): [reason: string, violations: Violation[]] {
  const [issue] = error.issues;
  const field = issue?.path.join('.') ?? '';
  if (issue?.code === 'too_big') return [field === 'events' ? 'TOO_MANY_EVENTS' : 'TOO_MANY_DESTINATIONS', []];
  return ['INVALID_ARGUMENT', [{ field, description: '', reason: 'INVALID_FORMAT' }]];
}

function referenceViolation(event: unknown, index: number, references: ReadonlySet<string | undefined>): Violation | null {
  const unknown = (event as Event).destinationReferences?.some((reference) => !references.has(reference));
  if (unknown !== true) return null;
  return { field: `events.events[${index}].destination_references`, description: 'no such destination', reason: 'INVALID_DESTINATION' };
}

const toAccepted = (event: Event, { operatingAccount, productDestinationId }: Destination): AcceptedConversion => ({
  account: operatingAccount.accountId,
  action: productDestinationId,
  key: JSON.stringify([operatingAccount.accountId, productDestinationId, event.transactionId ?? JSON.stringify(event)]),
  eventId: event.transactionId ?? null,
  clickId: event.adIdentifiers?.gclid ?? event.adIdentifiers?.wbraid ?? event.adIdentifiers?.gbraid ?? null,
  occurredAt: event.eventTimestamp,
  value: event.conversionValue === undefined ? null : String(event.conversionValue),
  currency: event.currency ?? null,
});

const throttled = ({ ms }: Fault): StandInAnswer => ({
  status: 429,
  body: {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'Quota exceeded.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${ms / 1_000}s` }],
    },
  },
});

const dayMs = 24 * 60 * 60_000;
const longestWindowDays = 90;

/** Why an event that was taken is not counted in the end; null where it is. */
function uncountedFor(event: Event, now: Date): string | null {
  const adUserData = event.consent?.adUserData;
  if (adUserData === 2 || adUserData === 'CONSENT_DENIED') return 'PROCESSING_ERROR_REASON_DENIED_CONSENT';
  return now.getTime() - Date.parse(event.eventTimestamp) > longestWindowDays * dayMs ? 'PROCESSING_ERROR_REASON_EVENT_TOO_OLD' : null;
}

interface DestinationStatus {
  destination: Destination;
  recordCount: number;
  /** Reason -> how many were not counted for it. */
  failed: Map<string, number>;
}

function describeStatus({ destination, recordCount, failed }: DestinationStatus) {
  const count = [...failed.values()].reduce((sum, of) => sum + of, 0);
  const requestStatus = count === 0 ? 'SUCCESS' : count < recordCount ? 'PARTIAL_SUCCESS' : 'FAILED';
  const errorCounts = [...failed].map(([reason, of]) => ({ reason, recordCount: `${of}` }));
  return {
    ...{ destination, requestStatus, eventsIngestionStatus: { recordCount: `${recordCount}` } },
    ...(count === 0 ? {} : { errorInfo: { errorCounts } }),
  };
}

/** Starts the stand-in. A taken port moves to a free one. */
export async function startGoogleStandIn({
  port,
  folder,
  now = () => new Date(),
  googleAds = false,
  certificateFolder,
  unknownActions = [],
  namesDestinations = true,
}: GoogleStandInOptions): Promise<GoogleStandIn> {
  const accepted = new Accepted(folder === undefined ? undefined : join(folder, 'google.ndjson'));
  const statuses = new Map<string, DestinationStatus[]>();
  let tokens = 0;

  const take = (taken: AcceptedConversion[]): void => {
    const changed = taken.filter(({ key, value }) => accepted.has(key) && accepted.find(key)?.value !== value);
    const at = now().toISOString();
    for (const { key, value, currency } of changed) accepted.adjust(key, { kind: 'restatement', value, currency, at });
    accepted.take(taken.filter((conversion) => !changed.includes(conversion)));
  };

  /** Takes the events of one destination, and remembers what it will tell of them. */
  const takeOf = (destination: Destination, events: Event[]): DestinationStatus => {
    const uncounted = events.map((event) => uncountedFor(event, now()));
    take(events.filter((_, index) => uncounted[index] === null).map((event) => toAccepted(event, destination)));
    const failed = Map.groupBy(
      uncounted.filter((reason) => reason !== null),
      (reason) => reason,
    );
    return { destination, recordCount: events.length, failed: new Map([...failed].map(([reason, all]) => [reason, all.length])) };
  };

  const ingest = ({ headers, body }: StandInRequest, lostRows: number): StandInAnswer => {
    if (!/^Bearer ya29\.local-\d+$/.test(headers.authorization ?? '')) return refuse(401, 'UNAUTHENTICATED', 'ACCESS_TOKEN_INVALID');
    const read = requestSchema.safeParse(JSON.parse(body));
    if (!read.success) return refuse(400, 'INVALID_ARGUMENT', ...complaintOf(read.error));
    const { destinations, events } = read.data;
    const unknown = destinations.findIndex(({ productDestinationId }) => unknownActions.includes(productDestinationId));
    if (unknown >= 0) {
      const field = `destinations.destinations[${unknown}].product_destination_id`;
      const violations = namesDestinations ? [{ field, description: '', reason: 'INVALID_CONVERSION_ACTION_ID' }] : [];
      return refuse(400, 'INVALID_ARGUMENT', 'INVALID_CONVERSION_ACTION_ID', violations);
    }
    const references = new Set(destinations.map(({ reference }) => reference));
    if (references.size < destinations.length) return refuse(400, 'INVALID_ARGUMENT', 'DUPLICATE_DESTINATION_REFERENCE');
    const violations = events.flatMap(
      (event, index) => violationOf(event, index, now()) ?? referenceViolation(event, index, references) ?? [],
    );
    // Fast-fail: one bad event and nothing of the request is taken.
    if (violations.length > 0) return refuse(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', violations.slice(0, 1));
    const requestId = randomUUID();
    if (read.data.validateOnly === true) return { status: 200, body: { requestId } };
    const kept = (events as Event[]).slice(lostRows);
    const isFor = (event: Event, { reference }: Destination) => event.destinationReferences?.includes(reference ?? '') ?? true;
    statuses.set(
      requestId,
      destinations.map((destination) =>
        takeOf(
          destination,
          kept.filter((event) => isFor(event, destination)),
        ),
      ),
    );
    return { status: 200, body: { requestId } };
  };

  const retrieve = ({ url }: StandInRequest): StandInAnswer => {
    const known = statuses.get(url.searchParams.get('requestId') ?? '');
    if (known === undefined) return refuse(404, 'NOT_FOUND', 'NOT_FOUND');
    return { status: 200, body: { requestStatusPerDestination: known.map(describeStatus) } };
  };

  const standIn = await startStandIn({
    name: 'google',
    port,
    accepted,
    isFaulty: ({ url }, { kind }) => url.pathname === (kind === 'still-processing' ? '/v1/requestStatus:retrieve' : '/v1/events:ingest'),
    faultAnswers: {
      throttled,
      'expired-token': refuse(401, 'UNAUTHENTICATED', 'ACCESS_TOKEN_EXPIRED'),
      'server-error': refuse(500, 'INTERNAL', 'INTERNAL_ERROR'),
      'unknown-code': refuse(400, 'FAILED_PRECONDITION', 'A_CODE_OF_TOMORROW'),
      'scope-insufficient': refuse(403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
      'still-processing': { status: 200, body: { requestStatusPerDestination: [{ requestStatus: 'PROCESSING' }] } },
      // A whole request refused for a row that the answer does not name.
      'nameless-refusal': refuse(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'),
    },
    handle: async (request, lostRows) => {
      const route = `${request.method} ${request.url.pathname}`;
      if (route === 'POST /token') {
        if (new URLSearchParams(request.body).get('refresh_token') === 'revoked') return { status: 400, body: { error: 'invalid_grant' } };
        tokens += 1;
        return { status: 200, body: { access_token: `ya29.local-${tokens}`, expires_in: 3_599, token_type: 'Bearer' } };
      }
      if (route === 'POST /v1/events:ingest') return ingest(request, lostRows);
      if (route === 'GET /v1/requestStatus:retrieve') return retrieve(request);
      return refuse(404, 'NOT_FOUND', 'NOT_FOUND');
    },
  });
  const ads = googleAds
    ? await startGoogleAdsStandIn({
        accepted,
        now,
        folder: certificateFolder ?? folder ?? mkdtempSync(join(tmpdir(), 'waybill-google-ads-')),
      })
    : null;
  const stop = async (): Promise<void> => {
    await standIn.stop();
    await ads?.stop();
  };
  return { ...standIn, accepted, googleAds: ads, stop };
}
