import {
  databaseSettings,
  destinationsSetting,
  pubsubSettings,
  readConfig,
  runStatementSetting,
  scheduleSetting,
  serviceSettings,
} from '@waybill/shared/config';
import { z } from 'zod';

export const schema = z.object({
  ...serviceSettings,
  ...databaseSettings,
  ...runStatementSetting,
  ...pubsubSettings,
  ...scheduleSetting,
  ...destinationsSetting,
  /** Scores older than this send nothing. */
  SCORES_MAX_AGE_HOURS: z.coerce.number().int().min(1).default(26),
});

export const readEligibilityConfig = () => readConfig(schema, process.env);
