import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';

const folder = join(import.meta.dirname, '../../services');

/** The services of the house: the folders below services/ that are packages. */
export const findServices = (): string[] => readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json')));

/** The settings of a service, by the `schema` of its config.ts. Throws naming the service that has none. */
export async function findSchema(service: string): Promise<z.ZodObject> {
  const { schema } = (await import(join(folder, service, 'src/config.ts'))) as { schema?: z.ZodObject };
  if (schema === undefined) throw new Error(`${service}: its config.ts exports no schema`);
  return schema;
}
