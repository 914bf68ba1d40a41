import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, databaseSettings, pubsubSettings, readConfig, serviceSettings } from '@waybill/shared/config';
import { type ZodRawShape, z } from 'zod';

const stackFile = join(process.env.WAYBILL_FOLDER ?? join(import.meta.dirname, '../../../../.waybill'), 'stack.json');
const stackSchema = z.record(z.string(), z.string());

function readStackFile(): Record<string, string> {
  if (!existsSync(stackFile)) return {};
  try {
    return stackSchema.parse(JSON.parse(readFileSync(stackFile, 'utf8')));
  } catch {
    throw new ConfigError(`${stackFile} cannot be read; run npm start again, or set the environment`);
  }
}

/** The settings of the environment, completed by those of the local stack where it does not name the one that decides. */
function readSettings<Shape extends ZodRawShape>(deciding: string, shape: Shape) {
  const stack = process.env[deciding] ? {} : readStackFile();
  if (!process.env[deciding] && stack[deciding] === undefined)
    throw new ConfigError(`${deciding} is not set and no local stack was started; set it, or run npm start first`);
  return readConfig(z.object(shape), { ...stack, ...process.env });
}

export const readDatabaseSettings = () =>
  readSettings('DATABASE_URL', { DATABASE_URL: databaseSettings.DATABASE_URL, CLOCK_AT: serviceSettings.CLOCK_AT });

/** Hands the emulator's address on to the client, which takes it from the environment only. */
export function readPubsubSettings() {
  const settings = readSettings('GOOGLE_CLOUD_PROJECT', pubsubSettings);
  if (settings.PUBSUB_EMULATOR_HOST !== undefined) {
    process.env.PUBSUB_EMULATOR_HOST = settings.PUBSUB_EMULATOR_HOST;
    // Without this the client looks for a Google machine first.
    process.env.METADATA_SERVER_DETECTION ??= 'none';
  }
  return settings;
}
