import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Accepted, type AcceptedConversion } from './accepted.ts';
import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from './stand-in.ts';

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
  accepted: Accepted;
}

const mostEvents = 1_000;
const days = 86_400;
const hashes = z.union([z.string(), z.array(z.string())]);
const sha256 = /^[0-9a-f]{64}(\.[\w-]{2}|\.[\w-]{8})?$/;
const hashedFields = ['em', 'ph', 'fn', 'ln', 'ct', 'st', 'zp', 'country'] as const;

const eventSchema = z.looseObject({
  event_name: z.string().min(1),
  event_time: z.int(),
  action_source: z.enum([
    'email',
    'website',
    'app',
    'phone_call',
    'chat',
    'physical_store',
    'system_generated',
    'business_messaging',
    'other',
  ]),
  event_id: z.string().optional(),
  user_data: z.looseObject({
    ...Object.fromEntries(hashedFields.map((field) => [field, hashes.optional()])),
    fbc: z.string().optional(),
    external_id: z.union([z.string(), z.array(z.string())]).optional(),
  }),
  custom_data: z.looseObject({ value: z.number().optional(), currency: z.string().optional() }).optional(),
});
type Event = z.infer<typeof eventSchema>;

const trace = (): string => randomBytes(9).toString('base64url');

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
    fbtrace_id: trace(),
  };
  return { status, headers, body: { error } };
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value : value === undefined ? [] : [String(value)]);

/** The subcode for which Meta refuses the event, or null. */
function subcodeOf(event: Event, now: Date): number | null {
  const user: Record<string, unknown> = event.user_data;
  const ageSeconds = Math.floor(now.getTime() / 1_000) - event.event_time;
  const maxAge = event.action_source === 'physical_store' ? 62 * days : 7 * days;
  if (ageSeconds > maxAge || ageSeconds < -60) return 2_804_003;
  if (typeof user.fbc === 'string' && !/^fb\.\d\.\d{13}\..+$/.test(user.fbc)) return 2_804_001;
  if (hashedFields.some((field) => listOf(user[field]).some((hash) => !sha256.test(hash)))) return 2_804_050;
  const identifying = ['em', 'ph', 'external_id', 'fbc', 'fbp', 'client_ip_address', 'lead_id'].some(
    (field) => listOf(user[field]).length > 0,
  );
  const named = listOf(user.fn).length > 0 && listOf(user.ln).length > 0;
  if (!identifying && !named) return 2_804_050;
  if (event.event_name !== 'Purchase') return null;
  if (event.custom_data?.value === undefined) return 2_804_009;
  return event.custom_data.currency === undefined ? 2_804_010 : null;
}

const toAccepted = (pixel: string, event: Event): AcceptedConversion => ({
  account: pixel,
  action: event.event_name,
  // Without an event id nothing is told apart: every event counts.
  key: JSON.stringify([pixel, event.event_name, event.event_id ?? trace()]),
  eventId: event.event_id ?? null,
  clickId: event.user_data.fbc?.split('.').slice(3).join('.') ?? null,
  occurredAt: new Date(event.event_time * 1_000).toISOString(),
  value: event.custom_data?.value === undefined ? null : String(event.custom_data.value),
  currency: event.custom_data?.currency ?? null,
});

const businessUsage = JSON.stringify({
  '1459709444231724': [{ type: 'ads_management', call_count: 100, estimated_time_to_regain_access: 3 }],
});

/** Starts the stand-in. A taken port moves to a free one. */
export async function startFacebookStandIn({
  port,
  folder,
  now = () => new Date(),
  tokens,
}: FacebookStandInOptions): Promise<FacebookStandIn> {
  const accepted = new Accepted(folder === undefined ? undefined : join(folder, 'facebook.ndjson'));

  const take = ({ headers, url, body }: StandInRequest, pixel: string): StandInAnswer => {
    if (url.searchParams.has('access_token')) return refuse(400, 100, null, 'A token in the address ends up in logs; send it as a header.');
    const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
    if (token === undefined || (tokens !== undefined && tokens[pixel] !== token))
      return refuse(401, 190, 463, 'Error validating access token.');
    const request = z.looseObject({ data: z.array(z.unknown()) }).safeParse(JSON.parse(body));
    if (!request.success) return refuse(400, 100, null, 'Missing parameter: data');
    const { data } = request.data;
    if (data.length > mostEvents) return refuse(400, 100, null, 'Too many events');
    const events = data.map((event) => eventSchema.safeParse(event));
    const unreadable = events.find(({ success }) => !success);
    if (unreadable !== undefined) return refuse(400, 100, 2_804_050, 'Invalid parameter');
    const read = events.flatMap((event) => (event.success ? [event.data] : []));
    const subcode = read.map((event) => subcodeOf(event, now())).find((code) => code !== null);
    // All or nothing, and the answer names no event.
    if (subcode !== undefined) return refuse(400, 100, subcode, 'Invalid parameter');
    accepted.take(read.map((event) => toAccepted(pixel, event)));
    return { status: 200, body: { events_received: data.length, messages: [], fbtrace_id: trace() } };
  };

  const standIn = await startStandIn({
    name: 'facebook',
    port,
    accepted,
    faultAnswers: {
      throttled: refuse(400, 80_004, 2_446_079, 'There have been too many calls.', { 'x-business-use-case-usage': businessUsage }),
      'expired-token': refuse(401, 190, 463, 'Error validating access token: Session has expired.'),
      'server-error': refuse(500, 2, null, 'An unexpected error has occurred.'),
      'unknown-code': refuse(400, 987_654, null, 'A code of tomorrow'),
      'short-count': { status: 200, body: { events_received: 0, messages: [], fbtrace_id: 'short' } },
    },
    handle: async (request) => {
      const [, pixel] = /^\/v\d+\.\d+\/(\d+)\/events$/.exec(request.url.pathname) ?? [];
      if (request.method !== 'POST' || pixel === undefined) return refuse(404, 2_500, null, 'Unknown path components');
      return take(request, pixel);
    },
  });
  return { ...standIn, accepted };
}
