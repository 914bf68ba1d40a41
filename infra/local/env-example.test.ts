import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const services = readdirSync(join(root, 'services')).filter((name) => existsSync(join(root, 'services', name, 'src/config.ts')));
const settingsOf = async (service: string): Promise<string[]> => {
  const { schema } = await import(join(root, 'services', service, 'src/config.ts'));
  return Object.keys(schema.shape);
};
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('.env.example', () => {
  it('names every setting of every service, and no other', async () => {
    const settings = new Set((await Promise.all(services.map(settingsOf))).flat());
    const named = [...read('.env.example').matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual([...settings].toSorted());
  });
});

describe('docker-compose.yml', () => {
  const compose = read('docker-compose.yml');

  it('runs every service of the house', () => {
    expect(services).toHaveLength(7);
    const built = [...compose.matchAll(/SERVICE: ([a-z-]+)/g)].map(([, name]) => name);
    expect(built.toSorted()).toEqual(services.toSorted());
  });

  it('sets only what the services read', async () => {
    const settings = new Set((await Promise.all(services.map(settingsOf))).flat());
    const set = [...compose.matchAll(/^ {4,6}([A-Z0-9_]+): /gm)]
      .map(([, name]) => name)
      .filter((name) => name !== 'SERVICE' && !name?.startsWith('POSTGRES_'));
    expect(set.filter((name) => !settings.has(name ?? ''))).toEqual([]);
  });
});
