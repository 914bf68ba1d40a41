import { readConfig } from '@waybill/shared/config';
import { senderSettings } from '@waybill/shared/sender';
import { z } from 'zod';

/** What the platform itself needs to know, apart from the process around it. */
export const bingSettings = {
  DESTINATIONS_FILE: senderSettings.DESTINATIONS_FILE,
  /** The sandbox is https://campaign.api.sandbox.bingads.microsoft.com. */
  MICROSOFT_CAMPAIGN_URL: z.url().default('https://campaign.api.bingads.microsoft.com'),
  MICROSOFT_OAUTH_TOKEN_URL: z.url().default('https://login.microsoftonline.com/common/oauth2/v2.0/token'),
  /** The sandbox has https://si.ads.microsoft.com/msads.manage instead. */
  MICROSOFT_OAUTH_SCOPE: z.string().min(1).default('https://ads.microsoft.com/msads.manage offline_access'),
  /** Microsoft replaces refresh tokens; the newest is kept in this file, so that a restart goes on with it. Unset: in memory only. */
  MICROSOFT_TOKEN_FILE: z.string().min(1).optional(),
  /** The deadline of one request. A batch may need four (token, upload, and both again), which must fit into LEASE_SECONDS. */
  MICROSOFT_TIMEOUT_MS: z.coerce.number().int().min(50).max(300_000).default(25_000),
  /** Microsoft allows so many calls a minute to a user and customer, and publishes no number; it tells by 117 when they are too many. */
  MICROSOFT_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(600),
  /** How often the goals and their report are read. */
  MICROSOFT_REPORT_EVERY_MINUTES: z.coerce.number().positive().default(60),
  /** How many days the report is read back; Microsoft tells seven at once, so that more of them are several questions. */
  MICROSOFT_REPORT_DAYS: z.coerce.number().int().min(1).max(30).default(7),
  /** Microsoft takes no conversion older than 90 days. */
  MICROSOFT_MAX_AGE_DAYS: z.coerce.number().positive().max(90).default(90),
};

export const schema = z.object({ ...senderSettings, ...bingSettings });

export type BingSettings = z.infer<z.ZodObject<typeof bingSettings>>;

export const readBingSenderConfig = () => readConfig(schema, process.env);
