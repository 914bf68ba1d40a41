import { setTimeout as delay } from 'node:timers/promises';
import { conversionsTopic } from '@waybill/shared/messages';
import { sql } from 'kysely';
import { type ChaosHouse, openChaosHouse } from './chaos-house.ts';
import { type Action, type Delivery, describeAction, inventWorld, type World } from './chaos-world.ts';
import { findBroken, type Verdict } from './find-broken.ts';

export interface SeedResult extends Verdict {
  seed: number;
  conversions: number;
  messages: number;
  actions: number;
  seconds: number;
}

const pollMs = 100;
/** When nothing has moved for so long, the next step comes all the same, and what waits for its time is given it. */
const stillMs = 2_500;
const giveUpMs = 180_000;

async function publish({ publisher }: ChaosHouse, deliveries: Delivery[]): Promise<void> {
  for (let from = 0; from < deliveries.length; from += 1_000) {
    const byPlatform = Map.groupBy(deliveries.slice(from, from + 1_000), ({ platform }) => platform);
    await Promise.all([...byPlatform].map(([platform, of]) => publisher.publish(conversionsTopic(platform), of)));
  }
}

async function act(house: ChaosHouse, action: Action): Promise<void> {
  if (action.kind === 'kill') return house.kill(action.service);
  if (action.kind === 'pubsub-kill') return house.kill('pubsub-server');
  if (action.kind === 'postgres-restart') return house.restartPostgres();
  if (action.kind === 'postgres-cut') return house.line.cut();
  if (action.kind === 'publish') return publish(house, action.deliveries);
  if (action.kind === 'postgres-vanishes') {
    house.line.setDead(true);
    await delay(action.ms);
    return house.line.setDead(false);
  }
  await fetch(`${house.standIns[action.platform]}/control/faults`, { method: 'POST', body: JSON.stringify(action.fault) });
}

interface Progress {
  settled: number;
  open: number;
  told: number;
  outbox: number;
}

async function readProgress({ db }: ChaosHouse): Promise<Progress | null> {
  try {
    const { rows } = await sql<Progress>`
      select count(*) filter (where state = 'settled') as settled, count(*) filter (where state <> 'settled') as open,
             (select count(*) from hub_conversion_outcome where attempt > 0 and kind in ('delivered', 'duplicate', 'rejected')) as told,
             (select count(*) from sender_outbox) as outbox
      from delivery`.execute(db);
    return rows[0] ?? null;
  } catch {
    // The database is being restarted.
    return null;
  }
}

/** Lets pass the time for which conversions and lanes wait: minutes and hours that nobody wants to sit out. */
async function letTimePass({ db }: ChaosHouse): Promise<void> {
  await sql`update delivery set retry_at = now() where state in ('waiting', 'republished') and retry_at > now()`
    .execute(db)
    .catch(() => undefined);
  await sql`update sender_lane set paused_until = now() where paused_until > now()`.execute(db).catch(() => undefined);
}

/** Publishes the world and lets everything go wrong that it has planned, each step at its share of progress; ends when nothing is open. */
export async function live(house: ChaosHouse, world: World, say: (line: string) => void): Promise<void> {
  const steps = [...world.schedule];
  const total = world.planned.length;
  await publish(house, world.first);
  let known = '';
  for (let movedAt = Date.now(); ; await delay(pollMs)) {
    const progress = await readProgress(house);
    if (progress === null) continue;
    const isStill = Date.now() - movedAt > stillMs;
    if (JSON.stringify(progress) !== known) movedAt = Date.now();
    known = JSON.stringify(progress);
    const next = steps[0];
    if (next !== undefined && (progress.settled / total >= next.at || isStill)) {
      steps.shift();
      say(`${progress.settled} of ${total} settled: ${describeAction(next.action)}`);
      await act(house, next.action);
      movedAt = Date.now();
      continue;
    }
    if (next === undefined && progress.settled === total && progress.open === 0 && progress.told >= total && progress.outbox === 0) return;
    if (isStill) await letTimePass(house);
    if (Date.now() - movedAt > giveUpMs) return;
  }
}

/** One seed from an empty house to its verdict. */
export async function runSeed(seed: number, conversions: number, say: (line: string) => void): Promise<SeedResult> {
  const beganAt = performance.now();
  const house = await openChaosHouse(say);
  try {
    const world = inventWorld(seed, conversions, house.platforms, house.services);
    await live(house, world, say);
    // What is still under way when the last one is settled may be a duplicate, or a letter.
    await house.stopServices();
    const verdict = await findBroken(house, world);
    const messages =
      world.first.length + world.schedule.reduce((sum, { action }) => sum + (action.kind === 'publish' ? action.deliveries.length : 0), 0);
    return { seed, conversions, messages, actions: world.schedule.length, seconds: (performance.now() - beganAt) / 1_000, ...verdict };
  } finally {
    await house.close();
  }
}
