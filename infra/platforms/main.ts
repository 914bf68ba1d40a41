import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StandInPlace, StartStandIn } from '@waybill/shared/stand-in';
import { findPlatforms } from '../topology/platforms.ts';

// The stand-ins of all platforms in one process; it tells its parent the addresses and the settings by which services reach them.
const { values } = parseArgs({ options: { folder: { type: 'string' } } });
const firstPort = 9_061;
const standsAt = process.env.CLOCK_AT;
const common: Omit<StandInPlace, 'port'> = {
  settings: process.env,
  ...(values.folder === undefined ? {} : { folder: values.folder }),
  ...(standsAt === undefined ? {} : { now: () => new Date(standsAt) }),
};

const started = await Promise.all(
  findPlatforms().map(async ({ platform, service }, index) => {
    const file = join(import.meta.dirname, '../../services', service, 'stand-in/start.ts');
    const { start } = (await import(file)) as { start: StartStandIn };
    return { platform, ...(await start({ ...common, port: firstPort + index })) };
  }),
);

process.send?.({
  ready: true,
  urls: Object.fromEntries(started.map(({ platform, url }) => [platform, url])),
  env: Object.assign({}, ...started.map(({ env }) => env)) as Record<string, string>,
});

const end = async (): Promise<void> => {
  await Promise.all(started.map(({ stop }) => stop()));
  process.exit(0);
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
process.once('disconnect', end);
