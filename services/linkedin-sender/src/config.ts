import { readConfig } from '@waybill/shared/config';
import { senderSettings } from '@waybill/shared/sender';
import { z } from 'zod';

/** What the platform itself needs to know, apart from the process around it. */
export const linkedInSettings = {
  DESTINATIONS_FILE: senderSettings.DESTINATIONS_FILE,
  LINKEDIN_API_URL: z.url().default('https://api.linkedin.com'),
  /** https://learn.microsoft.com/linkedin/marketing/versioning */
  LINKEDIN_VERSION: z
    .string()
    .regex(/^20\d{4}$/, 'must be a year and month like 202609')
    .default('202609'),
  /** The deadline of one request. */
  LINKEDIN_TIMEOUT_MS: z.coerce.number().int().min(50).max(300_000).default(20_000),
  /** LinkedIn takes no conversion older than 90 days. */
  LINKEDIN_MAX_AGE_DAYS: z.coerce.number().positive().max(90).default(90),
  LINKEDIN_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(600),
  LINKEDIN_REQUESTS_PER_DAY: z.coerce.number().int().min(1).default(300_000),
};

export const schema = z.object({ ...senderSettings, ...linkedInSettings });

export type LinkedInSettings = z.infer<z.ZodObject<typeof linkedInSettings>>;

export const readLinkedInSenderConfig = () => readConfig(schema, process.env);
