import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { platformAt } from './conversions.ts';

// The two wires that the peer speaks and our senders do not: Google Ads over REST and Microsoft's UET Conversions API. `GET /accepted` tells
// what was taken, as that of the stand-ins does.

interface Row {
  clickId: string;
  /** Why it is refused, or null. */
  refusal: string | null;
}

const nowMs = Date.parse(platformAt);
const dayMs = 86_400_000;
const taken = new Set<string>();
let requests = 0;
let duplicates = 0;

function take(rows: Row[]): void {
  for (const { clickId } of rows.filter(({ refusal }) => refusal === null)) {
    if (taken.has(clickId)) duplicates += 1;
    taken.add(clickId);
  }
}

interface ClickConversion {
  gclid: string;
  conversionAction: string;
  conversionDateTime: string;
  userIdentifiers?: unknown[];
}

function toAdsRow({ gclid, conversionDateTime }: ClickConversion): Row {
  const isWritten = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(conversionDateTime);
  const ageMs = isWritten ? nowMs - Date.parse(conversionDateTime.replace(' ', 'T')) : Number.NaN;
  if (!/^[\w-]{10,}$/.test(gclid)) return { clickId: gclid, refusal: 'UNPARSEABLE_GCLID' };
  // What Google calls a time in the future is not published; nobody here reads the name.
  if (!(ageMs >= 0)) return { clickId: gclid, refusal: 'UNKNOWN' };
  if (ageMs > 90 * dayMs) return { clickId: gclid, refusal: 'EXPIRED_EVENT' };
  return { clickId: gclid, refusal: taken.has(gclid) ? 'CLICK_CONVERSION_ALREADY_EXISTS' : null };
}

/** https://developers.google.com/google-ads/api/reference/rpc/latest/UploadClickConversionsRequest */
function uploadClickConversions(body: string): object | null {
  const { conversions, partialFailure } = JSON.parse(body) as { conversions: ClickConversion[]; partialFailure: boolean };
  if (partialFailure !== true || conversions.length > 2_000) return null;
  const rows = conversions.map(toAdsRow);
  take(rows);
  const errors = rows.flatMap(({ refusal }, index) =>
    refusal === null
      ? []
      : [
          {
            ...{ errorCode: { conversionUploadError: refusal }, message: refusal },
            location: { fieldPathElements: [{ fieldName: 'conversions', index }] },
          },
        ],
  );
  const details = [{ '@type': 'type.googleapis.com/google.ads.googleads.v21.errors.GoogleAdsFailure', errors, requestId: 'local' }];
  return {
    ...(errors.length === 0 ? {} : { partialFailureError: { code: 3, message: 'Multiple errors in the request.', details } }),
    // Google says each row that it took back, and leaves the others empty.
    results: conversions.map(({ gclid, conversionAction, conversionDateTime, userIdentifiers }, index) =>
      rows[index]?.refusal === null ? { gclid, conversionAction, conversionDateTime, userIdentifiers } : {},
    ),
    jobId: '1',
  };
}

interface UetEvent {
  eventTime: number;
  continueOnValidationError?: boolean;
  userData: { msclkid: string };
}

function toUetRow({ eventTime, userData }: UetEvent): Row {
  const ageMs = nowMs - eventTime * 1_000;
  const isKnown = /^[0-9a-f]{32}$/.test(userData.msclkid);
  return { clickId: userData.msclkid, refusal: !isKnown ? 'msclkid' : ageMs < 0 || ageMs > 7 * dayMs ? 'eventTime' : null };
}

/** Microsoft's request has `continueOnValidationError` beside `data`, the peer writes it into every event: it is understood in both places. */
function takeUetEvents(body: string): object | null {
  const { data, continueOnValidationError } = JSON.parse(body) as { data: UetEvent[]; continueOnValidationError?: boolean };
  if (data.length === 0 || data.length > 1_000) return null;
  const goesOn = continueOnValidationError ?? data.every((event) => event.continueOnValidationError === true);
  const rows = data.map(toUetRow);
  const details = rows.flatMap(({ refusal }, index) =>
    refusal === null ? [] : [{ index, propertyName: refusal, errorMessage: `${refusal} is not valid`, isWarning: false }],
  );
  const error = details.length === 0 ? {} : { error: { code: 'ValidationError', details } };
  if (details.length > 0 && !goesOn) return { eventsReceived: 0, ...error };
  take(rows);
  return { eventsReceived: data.length - details.length, ...error };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
    response.end(JSON.stringify(body));
  };
  const path = request.url ?? '';
  if (path.startsWith('/accepted')) return send(200, { requests, duplicates, list: [...taken].map((clickId) => ({ clickId })) });
  requests += 1;
  const handle = /^\/v\d+\/customers\/\d+:uploadClickConversions$/.test(path)
    ? uploadClickConversions
    : /^\/v1\/\d+\/events$/.test(path)
      ? takeUetEvents
      : null;
  const body = await readBody(request);
  if (!request.headers.authorization?.startsWith('Bearer ')) return send(401, { error: { code: 401, status: 'UNAUTHENTICATED' } });
  const reply = handle?.(body) ?? null;
  send(reply === null ? 400 : 200, reply ?? { error: { code: 400, status: 'INVALID_ARGUMENT' } });
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => process.send?.({ ready: true, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => process.exit());
