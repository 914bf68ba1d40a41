import { databaseSettings, pubsubSettings, readConfig, serviceSettings } from '@waybill/shared/config';
import { z } from 'zod';

export const schema = z.object({ ...serviceSettings, ...databaseSettings, ...pubsubSettings });

export const readAttributionConfig = () => readConfig(schema, process.env);
