import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
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
import { changeScores, makeWorld, worldAt } from './eligibility-world.ts';

export const usage = `Usage: npm run bench -- eligibility [options]

Fills a throw-away Postgres with an invented company and times eligibility's runs as a service of its own: the whole catalogue from cold,
again with nothing changed, again with 1 % of the scores changed, and the whole catalogue again, which is what deciding everything each
time would cost.

  --companies N    1000000
  --contacts N     3000000
  --visits N       5000000
  --paid-clicks N  200000, of the visits, inside the last eight days
  --seed N         1
  --json FILE      write the figures there too
`;

const projectId = 'waybill-bench';
const hourMs = 3_600_000;
/** What a server of this size is given; the rest is as the product's own. */
const postgresSettings = { shared_buffers: '1GB', work_mem: '64MB', maintenance_work_mem: '512MB', max_wal_size: '8GB' };

interface Figure {
  name: string;
  seconds: number;
  target: number | null;
  entities: number;
  considered: number;
  eligible: number;
  candidates: number;
  peakMb: number;
}

/** The most memory that a process ever held, in MB; only Linux tells. */
function peakMemoryMb(pid: number): number {
  try {
    const [, kb = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kb) / 1_024);
  } catch {
    return 0;
  }
}

function writeDestinations(folder: string): string {
  const file = join(folder, 'destinations.json');
  const platforms = Map.groupBy(catalogue, ({ platform }) => platform);
  const accounts = [...platforms].map(([platform, types]) => {
    const actions = Object.fromEntries(types.map(({ name }, index) => [name, `${987_650_000 + index}`]));
    return [platform, { accounts: { '1': { actions, credentials: {} } } }] as const;
  });
  writeFileSync(file, JSON.stringify(Object.fromEntries(accounts)));
  return file;
}

async function untilPublished(db: Database): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ waits: boolean }>`
      select exists (select from conversion_candidate where published_at is null) as waits`.execute(db);
    if (rows[0]?.waits !== true) return;
    await delay(200);
  }
}

function printTable(figures: Figure[]): void {
  const rows = figures.map(({ name, seconds, target, entities, considered, eligible, candidates, peakMb }) => {
    const met = target === null ? '' : seconds <= target ? 'met' : 'MISSED';
    return [name, seconds.toFixed(2), target === null ? '' : `≤ ${target}`, met, entities, considered, eligible, candidates, peakMb];
  });
  const head = ['run', 'seconds', 'to reach', '', 'entities', 'considered', 'eligible', 'candidates', 'peak MB'];
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => `${row[index]}`.length)));
  const line = (cells: unknown[]) =>
    cells.map((cell, index) => (index === 0 ? `${cell}`.padEnd(widths[index] ?? 0) : `${cell}`.padStart(widths[index] ?? 0))).join('  ');
  process.stdout.write(`\n${[head, ...rows].map(line).join('\n')}\n`);
}

