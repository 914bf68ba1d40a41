import { z } from 'zod';
import { outcomeKinds } from '../conversion/index.ts';

const instant = z.iso.datetime({ precision: 3 }).refine((at) => at >= '1970', 'must not be before 1970');

/** Published by sync when every guard of a run held: the scores in Postgres are whole and fresh. */
export const predictionsSyncedSchema = z.looseObject({
  version: z.literal(1),
  runId: z.string(),
  syncedAt: instant,
  sources: z.array(z.looseObject({ source: z.string(), rowsChanged: z.int(), scoredAt: instant.nullable() })),
});
export type PredictionsSynced = z.infer<typeof predictionsSyncedSchema>;

/** Published by a sender for each attempt that ended, and for each message that was a duplicate. */
export const conversionOutcomeSchema = z.looseObject({
  version: z.literal(1),
  outcomeId: z.string(),
  platform: z.string(),
  account: z.string(),
  eventId: z.string(),
  conversionType: z.string(),
  attempt: z.int32().min(0),
  kind: z.enum(outcomeKinds),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  reference: z.string().nullable(),
  endedAt: instant,
});
export type ConversionOutcome = z.infer<typeof conversionOutcomeSchema>;

const uuid = z.uuid({ error: 'must be a UUID' });
const text = z.string().max(2000).nullable();

/** A website session as the tracker saw it; attribution turns it into a visit and links it to companies and contacts. */
export const sessionStartedSchema = z.looseObject({
  version: z.literal(1),
  kind: z.literal('session-started'),
  sessionId: uuid,
  clientId: uuid,
  startedAt: instant,
  landingUrl: text,
  referrer: text,
  utmSource: text,
  utmMedium: text,
  utmCampaign: text,
  gclid: text,
  wbraid: text,
  gbraid: text,
  fbclid: text,
  fbp: text,
  fbc: text,
  msclkid: text,
  ipAddress: text,
  userAgent: text,
  /** Companies and contacts that the tracker or CRM already knows this session to belong to. */
  companies: z.array(z.int()),
  contacts: z.array(z.int()),
});
export type SessionStarted = z.infer<typeof sessionStartedSchema>;
