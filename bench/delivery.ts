import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { UsageError } from '@waybill/shared/cli';
import { readDestinations } from '@waybill/shared/config';
import type { Conversion } from '@waybill/shared/conversion';
import { connect, type Database, migrateToLatest } from '@waybill/shared/db';
import { conversionsTopic } from '@waybill/shared/messages';
import { connectPubsub, createPublisher, type PubSub } from '@waybill/shared/pubsub';
import { buildConversion } from '@waybill/shared/testing';
import { sql } from 'kysely';
import { Children } from '../infra/local/children.ts';
import { findFreePort } from '../infra/local/free-port.ts';
import { startThrowAwayPostgres } from '../infra/local/throw-away-postgres.ts';
import { applyTopology } from '../infra/topology/apply.ts';
import { findPlatforms } from '../infra/topology/platforms.ts';
import { planTopology } from '../infra/topology/topology.ts';
import { describeMachine, describePostgres } from './machine.ts';
import { watchPeakMemory } from './peak-memory.ts';

export const deliveryUsage = `Usage: npm run bench -- delivery [--conversions N] [--bad SHARE] [--json FILE]

Publishes N conversions (50000) to each platform's topic, then starts its sender, one at a time, against its stand-in, with queue, ledger
and audit on, and times it from ready to the last one settled: conversions a second, calls for 10,000, CPU seconds for 100,000 and peak
memory. Twice: without a bad row, and with a share of them (0.0025) that only the platform can refuse: later than its clock. Meta does not say what is
wrong with such a row, so that it ends held, the others' rejected.
`;

const projectId = 'waybill-bench';
const destinationsFile = join(import.meta.dirname, '../infra/local/destinations.json');
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '512MB' };
/** The platforms' clock stands here; the senders' a little later, so that a bad row passes every check but the platform's. */
const platformAt = '2026-11-20T12:00:00.000Z';
const senderAt = '2026-11-20T12:10:00.000Z';
const badAt = '2026-11-20T12:05:00.000Z';
const ticksPerSecond = 100;

interface Figure {
  platform: string;
  badShare: number;
  conversions: number;
  seconds: number;
  callsPer10000: number;
  cpuSecondsPer100000: number | null;
  peakMb: number | null;
  /** Good rows that were not delivered, and bad ones that were. */
  wrong: number;
}

const clicks: Record<string, { kind: string; id(n: number): string }> = {
  google: { kind: 'gclid', id: (n) => `Cj0KCQ_bench_${n}` },
  facebook: { kind: 'fbclid', id: (n) => `IwAR0_bench_${n}` },
  bing: { kind: 'msclkid', id: (n) => n.toString(16).padStart(32, '0') },
};

function invent(platform: string, account: string, count: number, badShare: number): Conversion[] {
  const { kind, id } = clicks[platform] as (typeof clicks)[string];
  const every = badShare === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / badShare);
  return Array.from({ length: count }, (_, n) =>
    buildConversion({
      ...{ platform, account, conversionType: `${platform}.paid`, action: platform === 'google' ? '987650005' : 'Purchase' },
      occurredAt: n % every === every - 1 ? badAt : '2026-11-20T10:00:00.000Z',
      click: { kind, id: id(n), clickedAt: '2026-11-19T09:00:00.000Z' },
      person: { email: ['a'.repeat(64)], phone: [] },
      browser: { fbp: null, fbc: null, ipAddress: '198.51.100.7', userAgent: 'Mozilla/5.0', sourceUrl: 'https://www.example.com/' },
    }),
  );
}

/** CPU seconds that a process has used; null where the system does not tell. */
function readCpuSeconds(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return null;
  }
}