export async function benchEligibility(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      companies: { type: 'string', default: '1000000' },
      contacts: { type: 'string', default: '3000000' },
      visits: { type: 'string', default: '5000000' },
      'paid-clicks': { type: 'string', default: '200000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const startedAt = Date.now();
  const say = (text: string) => process.stdout.write(`[${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s] ${text}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const postgres = await startThrowAwayPostgres(postgresSettings);
  const children = new Children(join(folder, 'logs'), say);
  try {
    await migrateToLatest(postgres.url);
    const db = connect(postgres.url, 4);
    const { rows } = await sql<{ version: string }>`select version()`.execute(db);
    say(
      `${cpus().length} cores (${cpus()[0]?.model.trim()}, ${arch()}), ${Math.round(totalmem() / 1024 ** 3)} GB, Node ${process.version}`,
    );
    say(
      `${rows[0]?.version.split(' on ')[0]}, ${Object.entries(postgresSettings)
        .map((pair) => pair.join('='))
        .join(' ')}`,
    );
    const numbers = { companies: Number(values.companies), contacts: Number(values.contacts), visits: Number(values.visits) };
    await makeWorld(db, { ...numbers, paidClicks: Number(values['paid-clicks']), seed: Number(values.seed) }, say);

    const pubsubPort = await findFreePort(0);
    await children.start({
      ...{ name: 'pubsub-server', entry: 'infra/pubsub-server/main.ts' },
      args: ['--port', `${pubsubPort}`, '--folder', join(folder, 'pubsub')],
    });
    const addresses = { PUBSUB_EMULATOR_HOST: `127.0.0.1:${pubsubPort}`, METADATA_SERVER_DETECTION: 'none' };
    Object.assign(process.env, addresses);
    const pubsub = connectPubsub(projectId);
    await applyTopology(pubsub, planTopology(findPlatforms()));
    // Nobody takes the candidates here; without subscriptions the topics forget them.
    for (const platform of findPlatforms())
      for (const [subscriptions] of [await pubsub.topic(`conversions-${platform.platform}`).getSubscriptions()])
        for (const subscription of subscriptions) await subscription.delete();
    await pubsub.close();

    const figures: Figure[] = [];
    const run = async (name: string, target: number | null, hoursLater: number): Promise<void> => {
      const port = await findFreePort(0);
      const env = {
        ...addresses,
        DATABASE_URL: postgres.url,
        GOOGLE_CLOUD_PROJECT: projectId,
        DESTINATIONS_FILE: writeDestinations(folder),
        CLOCK_AT: new Date(worldAt.getTime() + hoursLater * hourMs).toISOString(),
        PORT: `${port}`,
      };
      await children.start({ name: `eligibility ${figures.length}`, entry: 'services/eligibility/src/main.ts', env });
      const began = performance.now();
      const answer = await fetch(`http://127.0.0.1:${port}/run`, { method: 'POST', signal: AbortSignal.timeout(30 * 60_000) });
      const seconds = (performance.now() - began) / 1_000;
      if (!answer.ok) throw new Error(`the run ended with ${answer.status}; see ${children.logFile(`eligibility ${figures.length}`)}`);
      const report = (await answer.json()) as Omit<Figure, 'name' | 'seconds'> & { reasons: object };
      const peakMb = peakMemoryMb(children.pids()[`eligibility ${figures.length}`] ?? 0);
      say(`${name}: ${seconds.toFixed(2)} s, ${JSON.stringify(report.reasons)}`);
      await untilPublished(db);
      await children.stop([`eligibility ${figures.length}`]);
      const { entities, considered, eligible, candidates } = report;
      figures.push({ name, seconds, target, entities, considered, eligible, candidates, peakMb });
    };

    await run('whole catalogue, from cold', 90, 0);
    await run('nothing changed', 3, 0.5);
    const changed = await changeScores(db, 100, new Date(worldAt.getTime() + hourMs));
    say(`${changed} scores changed`);
    await run('1 % of scores changed', 8, 1);
    await sql`truncate eligibility_progress`.execute(db);
    await run('whole catalogue, again', null, 1);
    printTable(figures);
    const [cold, unchanged, some, whole] = figures.map(({ seconds }) => seconds) as [number, number, number, number];
    process.stdout.write(`\nDeciding everything each time costs ${(whole / unchanged).toFixed(0)} times a run in which nothing changed, `);
    process.stdout.write(`${(whole / some).toFixed(1)} times one in which 1 % did; the cold run took ${cold.toFixed(1)} s.\n`);
    const peak = Math.max(...figures.map(({ peakMb }) => peakMb));
    process.stdout.write(`Peak memory of the service: ${peak} MB (to reach ≤ 400: ${peak <= 400 ? 'met' : 'MISSED'}).\n`);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ figures, postgresSettings }, null, 2)}\n`);
    await db.destroy();
  } finally {
    await children.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
