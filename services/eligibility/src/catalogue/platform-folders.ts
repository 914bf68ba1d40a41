import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const clickRuleSchema = z.strictObject({
  /** Channels of attribution that begin so are the platform's paid visits. */
  channelPrefix: z.string().regex(/^cpc-[a-z0-9-]+$/, 'must begin with cpc-, as the channels of paid visits do'),
  lookbackDays: z.int().min(1).max(90),
});

const platformSchema = z.looseObject({
  platform: z.string().regex(/^[a-z][a-z0-9]*$/),
  title: z.string().min(1).optional(),
  /** Whose normal form of a person the platform takes. */
  people: z.enum(['google', 'facebook', 'bing']).optional(),
  clicks: clickRuleSchema.optional(),
  /** Rows of the catalogue; each is checked like those of the platforms that are built in. */
  conversionTypes: z.array(z.looseObject({ name: z.string(), label: z.string() })).default([]),
});

/** A platform that brings its conversion types along, in the platform.json of its folder. */
export interface BroughtPlatform {
  platform: string;
  title: string;
  people: 'google' | 'facebook' | 'bing';
  channelPrefix: string;
  lookbackDays: number;
  conversionTypes: { name: string; label: string; [field: string]: unknown }[];
}

const servicesFolder = join(import.meta.dirname, '../../..');

/** Reads the folders' platform.json files; those without conversion types are not told. Throws naming the file that does not fit, and where. */
export function readBroughtPlatforms(folder = servicesFolder): BroughtPlatform[] {
  const files = readdirSync(folder).map((name) => join(folder, name, 'platform.json'));
  return files.filter(existsSync).flatMap((file) => {
    const read = platformSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
    const { platform, title = platform, people, clicks, conversionTypes } = read.data;
    if (conversionTypes.length === 0) return [];
    if (people === undefined || clicks === undefined) throw new Error(`${file}: conversionTypes need people and clicks beside them`);
    return [{ platform, title, people, ...clicks, conversionTypes }];
  });
}

export const broughtPlatforms = readBroughtPlatforms();