const countCalls = (log: string): number => [...log.matchAll(/"calls":(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);

/** A row that is held waits for a person: the platform has answered for it. */
async function untilSettled(db: Database, platform: string, count: number): Promise<void> {
  let known = -1;
  for (let movedAt = Date.now(); ; await delay(50)) {
    const { rows } = await sql<{
      settled: number;
    }>`select count(*) as settled from delivery where platform = ${platform} and (state = 'settled' or outcome = 'held')`.execute(db);
    const settled = rows[0]?.settled ?? 0;
    if (settled >= count) return;
    if (settled > known) movedAt = Date.now();
    known = settled;
    if (Date.now() - movedAt > 120_000) throw new Error(`${platform}: ${settled} of ${count} are settled, and none was for two minutes`);
  }
}

interface Stack {
  db: Database;
  children: Children;
  pubsub: PubSub;
  env: Record<string, string>;
}

async function measure(
  { db, children, pubsub, env }: Stack,
  platform: string,
  service: string,
  count: number,
  badShare: number,
): Promise<Figure> {
  await sql`truncate delivery, delivery_attempt, sender_outbox, google_conversion, facebook_conversion_v2, bing_conversion, generic_conversions`.execute(
    db,
  );
  const [account = ''] = Object.keys(readDestinations(destinationsFile)[platform]?.accounts ?? {});
  const conversions = invent(platform, account, count, badShare);
  const publisher = createPublisher(pubsub);
  for (let from = 0; from < count; from += 1_000)
    await publisher.publish(
      conversionsTopic(platform),
      conversions.slice(from, from + 1_000).map((conversion) => ({ payload: JSON.stringify(conversion) })),
    );

  const name = `${service} ${badShare}`;
  await children.start({ name, entry: `services/${service}/src/main.ts`, env: { ...env, PORT: `${await findFreePort(0)}` } });
  const pid = children.pids()[name] ?? 0;
  const memory = watchPeakMemory(pid);
  const cpuBefore = readCpuSeconds(pid);
  const beganAt = performance.now();
  await untilSettled(db, platform, count);
  const seconds = (performance.now() - beganAt) / 1_000;
  const cpu = readCpuSeconds(pid);
  const peakMb = memory.stop();
  await children.stop([name]);

  const { rows } = await sql<{
    delivered: number;
  }>`select count(*) as delivered from delivery where platform = ${platform} and outcome = 'delivered'`.execute(db);
  const good = conversions.filter(({ occurredAt }) => occurredAt !== badAt).length;
  return {
    ...{ platform, badShare, conversions: count, seconds, peakMb },
    callsPer10000: (countCalls(readFileSync(children.logFile(name), 'utf8')) / count) * 10_000,
    cpuSecondsPer100000: cpu === null || cpuBefore === null ? null : ((cpu - cpuBefore) / count) * 100_000,
    wrong: Math.abs((rows[0]?.delivered ?? 0) - good),
  };
}

function printTable(figures: Figure[]): void {
  const head = [
    'platform',
    'bad rows',
    'conversions/s',
    'seconds',
    'calls per 10,000',
    'CPU s per 100,000',
    'peak MB',
    'wrongly sent or failed',
  ];
  const rows = figures.map((figure) => [
    ...[figure.platform, `${figure.badShare * 100} %`, Math.round(figure.conversions / figure.seconds), figure.seconds.toFixed(1)],
    ...[figure.callsPer10000.toFixed(1), figure.cpuSecondsPer100000?.toFixed(1) ?? '–', figure.peakMb ?? '–', figure.wrong],
  ]);
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => `${row[index]}`.length)));
  for (const row of [head, ...rows])
    process.stdout.write(
      `${row.map((cell, index) => (index === 0 ? `${cell}`.padEnd(widths[index] ?? 0) : `${cell}`.padStart(widths[index] ?? 0))).join('  ')}\n`,
    );
}

export async function benchDelivery(args: string[]): Promise<void> {
  const options = {
    conversions: { type: 'string', default: '50000' },
    bad: { type: 'string', default: '0.0025' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(deliveryUsage);
  const [count, bad] = [Number(values.conversions), Number(values.bad)];
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`--conversions ${values.conversions}: give a whole number`);
  if (!(bad > 0 && bad < 1)) throw new UsageError(`--bad ${values.bad}: give a share between 0 and 1`);

  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const postgres = await startThrowAwayPostgres(durable);
  const db = connect(postgres.url, 4);
  const children = new Children(join(folder, 'logs'), (line) => void process.stderr.write(`${line}\n`));
  try {
    await migrateToLatest(postgres.url);
    const port = await findFreePort(0);
    const pubsubArgs = ['--port', `${port}`, '--folder', join(folder, 'pubsub')];
    await children.start({ name: 'pubsub-server', entry: 'infra/pubsub-server/main.ts', args: pubsubArgs });
    const addresses = { PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}`, METADATA_SERVER_DETECTION: 'none' };
    Object.assign(process.env, addresses);
    const ready = await children.start({ name: 'platforms', entry: 'infra/platforms/main.ts', env: { CLOCK_AT: platformAt } });
    const pubsub = connectPubsub(projectId);
    await applyTopology(pubsub, planTopology(findPlatforms()));
    const env = {
      ...{ ...addresses, ...(ready.env as Record<string, string>), DATABASE_URL: postgres.url, GOOGLE_CLOUD_PROJECT: projectId },
      ...{ DESTINATIONS_FILE: destinationsFile, CLOCK_AT: senderAt },
    };
    const machine = describeMachine();
    const { version, settings } = await describePostgres(db);
    process.stdout.write(
      `${machine.cores} cores (${machine.processor}), Node ${machine.node}, Postgres ${version}, fsync ${settings.fsync}\n`,
    );
    const figures: Figure[] = [];
    for (const badShare of [0, bad])
      for (const { platform, service } of findPlatforms()) {
        process.stderr.write(`${platform}, ${badShare * 100} % bad …\n`);
        figures.push(await measure({ db, children, pubsub, env }, platform, service, count, badShare));
      }
    await pubsub.close();
    printTable(figures);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, settings, figures }, null, 2)}\n`);
    if (figures.some(({ wrong }) => wrong > 0)) process.exitCode = 1;
  } finally {
    await children.stop();
    await db.destroy();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
