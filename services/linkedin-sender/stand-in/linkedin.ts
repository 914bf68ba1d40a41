import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  Accepted,
  type AcceptedConversion,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
  startStandIn,
} from '@waybill/shared/stand-in';
import { z } from 'zod';

export interface LinkedInStandInOptions {
  port: number;
  /** Where what was taken is kept between starts; unset: in memory. */
  folder?: string;
  /** The stand-in's clock, against which ages are judged. */
  now?: () => Date;
  /** Conversion rules of another method than CONVERSIONS_API. */
  otherMethod?: string[];
}

const mostElements = 5_000;
const dayMs = 24 * 60 * 60_000;
const elementSchema = z.object({
  conversion: z.string().regex(/^urn:lla:llaPartnerConversion:\d+$/),
  conversionHappenedAt: z.int(),
  eventId: z.string().optional(),
  conversionValue: z.object({ currencyCode: z.string().regex(/^[A-Z]{3}$/), amount: z.string().regex(/^\d+(\.\d+)?$/) }).optional(),
  user: z.object({
    userIds: z.array(z.object({ idType: z.literal('SHA256_EMAIL'), idValue: z.string().regex(/^[0-9a-f]{64}$/) })).min(1),
  }),
});
type Element = z.infer<typeof elementSchema>;

const refuse = (status: number, code: string | null, message: string, headers: Record<string, string> = {}): StandInAnswer => ({
  ...{ status, headers },
  body: { status, message, ...(code === null ? {} : { code, serviceErrorCode: 65_600 }) },
});

const ruleOf = ({ conversion }: Element): string => conversion.split(':').at(-1) ?? '';

const toAccepted = (element: Element): AcceptedConversion => ({
  account: 'linkedin',
  action: ruleOf(element),
  key: JSON.stringify([element.conversion, element.eventId ?? element]),
  eventId: element.eventId ?? null,
  clickId: null,
  occurredAt: new Date(element.conversionHappenedAt).toISOString(),
  value: element.conversionValue?.amount ?? null,
  currency: element.conversionValue?.currencyCode ?? null,
});

/** What LinkedIn says of the fields of one event; null where they are in order. */
function complaintOf(raw: unknown, index: number, now: Date): string | null {
  const read = elementSchema.safeParse(raw);
  if (!read.success) return `Index: ${index}, ERROR :: /${(read.error.issues[0]?.path ?? []).join('/')} :: is not as it should be\n`;
  const ageMs = now.getTime() - read.data.conversionHappenedAt;
  return ageMs < 0 || ageMs > 90 * dayMs ? `Index: ${index}, ERROR :: /conversionHappenedAt :: is out of range\n` : null;
}

/** Starts LinkedIn on this machine: `POST /rest/conversionEvents`, in batches. A taken port moves to a free one. */
export async function startLinkedInStandIn({
  port,
  folder,
  now = () => new Date(),
  otherMethod = [],
}: LinkedInStandInOptions): Promise<StandIn & { accepted: Accepted }> {
  const accepted = new Accepted(folder === undefined ? undefined : join(folder, 'linkedin.ndjson'));

  const take = ({ headers, body }: StandInRequest): StandInAnswer => {
    if (!/^Bearer \S+$/.test(headers.authorization ?? '')) return refuse(401, 'INVALID_ACCESS_TOKEN', 'Invalid access token');
    if (!/^20\d{4}$/.test(String(headers['linkedin-version']))) return refuse(400, 'VERSION_MISSING', 'A version must be present.');
    if (headers['x-restli-method'] !== 'BATCH_CREATE') return refuse(400, null, 'The method must be BATCH_CREATE');
    const listed = z.object({ elements: z.array(z.unknown()).min(1).max(mostElements) }).safeParse(JSON.parse(body));
    if (!listed.success) return refuse(400, null, 'The batch is empty or too large');
    const complaints = listed.data.elements.flatMap((element, index) => complaintOf(element, index, now()) ?? []);
    // Nothing of a request is taken when one of its events is not in order.
    if (complaints.length > 0) return refuse(422, null, complaints.join(''));
    const elements = listed.data.elements as Element[];
    const wrong = elements.flatMap((element, index) => (otherMethod.includes(ruleOf(element)) ? [index] : []));
    if (wrong.length > 0) {
      const message = `Incorrect conversions information provided. Conversion's method should be CONVERSIONS_API, indices [${wrong.join(', ')}] (0-indexed)`;
      return refuse(400, null, message);
    }
    accepted.take(elements.map(toAccepted));
    return { status: 200, headers: { 'x-li-uuid': randomUUID() }, body: { elements: elements.map(() => ({ status: 201 })) } };
  };

  const standIn = await startStandIn({
    ...{ name: 'linkedin', port, accepted },
    faultAnswers: {
      throttled: refuse(429, 'TOO_MANY_REQUESTS', 'Resource level throttle limit for calls to this resource is reached.', {
        'retry-after': '90',
      }),
      'expired-token': refuse(401, 'EXPIRED_ACCESS_TOKEN', 'The token used in the request has expired'),
      'server-error': refuse(500, 'INTERNAL_SERVER_ERROR', 'Internal server error'),
      'unknown-code': refuse(400, 'A_CODE_OF_TOMORROW', 'Nobody knows this'),
      'nameless-refusal': refuse(422, null, 'The request is not as it should be'),
    },
    handle: async (request) =>
      `${request.method} ${request.url.pathname}` === 'POST /rest/conversionEvents' ? take(request) : refuse(404, null, 'No resource here'),
  });
  return { ...standIn, accepted };
}
