import { databaseSettings, pubsubSettings, readConfig, serviceSettings, statementSetting } from '@waybill/shared/config';
import { z } from 'zod';

export const schema = z.object({
  ...serviceSettings,
  ...databaseSettings,
  ...statementSetting,
  ...pubsubSettings,
  /** Shown on every page, so that invented or recorded input is not taken for a customer's. */
  LABEL: z.string().optional(),
});

export const readHubConfig = () => readConfig(schema, process.env);
