import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findSchema, findServices } from './service-schemas.ts';

const root = join(import.meta.dirname, '../..');
/** A folder that came along with a platform may bring its container with it, for `docker compose -f docker-compose.yml -f …`. */
const files = ['docker-compose.yml', ...findServices().map((name) => `services/${name}/compose.yml`)].map((file) => join(root, file));
const composed = files.filter(existsSync).map((file) => readFileSync(file, 'utf8').split(/^services:\n/m));
const [[head = ''] = []] = composed;
const parts = composed.flatMap(([, body = '']) =>
  body
    .replace(/^volumes:[\s\S]*/m, '')
    .split(/^ {2}([a-z-]+):\n/m)
    .slice(1),
);

/** Container -> its lines. */
const containers = new Map(parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? ''] as const] : [])));
const environmentOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^ {2,6}([A-Z0-9_]+): "?(.*?)"?$/gm)].map(([, name, value]) => [name, value]));
const common = environmentOf(head);

describe('docker-compose.yml', () => {
  it('runs a container for each service of the house beside Postgres, Pub/Sub and their setup', () => {
    expect([...containers.keys()].toSorted()).toEqual([...findServices(), 'postgres', 'pubsub', 'setup'].toSorted());
  });

  it('sets up what the entry in infra does, and nothing before it', () => {
    const [, entry = ''] = /command: node (\S+)/.exec(containers.get('setup') ?? '') ?? [];
    expect(existsSync(join(root, entry))).toBe(true);
  });

  it.each(findServices())('builds %s from its own folder, once the setup is done', (service) => {
    const text = containers.get(service) ?? '';
    expect(text).toContain(`args: { SERVICE: ${service} }`);
    expect(text).toContain('setup: { condition: service_completed_successfully }');
  });

  it.each(findServices())('gives %s an environment that it takes, with no setting it does not know', async (service) => {
    const schema = await findSchema(service);
    const text = containers.get(service) ?? '';
    expect(text).toMatch(/<<: \*common|extends: \{ file: docker-compose\.yml, service: google-sender \}/);
    const extended = text.includes('extends:') ? (containers.get('google-sender') ?? '') : '';
    const environment = { ...common, ...environmentOf(extended), ...environmentOf(text) };
    expect(Object.keys(environment).filter((name) => !(name in schema.shape))).toEqual([]);
    expect(schema.safeParse(environment).error).toBeUndefined();
  });
});
