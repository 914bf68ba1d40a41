import { databaseSettings, pubsubSettings, readConfig, scheduleSetting, serviceSettings, statementSetting } from '@waybill/shared/config';
import { z } from 'zod';

export const schema = z.object({
  ...serviceSettings,
  ...databaseSettings,
  ...statementSetting,
  ...pubsubSettings,
  ...scheduleSetting,
  /** Scores that are older than this raise an alert; eligibility has a setting of its own by which it holds them. */
  SCORES_ALERT_AGE_HOURS: z.coerce.number().positive().default(26),
  /** Shown on every page, so that invented or recorded input is not taken for a customer's. */
  LABEL: z.string().optional(),
});

export const readHubConfig = () => readConfig(schema, process.env);
