import { z } from 'zod';
import type { Journey } from '../../journeys/journey.ts';

/** A session as the API takes it: one flat list holds those of all journeys. */
export interface IhcSession {
  conversion_id: string;
  session_id: string;
  /** `YYYY-MM-DD HH:MM:SS`, in UTC. */
  timestamp: string;
  channel_label: string;
  holder_engagement: 0 | 1;
  closer_engagement: 0 | 1;
  /** 1 on the last session, which led to the conversion. */
  conversion: 0 | 1;
  impression_interaction: 0 | 1;
}

const toFlag = (is: boolean): 0 | 1 => (is ? 1 : 0);

/** The sessions of journeys in the API's words. */
export const toIhcSessions = (journeys: Journey[]): IhcSession[] =>
  journeys.flatMap(({ conversionId, touches }) =>
    touches.map((touch, index) => ({
      conversion_id: conversionId,
      session_id: touch.id,
      timestamp: new Date(touch.atMs).toISOString().slice(0, 19).replace('T', ' '),
      channel_label: touch.channel,
      holder_engagement: toFlag(touch.isHolder),
      closer_engagement: toFlag(touch.isCloser),
      conversion: toFlag(index === touches.length - 1),
      impression_interaction: toFlag(touch.isImpression),
    })),
  );

/** A score of the answer, of which only the credit is used. Rows that do not fit are left out, and their journeys count as unanswered. */
export const ihcScoreSchema = z.object({
  conversion_id: z.string(),
  session_id: z.string(),
  ihc: z.number().min(0),
});
export type IhcScore = z.infer<typeof ihcScoreSchema>;

/** The body of an answer. What errors look like is published nowhere: they are kept as they come. */
export const ihcAnswerSchema = z.looseObject({
  statusCode: z.coerce.number().int().optional().catch(undefined),
  value: z.array(z.unknown()).nullish(),
  partialFailureErrors: z
    .unknown()
    .optional()
    .transform((errors) => (Array.isArray(errors) ? errors : errors === undefined || errors === null ? [] : [errors])),
});
