import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Database, migrateToLatest } from '@waybill/shared/db';
import { connectPubsub, createPublisher, type Publisher, type PubSub } from '@waybill/shared/pubsub';
import { Children } from '../../infra/local/children.ts';
import { writeDestinations } from '../../infra/local/destinations.ts';
import { findFreePort } from '../../infra/local/free-port.ts';
import { type RunningPostgres, startPostgres } from '../../infra/local/postgres.ts';
import { applyTopology } from '../../infra/topology/apply.ts';
import { findPlatforms } from '../../infra/topology/platforms.ts';
import { planTopology } from '../../infra/topology/topology.ts';
import { manners, platformAt } from './chaos-world.ts';
import { type DatabaseLine, startDatabaseLine } from './database-line.ts';

const projectId = 'waybill-chaos';

/** Senders and hub as processes of their own, on a database behind a line that may fail and a Pub/Sub server that may be killed. */
export interface ChaosHouse {
  db: Database;
  pubsub: PubSub;
  publisher: Publisher;
  line: DatabaseLine;
  standIns: Record<string, string>;
  platforms: string[];
  /** The services that may be killed. */
  services: string[];
  pids(): Record<string, number>;
  kill(name: string): void;
  restartPostgres(): Promise<void>;
  /** Ends the services, letting them finish what they hold. */
  stopServices(): Promise<void>;
  close(): Promise<void>;
}

/** `more`: services to be started beside senders and hub. */
export async function openChaosHouse(say: (line: string) => void, more: string[] = []): Promise<ChaosHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-chaos-'));
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const children = new Children(join(folder, 'logs'), say);
  const platforms = findPlatforms().filter(({ platform }) => platform in manners);
  const services = [...platforms.map(({ service }) => service), 'hub'];
  const databaseAt = { folder: join(folder, 'postgres'), durable: true };
  let postgres: RunningPostgres = await startPostgres({ ...databaseAt, port: 0 });
  await migrateToLatest(postgres.url);
  const line = await startDatabaseLine(postgres.url);
  const db = connect(postgres.url, 4);

  const port = await findFreePort(0);
  const pubsubArgs = ['--port', `${port}`, '--folder', join(folder, 'pubsub')];
  await children.start({ name: 'pubsub-server', entry: 'infra/pubsub-server/main.ts', args: pubsubArgs });
  const ready = await children.start({ name: 'platforms', entry: 'infra/platforms/main.ts', env: { CLOCK_AT: platformAt } });
  const addresses = { PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}`, METADATA_SERVER_DETECTION: 'none' };
  Object.assign(process.env, addresses);
  const pubsub = connectPubsub(projectId);
  await applyTopology(pubsub, planTopology(findPlatforms()));

  const common = {
    ...{ ...addresses, ...(ready.env as Record<string, string>), DATABASE_URL: line.url, GOOGLE_CLOUD_PROJECT: projectId },
    ...{ DESTINATIONS_FILE: writeDestinations(join(folder, 'destinations.json')), BATCH_WAIT_MS: '200' },
    // Whoever dies or loses the database is done without soon.
    ...{ LEASE_SECONDS: '8', DATABASE_TIMEOUT_MS: '2000', UPLOADS_AT_ONCE: '2' },
    ...{ GOOGLE_TIMEOUT_MS: '3000', FACEBOOK_TIMEOUT_MS: '3000', MICROSOFT_TIMEOUT_MS: '3000', LINKEDIN_TIMEOUT_MS: '3000' },
  };
  const start = async (service: string, clockAt: string): Promise<void> =>
    void (await children.start({
      ...{ name: service, entry: `services/${service}/src/main.ts` },
      env: { ...common, CLOCK_AT: clockAt, PORT: `${await findFreePort(0)}` },
    }));
  await Promise.all([
    ...platforms.map(({ platform, service }) => start(service, manners[platform]?.clockAt ?? platformAt)),
    ...['hub', ...more].map((service) => start(service, platformAt)),
  ]);

  return {
    ...{ db, pubsub, publisher: createPublisher(pubsub), line, standIns: ready.urls as Record<string, string> },
    ...{ platforms: platforms.map(({ platform }) => platform), services },
    pids: () => children.pids(),
    kill: (name) => {
      const pid = children.pids()[name];
      if (pid !== undefined && pid > 0) process.kill(pid, 'SIGKILL');
    },
    restartPostgres: async () => {
      await postgres.stop();
      postgres = await startPostgres({ ...databaseAt, port: postgres.port });
    },
    stopServices: () => children.stop([...services, ...more]),
    close: async () => {
      await pubsub.close();
      await children.stop([...services, ...more]);
      await children.stop();
      await db.destroy();
      await line.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
