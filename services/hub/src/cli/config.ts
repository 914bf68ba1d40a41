import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, databaseSettings, pubsubSettings, readConfig } from '@waybill/shared/config';
import { z } from 'zod';

const stackFile = join(process.env.WAYBILL_FOLDER ?? join(import.meta.dirname, '../../../../.waybill'), 'stack.json');
const schema = z.object({ ...databaseSettings, ...pubsubSettings });

function readStackFile(): Record<string, string> {
  return existsSync(stackFile) ? JSON.parse(readFileSync(stackFile, 'utf8')) : {};
}

/** The settings of the environment, or those of the local stack where DATABASE_URL is unset. Throws ConfigError when there is neither. */
export function readCliConfig() {
  if (process.env.DATABASE_URL !== undefined) return readConfig(schema, process.env);
  const stack = readStackFile();
  if (stack.DATABASE_URL === undefined)
    throw new ConfigError('DATABASE_URL is not set and no local stack was started; set it, or run npm start first');
  // The client reads these from the environment itself; without the second it looks for a Google machine.
  process.env.PUBSUB_EMULATOR_HOST ??= stack.PUBSUB_EMULATOR_HOST;
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  return readConfig(schema, { ...stack, ...process.env });
}
