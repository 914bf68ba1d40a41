import { setTimeout as delay } from 'node:timers/promises';
import { parseJsonWith } from '@waybill/shared/conversion';
import { conversionOutcomeSchema, conversionsTopic, parkingSubscription, topics } from '@waybill/shared/messages';
import { decodeConversion } from '@waybill/shared/sender';
import { Chance } from '@waybill/shared/testing';
import { sql } from 'kysely';
import { readEvent } from '../../services/attribution/src/tracking/read-event.ts';
import { type ChaosHouse, openChaosHouse } from './chaos-house.ts';
import { inventWorld, platformAt } from './chaos-world.ts';
import { inventTrackingEvent, readKeptEvents, shownAddress, toKeptKeys } from './fuzz-tracking.ts';

export interface FuzzResult {
  messages: number;
  accounted: number;
  parked: number;
  settled: number;
  /** Processes that ended, none of which should have. */
  restarts: string[];
  /** Messages of which nothing tells what became of them, a sentence each. */
  missing: string[];
  seconds: number;
}

interface Fuzzed {
  topic: string;
  payload: string;
  /** What tells that it was read: all under which its consumer keeps it; null: it cannot be read, and must be parked. */
  readAs: string[] | null;
}

type Mutation = (text: string, chance: Chance) => string;

const strange = ['\u0000', '💥', '\ud800', '﷽', '"', '\\', '{', '}', '\n', 'null', '-1', '1e999', '__proto__'];

/** Puts another value at one place of the message, or of a part of it. */
const replaceValue: Mutation = (text, chance) => {
  const message = JSON.parse(text) as Record<string, unknown>;
  const values: unknown[] = [
    null,
    true,
    -1,
    1e308,
    2 ** 53,
    '',
    'x'.repeat(5_000),
    [],
    {},
    [[[[[]]]]],
    { toString: 'x' },
    '2026-13-45',
    '\u0000',
  ];
  const parts = Object.values(message).filter((part): part is Record<string, unknown> => typeof part === 'object' && part !== null);
  const at = parts.length > 0 && chance.oneIn(3) ? chance.pick(parts) : message;
  const keys = Object.keys(at);
  if (keys.length > 0) at[chance.pick(keys)] = chance.pick(values);
  return JSON.stringify(message);
};
const mutations: Mutation[] = [
  (text) => text,
  (text, chance) => text.slice(0, chance.upTo(text.length)),
  (text, chance) => {
    const place = chance.upTo(text.length);
    return text.slice(0, place) + chance.pick(strange) + text.slice(place + chance.upTo(4));
  },
  replaceValue,
  replaceValue,
  (text, chance) => {
    const message = JSON.parse(text) as Record<string, unknown>;
    delete message[chance.pick(Object.keys(message))];
    return JSON.stringify(message);
  },
  (text) => text.replace('{', '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}},"unknown":[1,2,3],'),
  (_text, chance) => '['.repeat(1 + chance.upTo(2_000)),
  (text, chance) => text.replaceAll(/\d/g, () => String(chance.upTo(10))),
  (_text, chance) => chance.pick(['', 'null', '0', '"text"', '[]', '{}', 'undefined', '\ufeff{}']),
];

const inventOutcome = (n: number): string =>
  JSON.stringify({
    ...{ version: 1, outcomeId: `fuzz:${n}`, platform: 'google', account: '1', eventId: `cv_fuzz0000${n}`, conversionType: 'google.paid' },
    ...{ attempt: 1, kind: 'delivered', code: null, reason: null, reference: null, endedAt: '2026-11-20T10:00:00.000Z' },
  });

/** How a consumer reads a message of its topic: all it keeps it under, or null where it cannot be read. */
function readAs(topic: string, payload: string, platforms: string[]): string[] | null {
  const platform = platforms.find((name) => conversionsTopic(name) === topic);
  if (platform !== undefined) {
    const read = decodeConversion(platform, payload);
    return read.ok ? [read.value.eventId] : null;
  }
  if (topic === topics.conversionOutcomes) {
    const read = parseJsonWith(conversionOutcomeSchema, payload);
    return read.ok ? [read.value.outcomeId] : null;
  }
  const read = readEvent(payload, new Date(platformAt));
  return read.ok ? toKeptKeys(read.value) : null;
}

function invent(count: number, seed: number, platforms: string[]): Fuzzed[] {
  const chance = new Chance(seed);
  const conversions = inventWorld(seed, count, platforms, []).planned;
  return Array.from({ length: count }, (_, n): Fuzzed => {
    const { conversion } = conversions[n] as (typeof conversions)[number];
    const [topic, whole] = chance.oneIn(3)
      ? [topics.trackingEvents, inventTrackingEvent(chance, n)]
      : chance.oneIn(6)
        ? [topics.conversionOutcomes, inventOutcome(n)]
        : [conversionsTopic(conversion.platform), JSON.stringify(conversion)];
    const payload = chance.pick(mutations)(whole, chance);
    return { topic, payload, readAs: readAs(topic, Buffer.from(payload).toString('utf8'), platforms) };
  });
}

