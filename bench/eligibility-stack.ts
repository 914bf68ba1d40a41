import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Database, migrateToLatest } from '@waybill/shared/db';
import { connectPubsub } from '@waybill/shared/pubsub';
import { sql } from 'kysely';
import { Children } from '../infra/local/children.ts';
import { findFreePort } from '../infra/local/free-port.ts';
import { startThrowAwayPostgres } from '../infra/local/throw-away-postgres.ts';
import { applyTopology } from '../infra/topology/apply.ts';
import { findPlatforms } from '../infra/topology/platforms.ts';
import { planTopology } from '../infra/topology/topology.ts';
import { catalogue } from '../services/eligibility/src/catalogue/index.ts';
import type { RunReport } from './figures.ts';
import { watchPeakMemory } from './peak-memory.ts';

const projectId = 'waybill-bench';
const pollMs = 200;
const stallMs = 60_000;
/** Sized for a server of its own, and as safe against a crash as the product's. */
const postgresSettings = {
  ...{ shared_buffers: '1GB', work_mem: '64MB', maintenance_work_mem: '512MB', max_wal_size: '8GB' },
  ...{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
};

type Say = (line: string) => void;

export interface Timed {
  seconds: number;
  peakMb: number | null;
  report: RunReport;
}

export interface EligibilityStack {
  url: string;
  db: Database;
  /** Starts the service, times one run as of `now`, waits until every candidate is published, and ends the service. */
  time(now: Date): Promise<Timed>;
  /** Ends every process but Postgres. */
  stopProcesses(): Promise<void>;
}

function writeDestinations(folder: string): string {
  const file = join(folder, 'destinations.json');
  const accounts = [...Map.groupBy(catalogue, ({ platform }) => platform)].map(([platform, types]) => {
    const actions = Object.fromEntries(types.map(({ name }, index) => [name, `${987_650_000 + index}`]));
    return [platform, { accounts: { '1': { actions, credentials: {} } } }] as const;
  });
  writeFileSync(file, JSON.stringify(Object.fromEntries(accounts)));
  return file;
}

/** The run answers when it is over; unlike fetch, this waits for as long as that takes. */
function requestRun(port: number): Promise<RunReport> {
  return new Promise((resolve, reject) => {
    const posted = request({ host: '127.0.0.1', port, path: '/run', method: 'POST' }, (answer) => {
      text(answer).then((body) => {
        if (answer.statusCode === 200) resolve(JSON.parse(body) as RunReport);
        else reject(new Error(`it answered ${answer.statusCode} ${body.trim()}`));
      }, reject);
    });
    posted.once('error', reject).end();
  });
}

async function untilPublished(db: Database): Promise<void> {
  let known = Number.POSITIVE_INFINITY;
  for (let movedAt = Date.now(); ; await delay(pollMs)) {
    const { rows } = await sql<{ left: number }>`select count(*) as left from conversion_candidate where published_at is null`.execute(db);
    const left = rows[0]?.left ?? 0;
    if (left === 0) return;
    if (left < known) movedAt = Date.now();
    known = left;
    if (Date.now() - movedAt > stallMs) throw new Error(`${left} candidates are not published, and none was for ${stallMs / 1_000} s`);
  }
}

/** Starts the embedded Pub/Sub server with every topic. Nobody takes the candidates here: without subscriptions the topics forget them. */
async function startPubsub(folder: string, children: Children): Promise<Record<string, string>> {
  const port = await findFreePort(0);
  const args = ['--port', `${port}`, '--folder', join(folder, 'pubsub')];
  await children.start({ name: 'pubsub-server', entry: 'infra/pubsub-server/main.ts', args });
  const addresses = { PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}`, METADATA_SERVER_DETECTION: 'none' };
  // The client reads these from the environment.
  Object.assign(process.env, addresses);
  const pubsub = connectPubsub(projectId);
  await applyTopology(pubsub, planTopology(findPlatforms()));
  for (const { platform } of findPlatforms()) {
    const [subscriptions] = await pubsub.topic(`conversions-${platform}`).getSubscriptions();
    for (const subscription of subscriptions) await subscription.delete();
  }
  await pubsub.close();
  return addresses;
}

/** Starts what eligibility needs; whatever was started, even where this throws, is ended by what it leaves in `closing`, last first. */
export async function startEligibilityStack(closing: (() => Promise<unknown>)[], say: Say): Promise<EligibilityStack> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  closing.push(async () => rmSync(folder, { recursive: true, force: true }));
  const postgres = await startThrowAwayPostgres(postgresSettings);
  const db = connect(postgres.url, 4);
  // The server ends before the pool, which would wait for the statements in hand.
  closing.push(() => db.destroy(), postgres.stop);
  await migrateToLatest(postgres.url);
  const children = new Children(join(folder, 'logs'), say);
  closing.push(() => children.stop());
  const addresses = await startPubsub(folder, children);
  const destinations = writeDestinations(folder);

  const time = async (now: Date): Promise<Timed> => {
    const name = 'eligibility';
    const port = await findFreePort(0);
    const env = {
      ...{ ...addresses, DATABASE_URL: postgres.url, GOOGLE_CLOUD_PROJECT: projectId, DESTINATIONS_FILE: destinations },
      ...{ CLOCK_AT: now.toISOString(), PORT: `${port}` },
    };
    await children.start({ name, entry: 'services/eligibility/src/main.ts', env });
    const memory = watchPeakMemory(children.pids()[name] ?? 0);
    try {
      const beganAt = performance.now();
      const report = await requestRun(port);
      const seconds = (performance.now() - beganAt) / 1_000;
      await untilPublished(db);
      return { seconds, peakMb: memory.stop(), report };
    } catch (error) {
      const log = readFileSync(children.logFile(name), 'utf8').trimEnd().split('\n').slice(-8).join('\n    ');
      throw new Error(`The run failed: ${error instanceof Error ? error.message : String(error)}. The end of its log:\n    ${log}`);
    } finally {
      memory.stop();
      await children.stop([name]);
    }
  };
  return { url: postgres.url, db, time, stopProcesses: () => children.stop() };
}
