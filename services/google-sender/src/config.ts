import { readConfig } from '@waybill/shared/config';
import { senderSettings } from '@waybill/shared/sender';
import { z } from 'zod';

/** What the platform itself needs to know, apart from the process around it. */
export const googleSettings = {
  DESTINATIONS_FILE: senderSettings.DESTINATIONS_FILE,
  /** `google-ads` is for tokens that Google still lets upload by the Google Ads API; all others use Data Manager. */
  GOOGLE_TRANSPORT: z.enum(['data-manager', 'google-ads']).default('data-manager'),
  GOOGLE_ADS_URL: z.url({ protocol: /^https$/, error: 'must be an https:// address' }).default('https://googleads.googleapis.com'),
  DATA_MANAGER_URL: z.url().default('https://datamanager.googleapis.com'),
  GOOGLE_OAUTH_TOKEN_URL: z.url().default('https://oauth2.googleapis.com/token'),
  /** The deadline of one request. */
  GOOGLE_TIMEOUT_MS: z.coerce.number().int().min(50).max(300_000).default(25_000),
  /** How long after an upload Data Manager is first asked what it counted; it answers after about half an hour. */
  GOOGLE_STATUS_AFTER_MINUTES: z.coerce
    .number()
    .min(0)
    .max(24 * 60)
    .default(30),
  /** What Data Manager allows to a Cloud project: https://developers.google.com/data-manager/api/limits */
  GOOGLE_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(300),
  GOOGLE_REQUESTS_PER_DAY: z.coerce.number().int().min(1).default(100_000),
  /** Google's longest click-through window; a conversion action may have a shorter one. */
  GOOGLE_MAX_AGE_DAYS: z.coerce.number().positive().max(90).default(90),
};

export const schema = z.object({ ...senderSettings, ...googleSettings });

export type GoogleSettings = z.infer<z.ZodObject<typeof googleSettings>>;

export const readGoogleSenderConfig = () => readConfig(schema, process.env);
