import { readCliSettings } from '@waybill/shared/cli';
import { readConfig } from '@waybill/shared/config';
import { schema } from '../config.ts';

const apiSchema = schema.pick({
  IHC_API_KEY: true,
  IHC_API_URL: true,
  IHC_TIMEOUT_MS: true,
  IHC_PARALLEL_CALLS: true,
  IHC_CALLS_PER_SECOND: true,
});

export const readApiSettings = () => readConfig(apiSchema, process.env);

export const readDatabaseUrl = (): string => readCliSettings('DATABASE_URL', { DATABASE_URL: schema.shape.DATABASE_URL }).DATABASE_URL;
