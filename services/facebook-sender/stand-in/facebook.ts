import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '@waybill/shared/stand-in';
import { z } from 'zod';
import { FacebookAccepted } from './facebook-accepted.ts';
import { parseBody, readEvents } from './facebook-events.ts';

export interface FacebookStandInOptions {
  port: number;
  /** Where what was taken is kept between starts; unset: in memory. */
  folder?: string;
  /** The stand-in's clock, against which ages are judged. */
  now?: () => Date;
  /** The token of each pixel; unset: any token does, for any pixel. */
  tokens?: Record<string, string>;
}

/** Meta, on this machine: `POST /{version}/{pixel}/events` of the Conversions API. */
export interface FacebookStandIn extends StandIn {
  accepted: FacebookAccepted;
}

const mostEvents = 1_000;
const trace = (): string => randomBytes(9).toString('base64url');

/** Graph's error. Its type is the same for nearly all, its texts are in the language of the token's owner: only the codes tell something. */
function refuse(
  status: number,
  code: number,
  subcode: number | null,
  message: string,
  headers: Record<string, string> = {},
): StandInAnswer {
  const error = {
    message,
    type: 'OAuthException',
    code,
    ...(subcode === null ? {} : { error_subcode: subcode }),
    is_transient: code === 2,
    error_user_title: 'Demande refusée',
    error_user_msg: 'La demande a été refusée.',
    fbtrace_id: trace(),
  };
  return { status, headers, body: { error } };
}

/** The headers of a business whose quota is used up for `ms`, told in whole minutes. */
function usedUp(ms: number): Record<string, string> {
  const shares = { type: 'ads_management', call_count: 100, total_cputime: 25, total_time: 25 };
  const business = [{ ...shares, estimated_time_to_regain_access: Math.ceil(ms / 60_000) }];
  return { 'x-business-use-case-usage': JSON.stringify({ '1459709444231724': business }), 'x-app-usage': '{"call_count":28}' };
}

/** The oldest version of Graph that is still served. https://developers.facebook.com/docs/graph-api/changelog/versions */
const oldestVersion = 21;

const received = (count: number): StandInAnswer['body'] => ({ events_received: count, messages: [], fbtrace_id: trace() });

function readBody(body: string): unknown[] | null {
  try {
    return z.looseObject({ data: z.array(z.unknown()) }).parse(parseBody(body)).data;
  } catch {
    return null;
  }
}

/** Starts the stand-in. A taken port moves to a free one. */
export async function startFacebookStandIn({
  port,
  folder,
  now = () => new Date(),
  tokens,
}: FacebookStandInOptions): Promise<FacebookStandIn> {
  const accepted = new FacebookAccepted(folder === undefined ? undefined : join(folder, 'facebook.ndjson'));

  const take = ({ headers, url, body }: StandInRequest, pixel: string, lostRows: number): StandInAnswer => {
    if (url.searchParams.has('access_token')) {
      accepted.tokensInUrl += 1;
      return refuse(400, 190, null, 'A token in the address ends up in logs; send it as a header.');
    }
    const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
    if (token === undefined || (tokens !== undefined && tokens[pixel] !== token)) {
      return refuse(401, 190, null, 'Invalid OAuth access token.');
    }
    const listed = readBody(body);
    if (listed === null) return refuse(400, 100, null, 'Missing parameter: data');
    if (listed.length > mostEvents) return refuse(400, 100, null, 'Too many events');
    const read = readEvents(listed, now());
    // All or nothing, and the answer names no event.
    if (!read.ok) return refuse(400, 100, read.subcode, read.message);
    const code = (JSON.parse(body) as { test_event_code?: unknown }).test_event_code;
    if (code !== undefined) accepted.testEvents += read.events.length;
    accepted.takeEvents(pixel, read.events.slice(lostRows), now());
    // What is lost in silence is not even missed in the count.
    return { status: 200, body: received(listed.length) };
  };

  const answer = (request: StandInRequest, lostRows = 0): StandInAnswer => {
    const [, version, pixel] = /^\/v(\d+)\.\d+\/(\d+)\/events$/.exec(request.url.pathname) ?? [];
    if (request.method !== 'POST' || pixel === undefined) return refuse(400, 2_500, null, 'Unknown path components');
    if (Number(version) < oldestVersion) return refuse(400, 2_635, null, 'You are calling a deprecated version of the Ads API.');
    return take(request, pixel, lostRows);
  };

  const standIn = await startStandIn({
    name: 'facebook',
    port,
    accepted,
    faultAnswers: {
      throttled: ({ ms }) => refuse(400, 80_004, 2_446_079, 'There have been too many calls.', usedUp(ms)),
      // Takes the events, and tells beside it that no more should come.
      'used-up': ({ ms }, request) => ({ ...answer(request), headers: usedUp(ms) }),
      // Takes the events, by a version that was not asked for.
      upgraded: (_fault, request) => ({
        ...answer(request),
        headers: { 'x-ad-api-version-warning': 'The call has been auto-upgraded to v26.0 as the version is deprecated.' },
      }),
      'expired-token': refuse(401, 190, 463, 'Error validating access token: Session has expired.'),
      'server-error': refuse(500, 2, null, 'An unexpected error has occurred.'),
      'unknown-code': refuse(400, 987_654, null, 'A code of tomorrow'),
      // Loses some of the events, and says so in its count.
      'short-count': ({ rows }, request) => {
        const real = answer(request, rows);
        return real.status === 200 ? { ...real, body: received((readBody(request.body)?.length ?? 0) - rows) } : real;
      },
    },
    handle: async (request, lostRows) => answer(request, lostRows),
  });
  return { ...standIn, accepted };
}
