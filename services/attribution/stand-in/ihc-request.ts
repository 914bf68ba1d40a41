import { z } from 'zod';
import { redistributionSchema } from '../src/ihc/model/redistribute.ts';
import type { Journey } from '../src/journeys/journey.ts';
import { compareTouches } from '../src/journeys/journey.ts';

const flag = z.literal([0, 1]);
const session = z.object({
  conversion_id: z.string().min(1),
  session_id: z.string().min(1),
  timestamp: z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}( [+-]\d{4})?$/),
  channel_label: z.string().min(1),
  holder_engagement: flag,
  closer_engagement: flag,
  conversion: flag,
  impression_interaction: flag,
});
type Session = z.infer<typeof session>;

/** `customer_journeys` is looked at on its own: a list of sessions, each perhaps malformed, or the object that is taken in silence. */
export const requestSchema = z.strictObject({
  customer_journeys: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]),
  redistribution_parameter: redistributionSchema.optional(),
});

const instantOf = (timestamp: string): number => {
  const [day = '', time = '', zone = '+0000'] = timestamp.split(' ');
  return Date.parse(`${day}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`);
};

function toJourney(conversionId: string, sessions: Session[]): Journey {
  const touches = sessions.map((row) => ({
    id: row.session_id,
    atMs: instantOf(row.timestamp),
    channel: row.channel_label,
    campaign: null,
    isHolder: row.holder_engagement === 1,
    isCloser: row.closer_engagement === 1,
    isImpression: row.impression_interaction === 1,
  }));
  touches.sort(compareTouches);
  return { conversionId, convertedAtMs: touches.at(-1)?.atMs ?? 0, valueMinor: 0n, currency: 'USD', touches };
}

export interface PartialFailure {
  errorCode: 406;
  conversion_id: string;
  message: string;
}

const idOf = (row: unknown): string => {
  const { conversion_id } = (row ?? {}) as { conversion_id?: unknown };
  return typeof conversion_id === 'string' ? conversion_id : '';
};

/** Groups a flat list of sessions into journeys; one with a session that cannot be read, or that is there twice, fails as a whole. */
export function readJourneys(rows: unknown[]): { journeys: Journey[]; failures: PartialFailure[] } {
  const journeys: Journey[] = [];
  const failures: PartialFailure[] = [];
  for (const [conversion_id, own] of Map.groupBy(rows, idOf)) {
    const sessions = z.array(session).safeParse(own);
    const fail = (message: string): number => failures.push({ errorCode: 406, conversion_id, message });
    if (!sessions.success) fail(z.prettifyError(sessions.error));
    else if (new Set(sessions.data.map(({ session_id }) => session_id)).size < own.length) fail('a session_id appears twice');
    else if (sessions.data.some(({ timestamp }) => Number.isNaN(instantOf(timestamp)))) fail('a timestamp is no instant');
    else journeys.push(toJourney(conversion_id, sessions.data));
  }
  return { journeys, failures };
}
