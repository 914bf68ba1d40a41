import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { UsageError } from '@waybill/shared/cli';
import { connect, type Database, migrateToLatest } from '@waybill/shared/db';
import { topics } from '@waybill/shared/messages';
import { connectPubsub, createPublisher, type PubSub } from '@waybill/shared/pubsub';
import { Chance } from '@waybill/shared/testing';
import { sql } from 'kysely';
import { Children } from '../infra/local/children.ts';
import { findFreePort } from '../infra/local/free-port.ts';
import { startThrowAwayPostgres } from '../infra/local/throw-away-postgres.ts';
import { applyTopology } from '../infra/topology/apply.ts';
import { findPlatforms } from '../infra/topology/platforms.ts';
import { planTopology } from '../infra/topology/topology.ts';
import { recalculateClients } from '../services/attribution/src/recalculation/recalculate-clients.ts';
import { recalculateEntities } from '../services/attribution/src/recalculation/recalculate-entities.ts';
import { inventEvent } from './live-events.ts';
import { clientIdOf, companiesOf, identitiesOf, type LiveWorld, makeLiveWorld } from './live-world.ts';
import { describeMachine } from './machine.ts';
import { watchUsage } from './watch-usage.ts';

const target = { eventsPerSecond: 2_000, recalculationMs: 20 };

export const liveUsage = `Usage: npm run bench -- attribution-live [--identities N] [--rate N] [--seconds N] [--json FILE]

Fills a throw-away Postgres with N identifiers (1000000) and their links, then
  1. computes single clients and companies, one at a time, and times each: at most ${target.recalculationMs} ms is wanted;
  2. publishes tracking events at a rate (${target.eventsPerSecond} a second, for 30 seconds) to the attribution service, a process of its own, and tells
     how far it was behind, how late entities were computed, and what it used;
  3. publishes as many while the service is down, and times how fast it takes them.
A missed target is shown; it does not fail the command, a lost event does.
`;

const projectId = 'waybill-bench';
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '1GB', max_wal_size: '4GB' };
const singles = 300;
const seed = 1;

type Say = (line: string) => void;

interface Plan {
  world: LiveWorld;
  rate: number;
  seconds: number;
}

interface Spread {
  p50: number;
  p95: number;
  most: number;
}

function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), most: at(1) };
}

/** Milliseconds of computing one client, and one company, each alone. */
async function measureSingles(db: Database, world: LiveWorld): Promise<{ client: Spread; company: Spread; kioskMs: number }> {
  const chance = new Chance(seed);
  const time = async (run: () => Promise<unknown>): Promise<number> => {
    const beganAt = performance.now();
    await run();
    return performance.now() - beganAt;
  };
  const client = (n: number) => time(() => recalculateClients(db, [clientIdOf(n)], 'none'));
  const company = (n: number) => time(() => recalculateEntities(db, 'company', [`${n}`], () => []));
  // The first of each prepares statements and connections.
  await client(2);
  await company(1);
  const ofClients: number[] = [];
  const ofCompanies: number[] = [];
  for (let n = 0; n < singles; n++) {
    ofClients.push(await client(2 + chance.upTo(world.people * 2 - 1)));
    ofCompanies.push(await company(1 + chance.upTo(companiesOf(world))));
  }
  return { client: spreadOf(ofClients), company: spreadOf(ofCompanies), kioskMs: await client(1) };
}

interface Stream {
  events: number;
  /** From the first event published until the last one saved. */
  seconds: number;
  /** The most events that were published and not saved. */
  mostBehind: number;
  /** Computed at once, and how late, in milliseconds after they were due. */
  computed: number;
  meanLateMs: number;
  mostLateMs: number;
  cpuSeconds: number | null;
  peakMb: number | null;
}

interface House {
  db: Database;
  children: Children;
  pubsub: PubSub;
  env: Record<string, string>;
}

async function countSaved(db: Database): Promise<number> {
  // An event leaves a touchpoint, or, from the CRM, a link.
  const { rows } = await sql<{ saved: number }>`
    select (select count(*) from interaction_touchpoints) + (select count(*) from identity_edge where source = 'crm') as saved`.execute(db);
  return rows[0]?.saved ?? 0;
}

async function countDue(db: Database): Promise<number> {
  const { rows } = await sql<{ due: number }>`select count(*) as due from attribution_recalculation where due_at <= now()`.execute(db);
  return rows[0]?.due ?? 0;
}

