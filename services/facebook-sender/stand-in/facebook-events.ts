import { z } from 'zod';

/** An event as the Conversions API takes it. https://developers.facebook.com/docs/marketing-api/conversions-api/parameters */
export type FacebookWireEvent = z.infer<typeof eventSchema>;

/** Why Meta takes none of a request's events; it does not say which one is at fault. */
export interface EventsRefusal {
  subcode: number | null;
  message: string;
}

const sha256 = /^[0-9a-f]{64}(\.[\w-]{2}|\.[\w-]{8})?$/;
const hashes = z.union([z.string(), z.array(z.string())]).optional();
const hashedFields = ['em', 'ph', 'fn', 'ln', 'ct', 'st', 'zp', 'country', 'ge', 'db'] as const;
const actionSources = [
  'email',
  'website',
  'app',
  'phone_call',
  'chat',
  'physical_store',
  'system_generated',
  'business_messaging',
  'other',
] as const;

const eventSchema = z.looseObject({
  event_name: z.string().min(1),
  /** Unix seconds. */
  event_time: z.int(),
  action_source: z.enum(actionSources),
  event_source_url: z.string().min(1).optional(),
  event_id: z.string().optional(),
  user_data: z.looseObject({
    ...Object.fromEntries(hashedFields.map((field) => [field, hashes])),
    external_id: hashes,
    /** More digits than a number holds. */
    lead_id: z.bigint().optional(),
    fbc: z.string().optional(),
    fbp: z.string().optional(),
    client_ip_address: z.string().optional(),
    client_user_agent: z.string().optional(),
  }),
  custom_data: z
    .looseObject({
      value: z.number().optional(),
      order_id: z.string().optional(),
      item_number: z.string().optional(),
      currency: z
        .string()
        .regex(/^[A-Za-z]{3}$/)
        .optional(),
    })
    .optional(),
  data_processing_options: z.array(z.literal('LDU')).optional(),
  data_processing_options_country: z.literal([0, 1]).optional(),
  /** https://developers.facebook.com/docs/marketing-apis/data-processing-options */
  data_processing_options_state: z.union([z.literal(0), z.int().min(1_000).max(1_013)]).optional(),
});

const daySeconds = 86_400;
const toleranceSeconds = 60;
const maxAgeDays = (source: FacebookWireEvent['action_source']): number => (source === 'physical_store' ? 62 : 7);

/** Meta calls user data too broad when it holds nothing beyond one of these. */
const tooBroad = [
  ['ct', 'country', 'st', 'zp', 'ge', 'client_user_agent'],
  ['db', 'client_user_agent'],
  ['fn', 'ge'],
  ['ln', 'ge'],
];

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);

/** Of 15 to 17 digits, as those of lead forms are. */
const isLeadId = (id: unknown): boolean => typeof id === 'bigint' && /^\d{15,17}$/.test(String(id));

function refusalOfUser(user: Record<string, unknown>): EventsRefusal | null {
  if (user.lead_id !== undefined && !isLeadId(user.lead_id)) return { subcode: 2_804_036, message: 'Invalid lead id' };
  if (typeof user.fbc === 'string' && !/^fb\.\d\.\d{13}\.[^.]+(\.[\w-]{2}|\.[\w-]{8})?$/.test(user.fbc)) {
    return { subcode: 2_804_001, message: 'Invalid fbc' };
  }
  if (hashedFields.some((field) => listOf(user[field]).some((hash) => typeof hash !== 'string' || !sha256.test(hash)))) {
    return { subcode: 2_804_050, message: 'Customer information must be hashed' };
  }
  const given = Object.keys(user).filter((field) => listOf(user[field]).length > 0);
  return tooBroad.some((fields) => given.every((field) => fields.includes(field)))
    ? { subcode: 2_804_050, message: 'Not enough customer information' }
    : null;
}

function refusalOfEvent(event: FacebookWireEvent, now: Date): EventsRefusal | null {
  const ageSeconds = Math.floor(now.getTime() / 1_000) - event.event_time;
  if (ageSeconds > maxAgeDays(event.action_source) * daySeconds) return { subcode: 2_804_003, message: 'Event timestamp too old' };
  if (event.action_source === 'website' && event.event_source_url === undefined) {
    return { subcode: null, message: 'Missing event_source_url' };
  }
  if (ageSeconds < -toleranceSeconds) return { subcode: null, message: 'Event timestamp in the future' };
  const ofUser = refusalOfUser(event.user_data);
  if (ofUser !== null || event.event_name !== 'Purchase') return ofUser;
  if (event.custom_data?.value === undefined) return { subcode: 2_804_009, message: 'Missing value' };
  return event.custom_data.currency === undefined ? { subcode: 2_804_010, message: 'Missing currency' } : null;
}

/** The JSON of a request's body, with the lead ids in all their digits. Throws on what is no JSON. */
export function parseBody(body: string): unknown {
  return JSON.parse(body, (key, value: unknown, context?: { source?: string }) =>
    key === 'lead_id' && Number.isInteger(value) && context?.source !== undefined ? BigInt(context.source) : value,
  );
}

/** Reads the events of a request as strictly as Meta: all of them, or the reason for the first that does not do. */
export function readEvents(listed: unknown[], now: Date): { ok: true; events: FacebookWireEvent[] } | ({ ok: false } & EventsRefusal) {
  const events: FacebookWireEvent[] = [];
  for (const candidate of listed) {
    const read = eventSchema.safeParse(candidate);
    if (!read.success) return { ok: false, subcode: null, message: `Invalid parameter ${read.error.issues[0]?.path.join('.')}` };
    const refusal = refusalOfEvent(read.data, now);
    if (refusal !== null) return { ok: false, ...refusal };
    events.push(read.data);
  }
  return { ok: true, events };
}
