import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type Database, migrateToLatest } from '@waybill/shared/db';
import { type TrackingEvent, topics } from '@waybill/shared/messages';
import { Chance } from '@waybill/shared/testing';
import { startThrowAwayPostgres } from '../infra/local/throw-away-postgres.ts';
import {
  buildLead,
  buildLink,
  buildSession,
  buildSignup,
  buildUnlink,
  end,
  readState,
  recalculateAll,
} from '../services/attribution/src/testing.ts';
import { saveEvents } from '../services/attribution/src/tracking/save-events.ts';
import { type ChaosHouse, openChaosHouse } from './chaos/chaos-house.ts';

const seed = 20_261_121;
const count = 3_000;

let house: ChaosHouse;
let postgres: { url: string; stop(): Promise<void> };
let calm: Database;

beforeAll(async () => {
  [house, postgres] = await Promise.all([openChaosHouse(() => undefined, ['attribution']), startThrowAwayPostgres()]);
  await migrateToLatest(postgres.url);
  calm = connect(postgres.url, 2);
}, 120_000);
afterAll(async () => {
  await calm?.destroy();
  await Promise.all([house?.close(), postgres?.stop()]);
}, 60_000);

/** What a website and a CRM tell of a small world in which everybody meets everybody. */
function inventEvents(chance: Chance): TrackingEvent[] {
  const at = (): string => new Date(Date.UTC(2026, 9, 1 + chance.upTo(30), chance.upTo(24), 0, chance.upTo(60))).toISOString();
  const client = (): number => 1 + chance.upTo(300);
  const email = (): string => `p${chance.upTo(120)}@c${chance.upTo(3)}.example`;
  const company = (): number => 1 + chance.upTo(40);
  const links: ReturnType<typeof buildLink>[] = [];
  return Array.from({ length: count }, (_, n): TrackingEvent => {
    const id = 10_000 + n;
    const kind = chance.upTo(10);
    if (kind < 5)
      return buildSession(id, client(), at(), { gclid: chance.oneIn(3) ? `Cj0${n}` : null, companies: chance.oneIn(9) ? [company()] : [] });
    if (kind < 7) return buildLead(id, client(), email(), at(), { sessionId: null });
    if (kind < 8) return buildSignup(id, client(), email(), at(), { company: company() });
    const earlier = links[chance.upTo(links.length)];
    if (kind === 9 && earlier !== undefined && chance.oneIn(2)) return buildUnlink(id, earlier, at());
    const link = buildLink(id, end.email(email()), chance.oneIn(2) ? end.company(company()) : end.contact(company()), at(), {
      confidence: chance.oneIn(3) ? 0.5 : 1,
    });
    links.push(link);
    return link;
  });
}

const isAlive = (pid: number): boolean => {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** As soon as it is there to be killed: it may be starting again after the last time. */
async function killAttribution(): Promise<void> {
  while (!isAlive(house.pids().attribution ?? 0)) await countTouchpoints();
  house.kill('attribution');
}

async function countTouchpoints(): Promise<number> {
  const counted = house.db.selectFrom('interaction_touchpoints').select(({ fn }) => fn.countAll<number>().as('count'));
  // A connection may break when the database is restarted.
  return (await counted.executeTakeFirst().catch(() => undefined))?.count ?? 0;
}

it('attribution that is killed, and loses its database, ends where one ends that had peace', async () => {
  const chance = new Chance(seed);
  const events = inventEvents(chance);
  await saveEvents(calm, events, new Set());
  await recalculateAll(calm);
  const expected = JSON.stringify(await readState(calm));

  // Doubled and in another order than they were made.
  const stream = [...events, ...events.filter(() => chance.oneIn(5))];
  for (let place = stream.length - 1; place > 0; place--) {
    const other = chance.upTo(place + 1);
    [stream[place], stream[other]] = [stream[other] as TrackingEvent, stream[place] as TrackingEvent];
  }
  const disturbances = [killAttribution, () => house.line.cut(), killAttribution, () => house.restartPostgres(), killAttribution];
  const part = Math.ceil(stream.length / disturbances.length);
  for (const [place, disturb] of disturbances.entries()) {
    const payloads = stream.slice(place * part, (place + 1) * part).map((event) => ({ payload: JSON.stringify(event) }));
    const before = await countTouchpoints();
    await house.publisher.publish(topics.trackingEvents, payloads);
    // In the middle of its work.
    while ((await countTouchpoints()) === before);
    await disturb();
  }
  const readCalmly = async (): Promise<string | null> =>
    readState(house.db).then(
      (state) => JSON.stringify(state),
      // The connection that a restart broke.
      () => null,
    );
  let state = await readCalmly();
  for (const until = Date.now() + 120_000; state !== expected && Date.now() < until; state = await readCalmly());
  expect(JSON.parse(state ?? '{}')).toEqual(JSON.parse(expected));
}, 240_000);
