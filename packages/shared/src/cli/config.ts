import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ZodRawShape, z } from 'zod';
import { ConfigError, readConfig } from '../config/index.ts';

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

/** The settings of the environment, completed by those of the local stack where it does not name the one that decides. Throws ConfigError. */
export function readCliSettings<Shape extends ZodRawShape>(deciding: string, shape: Shape) {
  const stack = process.env[deciding] ? {} : readStackFile();
  if (!process.env[deciding] && stack[deciding] === undefined)
    throw new ConfigError(`${deciding} is not set and no local stack was started; set it, or run npm start first`);
  return readConfig(z.object(shape), { ...stack, ...process.env });
}
