import { databaseSettings, pubsubSettings, readConfig, serviceSettings } from '@waybill/shared/config';
import { z } from 'zod';
import { ihcSettings } from './ihc/config.ts';

export const schema = z.object({ ...serviceSettings, ...databaseSettings, ...pubsubSettings, ...ihcSettings });

export const readAttributionConfig = () => readConfig(schema, process.env);
