import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { findSchema, findServices } from './service-schemas.ts';

/** Read by Google's clients, not by a config.ts. */
const readElsewhere = ['GOOGLE_APPLICATION_CREDENTIALS'];

const root = join(import.meta.dirname, '../..');
/** A folder that came along with a platform may bring its settings with it. */
const files = ['.env.example', ...findServices().map((name) => `services/${name}/.env.example`)].map((file) => join(root, file));
const lines = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').split('\n'));
const settings = lines.flatMap((line, index) => {
  const [, mark, name = '', value = ''] = /^(# )?([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
  return name === '' ? [] : [{ name, value, isOptional: mark !== undefined, lineBefore: lines[index - 1] ?? '' }];
});
const schemas = Object.fromEntries(await Promise.all(findServices().map(async (name) => [name, await findSchema(name)] as const)));

/** What a setting is when it is left out; `required` where that stops the start. */
function standingOf(setting: z.core.$ZodType): string {
  const read = (setting as z.ZodType).safeParse(undefined);
  if (!read.success) return 'required';
  return read.data === undefined ? 'optional' : `default ${read.data}`;
}

describe('.env.example', () => {
  it('names every setting of every service once, and no other', () => {
    const known = new Set([...Object.values(schemas).flatMap((schema) => Object.keys(schema.shape)), ...readElsewhere]);
    expect(settings.map(({ name }) => name).toSorted()).toEqual([...known].toSorted());
  });

  it('says one thing about each setting, right above it', () => {
    expect(settings.filter(({ lineBefore }) => !/^# (?!---|[A-Z0-9_]+=)/.test(lineBefore)).map(({ name }) => name)).toEqual([]);
  });

  it.each(Object.entries(schemas))('tells what is required, the default and what may stay unset as %s reads it', (_service, schema) => {
    const told = settings.flatMap(({ name, value, isOptional, lineBefore }) => {
      const standing = lineBefore.startsWith('# Required:') ? 'required' : `default ${value}`;
      return name in schema.shape ? [[name, isOptional ? 'optional' : standing]] : [];
    });
    const read = Object.entries(schema.shape).map(([name, setting]) => [name, standingOf(setting)]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(read));
  });

  it.each(Object.entries(schemas))('shows values that %s takes', (_service, schema) => {
    expect(schema.safeParse(Object.fromEntries(settings.map(({ name, value }) => [name, value]))).error).toBeUndefined();
  });
});
