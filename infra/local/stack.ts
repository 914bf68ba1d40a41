import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrateToLatest } from '@waybill/shared/db';
import { connectPubsub, type PubSub } from '@waybill/shared/pubsub';
import { findGoogleEmulator, startGoogleEmulator } from '../pubsub-server/google-emulator.ts';
import { applyTopology } from '../topology/apply.ts';
import { findPlatforms } from '../topology/platforms.ts';
import { planTopology } from '../topology/topology.ts';
import { Children } from './children.ts';
import { writeDestinations } from './destinations.ts';
import { findFreePort } from './free-port.ts';
import type { StartOptions } from './options.ts';
import { startPostgres } from './postgres.ts';

export const projectId = process.env.GOOGLE_CLOUD_PROJECT ?? 'waybill-local';
/** Where everything that a start keeps lies, and the addresses of the running stack. */
export const dataFolder = process.env.WAYBILL_FOLDER ?? join(import.meta.dirname, '../../.waybill');
const wantedPorts = { postgres: 54_329, pubsub: 8_085, bigQuery: 9_050 };

/** Platform -> the address of its stand-in. */
export type StandInUrls = Record<string, string>;

export interface Stack {
  databaseUrl: string;
  pubsub: PubSub;
  /** Null where a real BigQuery is configured. */
  bigQueryUrl: string | null;
  standIns: StandInUrls;
  urls: { sync: string; eligibility: string; hub: string };
  pids(): Record<string, number>;
  stop(): Promise<void>;
}

interface Part {
  url: string;
  stop(): Promise<void>;
}

type Say = (line: string) => void;

async function openPostgres(folder: string, say: Say): Promise<Part> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined) {
    say('Postgres: the one of DATABASE_URL');
    return { url: given, stop: async () => undefined };
  }
  const server = await startPostgres({ folder: join(folder, 'postgres'), port: wantedPorts.postgres, durable: true });
  say(`Postgres: embedded, port ${server.port}`);
  return server;
}

async function openPubsub(folder: string, children: Children, useEmulator: boolean, say: Say): Promise<Part> {
  const given = process.env.PUBSUB_EMULATOR_HOST;
  if (given !== undefined) {
    say(`Pub/Sub: the server at ${given} (PUBSUB_EMULATOR_HOST)`);
    return { url: given, stop: async () => undefined };
  }
  if (useEmulator) {
    const jar = findGoogleEmulator();
    if (jar === null)
      throw new Error(
        '--google-emulator: none is installed; install it with `gcloud components install pubsub-emulator`, or leave the option out',
      );
    const emulator = await startGoogleEmulator({ jar, port: wantedPorts.pubsub });
    say(`Pub/Sub: Google's emulator, port ${emulator.port}`);
    return { url: `${emulator.host}:${emulator.port}`, stop: emulator.stop };
  }
  const port = await findFreePort(wantedPorts.pubsub);
  await children.start({
    name: 'pubsub-server',
    entry: 'infra/pubsub-server/main.ts',
    args: ['--port', `${port}`, '--folder', join(folder, 'pubsub')],
  });
  say(`Pub/Sub: embedded server, port ${port}`);
  return { url: `127.0.0.1:${port}`, stop: async () => undefined };
}

async function openBigQuery(folder: string, children: Children, say: Say): Promise<string | null> {
  const given = process.env.BIGQUERY_API_ENDPOINT;
  if (given !== undefined) say(`BigQuery: the server at ${given} (BIGQUERY_API_ENDPOINT)`);
  else if (process.env.GOOGLE_APPLICATION_CREDENTIALS !== undefined) say("BigQuery: Google's, with the credentials of the environment");
  if (given !== undefined || process.env.GOOGLE_APPLICATION_CREDENTIALS !== undefined) return null;
  const port = await findFreePort(wantedPorts.bigQuery);
  const args = ['--port', `${port}`, '--folder', join(folder, 'bigquery')];
  await children.start({ name: 'bigquery-server', entry: 'infra/bigquery-server/main.ts', args });
  say(`BigQuery: embedded server over DuckDB, port ${port}`);
  return `http://127.0.0.1:${port}`;
}

interface PlatformsReady {
  urls: StandInUrls;
  env: Record<string, string>;
}

/** Addresses that the environment names stay; the stand-ins take the place of the others. */
const unlessGiven = (env: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => process.env[name] === undefined || name.startsWith('GRPC_')));