/** Publishes events, paced or all before the service starts, until all are saved and everyone they concern is computed. */
async function measureStream({ db, children, pubsub, env }: House, { world, rate, seconds }: Plan, isPaced: boolean): Promise<Stream> {
  await sql`truncate recalculation_figures, attribution_recalculation`.execute(db);
  const chance = new Chance(seed + Number(isPaced));
  const publisher = createPublisher(pubsub);
  const count = rate * seconds;
  const savedBefore = await countSaved(db);
  const publish = (size: number) => {
    const at = new Date().toISOString();
    return publisher.publish(
      topics.trackingEvents,
      Array.from({ length: size }, () => ({ payload: inventEvent(chance, world, at) })),
    );
  };
  const name = 'attribution';
  const start = async () =>
    children.start({ name, entry: 'services/attribution/src/main.ts', env: { ...env, PORT: `${await findFreePort(0)}` } });
  if (!isPaced) for (let from = 0; from < count; from += 1_000) await publish(Math.min(1_000, count - from));
  await start();
  const usage = watchUsage(children.pids()[name] ?? 0);
  const beganAt = performance.now();
  let published = isPaced ? 0 : count;
  let mostBehind = 0;
  let saved = 0;
  let movedAt = Date.now();
  for (let sampledAt = 0; saved < count; ) {
    const owed = isPaced ? Math.min(count, Math.floor(((performance.now() - beganAt) / 1_000) * rate)) - published : 0;
    if (owed > 0) {
      await publish(owed);
      published += owed;
    }
    if (performance.now() - sampledAt > 500) {
      const now = (await countSaved(db)) - savedBefore;
      if (now > saved) movedAt = Date.now();
      saved = now;
      sampledAt = performance.now();
      mostBehind = Math.max(mostBehind, published - saved);
      if (Date.now() - movedAt > 60_000) throw new Error(`${saved} of ${published} events are saved, and none was for a minute`);
    }
    await delay(20);
  }
  const took = (performance.now() - beganAt) / 1_000;
  while ((await countDue(db)) > 0) await delay(100);
  const used = usage.stop();
  await children.stop([name]);
  const { rows } = await sql<{ computed: number; total: number; most: number }>`
    select coalesce(sum(succeeded), 0)::int as computed, coalesce(sum(late_ms_total), 0)::float8 as total, coalesce(max(late_ms_most), 0)::float8 as most
    from recalculation_figures where step = 0`.execute(db);
  const { computed, total, most } = rows[0] ?? { computed: 0, total: 0, most: 0 };
  return {
    events: count,
    seconds: took,
    mostBehind,
    computed,
    meanLateMs: computed === 0 ? 0 : total / computed,
    mostLateMs: most,
    ...used,
  };
}

const verdict = (isMet: boolean): string => (isMet ? 'met' : 'MISSED');
const ms = (value: number): string => `${value.toFixed(1)} ms`;

function formatStream(what: string, stream: Stream): string {
  const { events, seconds, mostBehind, computed, meanLateMs, mostLateMs, cpuSeconds, peakMb } = stream;
  return [
    `${what}: ${events} events in ${seconds.toFixed(1)} s = ${Math.round(events / seconds)}/s`,
    `  at most ${mostBehind} behind; ${computed} entities computed at once, ${ms(meanLateMs)} late on average, ${ms(mostLateMs)} at most`,
    `  the service used ${cpuSeconds?.toFixed(1) ?? '–'} CPU seconds and ${peakMb ?? '–'} MB at most`,
  ].join('\n');
}

async function measureAll(house: House, plan: Plan, say: Say): Promise<object> {
  await makeLiveWorld(house.db, plan.world, say);
  say('single entities …');
  const single = await measureSingles(house.db, plan.world);
  say('a paced stream …');
  const paced = await measureStream(house, plan, true);
  say('a backlog …');
  const backlog = await measureStream(house, plan, false);
  const told = ({ p50, p95, most }: Spread): string => `${ms(p50)} median, ${ms(p95)} for 95 %, ${ms(most)} at most`;
  const isFast = single.client.p95 <= target.recalculationMs && single.company.p95 <= target.recalculationMs;
  const keepsUp = backlog.events / backlog.seconds >= target.eventsPerSecond && paced.seconds <= plan.seconds + 3;
  process.stdout.write(
    [
      `\nat ${identitiesOf(plan.world)} identifiers, ${singles} entities alone:`,
      `  a client:  ${told(single.client)}; one that 3,000 people share: ${ms(single.kioskMs)}`,
      `  a company: ${told(single.company)}`,
      `  target at most ${target.recalculationMs} ms for 95 %: ${verdict(isFast)}`,
      formatStream(`${plan.rate} events a second`, paced),
      formatStream('a backlog', backlog),
      `  target at least ${target.eventsPerSecond} events/s: ${verdict(keepsUp)}\n`,
    ].join('\n'),
  );
  return { single, paced, backlog, isFast, keepsUp };
}

function readCount(name: string, given: string, least: number, most: number): number {
  const count = Number(given);
  if (Number.isInteger(count) && count >= least && count <= most) return count;
  throw new UsageError(`--${name} ${given}: give a whole number from ${least} to ${most}`);
}

export async function benchAttributionLive(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      identities: { type: 'string', default: '1000000' },
      rate: { type: 'string', default: `${target.eventsPerSecond}` },
      seconds: { type: 'string', default: '30' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(liveUsage);
  const plan: Plan = {
    world: { people: Math.floor(readCount('identities', values.identities, 1_000, 100_000_000) * 0.3) },
    rate: readCount('rate', values.rate, 1, 100_000),
    seconds: readCount('seconds', values.seconds, 1, 3_600),
  };
  const say: Say = (line) => void process.stderr.write(`${line}\n`);
  const machine = describeMachine();
  say(`${machine.cores} cores (${machine.processor}), ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}`);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const postgres = await startThrowAwayPostgres(durable);
  const children = new Children(join(folder, 'logs'), say);
  const db = connect(postgres.url, 4);
  try {
    await migrateToLatest(postgres.url);
    const port = await findFreePort(0);
    await children.start({
      name: 'pubsub-server',
      entry: 'infra/pubsub-server/main.ts',
      args: ['--port', `${port}`, '--folder', join(folder, 'pubsub')],
    });
    const addresses = { PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}`, METADATA_SERVER_DETECTION: 'none' };
    // The client reads these from the environment.
    Object.assign(process.env, addresses);
    const pubsub = connectPubsub(projectId);
    await applyTopology(pubsub, planTopology(findPlatforms()));
    const env = { ...addresses, DATABASE_URL: postgres.url, GOOGLE_CLOUD_PROJECT: projectId };
    const figures = await measureAll({ db, children, pubsub, env }, plan, say);
    await pubsub.close();
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, plan, ...figures }, null, 2)}\n`);
  } finally {
    await children.stop();
    await db.destroy();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
