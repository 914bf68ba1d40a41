import { readConfig } from '@waybill/shared/config';
import { senderSettings } from '@waybill/shared/sender';
import { z } from 'zod';

/** What the platform itself needs to know, apart from the process around it. */
export const facebookSettings = {
  DESTINATIONS_FILE: senderSettings.DESTINATIONS_FILE,
  FACEBOOK_GRAPH_URL: z.url().default('https://graph.facebook.com'),
  /** Each version lives for about two years: https://developers.facebook.com/docs/graph-api/changelog */
  FACEBOOK_GRAPH_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, 'must be like v26.0')
    .default('v26.0'),
  /** The deadline of one request. */
  FACEBOOK_TIMEOUT_MS: z.coerce.number().int().min(50).max(300_000).default(10_000),
};

export const schema = z.object({ ...senderSettings, ...facebookSettings });

export type FacebookSettings = z.infer<z.ZodObject<typeof facebookSettings>>;

export const readFacebookSenderConfig = () => readConfig(schema, process.env);