interface Parked {
  /** Of the messages. */
  numbers: Set<number>;
  unreasoned: number;
  /** How many show a person's address. */
  shown: number;
}

async function readParked({ pubsub }: ChaosHouse, topicNames: string[]): Promise<Parked> {
  const numbers = new Set<number>();
  let [unreasoned, shown] = [0, 0];
  for (const topic of topicNames) {
    const subscription = pubsub.subscription(parkingSubscription(topic), { flowControl: { maxMessages: 200_000 } });
    await new Promise<void>((resolve, reject) => {
      const quietMs = 2_000;
      let quiet = setTimeout(resolve, quietMs);
      subscription.on('error', reject);
      subscription.on('message', (message) => {
        if (message.attributes.fuzz !== undefined) numbers.add(Number(message.attributes.fuzz));
        if (!message.attributes.reason) unreasoned += 1;
        if (shownAddress.test(message.data.toString('utf8'))) shown += 1;
        message.ack();
        clearTimeout(quiet);
        quiet = setTimeout(resolve, quietMs);
      });
    });
    await subscription.close();
  }
  return { numbers, unreasoned, shown };
}

async function readKept({ db }: ChaosHouse): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select event_id as id from delivery union all select outcome_id from hub_conversion_outcome`.execute(db);
  return new Set([...rows.map(({ id }) => id), ...(await readKeptEvents(db))]);
}

const stillMs = 6_000;

/** Waits until nothing more is parked or kept for a while. */
async function untilStill(house: ChaosHouse): Promise<void> {
  let known = '';
  for (let movedAt = Date.now(); Date.now() - movedAt < stillMs; await delay(250)) {
    const { rows } = await sql<{ now: string }>`
      select concat((select count(*) from delivery where state = 'settled'), ' ', (select count(*) from delivery), ' ',
                    (select count(*) from hub_conversion_outcome), ' ', (select count(*) from visits), ' ', (select count(*) from interaction_touchpoints), ' ',
                    (select count(*) from identity_edge), ' ', (select count(*) from attribution_recalculation where step = 0), ' ',
                    (select count(*) from sender_outbox)) as now`.execute(house.db);
    const now = rows[0]?.now ?? '';
    if (now !== known) movedAt = Date.now();
    known = now;
  }
}

/** Clients, companies and contacts whose attribution an event has made impossible to compute. */
async function findUncomputed({ db }: ChaosHouse): Promise<string[]> {
  const { rows } = await sql<{ kind: string; entity: string; problem: string | null }>`
    select kind, entity, problem from attribution_recalculation where step = 0 or attempts > 0 limit 5`.execute(db);
  return rows.map(({ kind, entity, problem }) => `${kind} ${entity} is not computed: ${problem ?? 'nobody has tried'}`);
}

/** Publishes mutated messages to every topic that is consumed; answers what became of them. */
export async function runFuzz(count: number, seed: number, say: (line: string) => void): Promise<FuzzResult> {
  const beganAt = performance.now();
  const ended: string[] = [];
  const house = await openChaosHouse(
    (line) => {
      ended.push(line);
      say(line);
    },
    ['attribution'],
  );
  try {
    const fuzzed = invent(count, seed, house.platforms);
    const pids = JSON.stringify(house.pids());
    for (let from = 0; from < count; from += 2_000) {
      const numbered = fuzzed.slice(from, from + 2_000).map((one, index) => ({ ...one, attributes: { fuzz: `${from + index}` } }));
      const byTopic = Map.groupBy(numbered, ({ topic }) => topic);
      await Promise.all([...byTopic].map(([topic, of]) => house.publisher.publish(topic, of)));
      if (from % 20_000 === 0) say(`${from} of ${count} published`);
    }
    await untilStill(house);
    const topicNames = [...house.platforms.map(conversionsTopic), topics.trackingEvents, topics.conversionOutcomes];
    const { numbers, unreasoned, shown } = await readParked(house, topicNames);
    const kept = await readKept(house);
    const lost = fuzzed.flatMap((one, number) => {
      const isThere = numbers.has(number) || (one.readAs?.every((key) => kept.has(key)) ?? false);
      return isThere
        ? []
        : [
            `message ${number} on ${one.topic} ${one.readAs === null ? 'cannot be read and is not parked' : `was read as ${one.readAs.join(', ')} and is not kept`}`,
          ];
    });
    if (JSON.stringify(house.pids()) !== pids && ended.length === 0) ended.push('a process');
    const missing = [
      ...lost.slice(0, 20),
      ...(unreasoned === 0 ? [] : [`${unreasoned} parked messages have no reason`]),
      ...(shown === 0 ? [] : [`${shown} parked messages show an e-mail address`]),
      ...(await findUncomputed(house)),
    ];
    const settled = fuzzed.filter((one) => one.readAs?.every((key) => kept.has(key)) ?? false).length;
    return {
      ...{ messages: count, accounted: count - lost.length, parked: numbers.size, settled, restarts: ended, missing },
      seconds: (performance.now() - beganAt) / 1_000,
    };
  } finally {
    await house.close();
  }
}
