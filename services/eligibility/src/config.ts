import {
  databaseSettings,
  destinationsSetting,
  pubsubSettings,
  readConfig,
  scheduleSetting,
  serviceSettings,
} from '@waybill/shared/config';
import { z } from 'zod';

export const schema = z.object({
  ...serviceSettings,
  ...databaseSettings,
  /** A run reads and writes whole tables in one statement. */
  DATABASE_TIMEOUT_MS: databaseSettings.DATABASE_TIMEOUT_MS.default(600_000),
  ...pubsubSettings,
  ...scheduleSetting,
  ...destinationsSetting,
  /** Scores older than this send nothing. */
  SCORES_MAX_AGE_HOURS: z.coerce.number().int().min(1).default(26),
});

export const readEligibilityConfig = () => readConfig(schema, process.env);
