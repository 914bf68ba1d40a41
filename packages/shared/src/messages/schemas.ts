import { z } from 'zod';
import { outcomeKinds } from '../conversion/index.ts';
import { instant } from './instant.ts';

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