function writeStackFile(env: Record<string, string>): void {
  mkdirSync(dataFolder, { recursive: true });
  writeFileSync(join(dataFolder, 'stack.json'), `${JSON.stringify(env, null, 2)}\n`);
}

/** Starts every part of the local stack, the data below `folder`; answers when all are ready. On failure nothing is left running. */
export async function startStack(
  folder: string,
  options: StartOptions & { label: string; clockAt: string | undefined },
  say: Say,
): Promise<Stack> {
  if (options.fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const children = new Children(join(folder, 'logs'), say);
  const parts: Part[] = [];
  const stop = async (services: string[]): Promise<void> => {
    await children.stop(services);
    await children.stop();
    for (const part of parts) await part.stop();
  };
  const services = ['sync', 'eligibility', ...findPlatforms().map(({ service }) => service), 'attribution', 'hub'];

  try {
    const postgres = await openPostgres(folder, say);
    parts.push(postgres);
    const pubsubServer = await openPubsub(folder, children, options.googleEmulator, say);
    parts.push(pubsubServer);
    const bigQueryUrl = await openBigQuery(folder, children, say);
    const clock: Record<string, string> = options.clockAt === undefined ? {} : { CLOCK_AT: options.clockAt };
    const ready = await children.start({
      ...{ name: 'platforms', entry: 'infra/platforms/main.ts', args: ['--folder', join(folder, 'platforms')] },
      env: { ...clock, GOOGLE_TRANSPORT: options.transport },
    });
    const standIns = ready as unknown as PlatformsReady;
    say(`Ad platforms: stand-ins at ${Object.values(standIns.urls).join(', ')}`);

    await migrateToLatest(postgres.url);
    // The client reads this from the environment, and would look for a Google machine's metadata otherwise.
    Object.assign(process.env, { PUBSUB_EMULATOR_HOST: pubsubServer.url, METADATA_SERVER_DETECTION: 'none' });
    const pubsub = connectPubsub(projectId);
    const made = await applyTopology(pubsub, planTopology(findPlatforms()));
    say(`Tables are at the newest version; ${made} topics and subscriptions made`);

    const keepsRunning = !options.once && options.clockAt === undefined;
    const common = {
      DATABASE_URL: postgres.url,
      PUBSUB_EMULATOR_HOST: pubsubServer.url,
      GOOGLE_CLOUD_PROJECT: projectId,
      DESTINATIONS_FILE: process.env.DESTINATIONS_FILE ?? writeDestinations(join(folder, 'destinations.json')),
      GOOGLE_TRANSPORT: options.transport,
      // The stand-ins tell at once what they counted.
      GOOGLE_STATUS_AFTER_MINUTES: '0',
      METADATA_SERVER_DETECTION: 'none',
      ...(bigQueryUrl === null ? {} : { BIGQUERY_API_ENDPOINT: bigQueryUrl }),
      ...clock,
      ...unlessGiven(standIns.env),
    };
    const ofService: Record<string, Record<string, string>> = {
      sync: keepsRunning ? { SCHEDULE: '5 * * * *' } : {},
      eligibility: keepsRunning ? { SCHEDULE: '*/30 * * * *' } : {},
      hub: { LABEL: options.label, ...(keepsRunning ? { SCHEDULE: '*/5 * * * *' } : {}) },
    };
    const started = await Promise.all(
      services.map(async (name) => {
        // A port of its own, so that a service that is started again is found where it was.
        const port = `${await findFreePort(name === 'hub' ? options.port : 0)}`;
        await children.start({ name, entry: `services/${name}/src/main.ts`, env: { ...common, PORT: port, ...ofService[name] } });
        return [name, `http://127.0.0.1:${port}`] as const;
      }),
    );
    const urls = Object.fromEntries(started) as Stack['urls'];
    say(`Services: ${services.join(', ')} are ready`);
    writeStackFile({
      DATABASE_URL: postgres.url,
      PUBSUB_EMULATOR_HOST: pubsubServer.url,
      GOOGLE_CLOUD_PROJECT: projectId,
      DESTINATIONS_FILE: common.DESTINATIONS_FILE,
      ...clock,
      HUB_URL: urls.hub,
    });

    return {
      databaseUrl: postgres.url,
      pubsub,
      bigQueryUrl,
      standIns: standIns.urls,
      urls,
      pids: () => children.pids(),
      stop: async () => {
        await pubsub.close();
        await stop(services);
      },
    };
  } catch (error) {
    await stop(services);
    throw error;
  }
}
