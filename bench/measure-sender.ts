import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@waybill/shared/db';
import { conversionsTopic } from '@waybill/shared/messages';
import { createPublisher, type PubSub } from '@waybill/shared/pubsub';
import { sql } from 'kysely';
import type { Children } from '../infra/local/children.ts';
import { findFreePort } from '../infra/local/free-port.ts';
import { clickIdOf, inventConversions, type Load } from './conversions.ts';
import { countFaults, type Figure } from './delivery-figures.ts';
import { fetchAccepted } from './fetch-accepted.ts';
import { watchUsage } from './watch-usage.ts';

export interface Stack {
  db: Database;
  children: Children;
  pubsub: PubSub;
  env: Record<string, string>;
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

/** Publishes a load, then starts the sender `service` and times it from ready to the last conversion settled; `url` is the platform's. */
export async function measureSender({ db, children, pubsub, env }: Stack, service: string, load: Load, url: string): Promise<Figure> {
  const { platform, badShare, count } = load;
  await sql`truncate delivery, delivery_attempt, sender_outbox, google_conversion, facebook_conversion_v2, bing_conversion, generic_conversions`.execute(
    db,
  );
  const conversions = inventConversions(load);
  const publisher = createPublisher(pubsub);
  for (let from = 0; from < count; from += 1_000)
    await publisher.publish(
      conversionsTopic(platform),
      conversions.slice(from, from + 1_000).map((conversion) => ({ payload: JSON.stringify(conversion) })),
    );
  const before = await fetchAccepted(url);

  const name = `${service} ${badShare}`;
  await children.start({ name, entry: `services/${service}/src/main.ts`, env: { ...env, PORT: `${await findFreePort(0)}` } });
  const usage = watchUsage(children.pids()[name] ?? 0);
  const beganAt = performance.now();
  await untilSettled(db, platform, count);
  const seconds = (performance.now() - beganAt) / 1_000;
  const used = usage.stop();
  await children.stop([name]);

  const { rows } = await sql<{
    event_id: string;
  }>`select event_id from delivery where platform = ${platform} and outcome = 'delivered'`.execute(db);
  const clickIds = new Map(conversions.map((conversion) => [conversion.eventId, clickIdOf(conversion)]));
  const after = await fetchAccepted(url);
  return {
    ...{ peer: null, platform, badShare, conversions: count, seconds, hung: false, usage: used },
    calls: countCalls(readFileSync(children.logFile(name), 'utf8')),
    ...countFaults(conversions, after.clickIds, new Set(rows.map(({ event_id }) => clickIds.get(event_id) ?? event_id))),
    repeated: after.duplicates - before.duplicates,
  };
}
