import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const platformSchema = z.looseObject({ platform: z.string().regex(/^[a-z][a-z0-9-]*$/), service: z.string().regex(/^[a-z][a-z0-9-]*$/) });

/** What a sender's platform.json says: the platform whose topic it consumes, and its service's name. */
export type PlatformFolder = z.infer<typeof platformSchema>;

const servicesFolder = join(import.meta.dirname, '../../services');

/** Finds every ad platform by its folder's platform.json. Throws naming the file that does not fit. */
export function findPlatforms(folder = servicesFolder): PlatformFolder[] {
  const files = readdirSync(folder).map((name) => join(folder, name, 'platform.json'));
  return files.filter(existsSync).map((file) => {
    const read = platformSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
    return read.data;
  });
}
