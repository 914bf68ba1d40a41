import type { Conversion, Correction } from '../../conversion/index.ts';
import type { Ledger } from '../../ledger/index.ts';
import { conversionsTopic } from '../../messages/index.ts';
import { deliverBatch, type Lanes, MemoryLanes, type Platform } from '../../sender/index.ts';
import { buildConversion } from '../builders.ts';
import { Chance } from './chance.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { type Item, type Manner, SimulatedPlatform } from './simulated-platform.ts';
import { VirtualTime } from './virtual-time.ts';

const startMs = Date.parse('2026-11-20T00:00:00.000Z');
const dayMs = 86_400_000;
const topic = conversionsTopic('google');

/** The worker dies here: whatever it held in memory is gone, and its messages come again. */
class Death extends Error {}

export interface Simulated {
  seed: number;
  conversions: number;
  calls: number;
  deaths: number;
  virtualHours: number;
  /** What went wrong, a sentence each; none where every promise was kept. */
  broken: string[];
}

interface World {
  conversions: Conversion[];
  bad: Set<string>;
  /** Key -> the value that must stand at the platform in the end; null: retracted. */
  expected: Map<string, string | null>;
}

function invent(chance: Chance): World {
  const originals = Array.from({ length: 10 + chance.upTo(60) }, () =>
    buildConversion({
      account: chance.pick(['1', '2']),
      action: chance.pick(['a', 'b', 'c']),
      company: null,
      value: { amount: '10.00', currency: 'USD' },
    }),
  );
  const bad = new Set(originals.flatMap(({ eventId }) => (chance.oneIn(8) ? [eventId] : [])));
  const expected = new Map<string, string | null>(originals.flatMap(({ eventId }) => (bad.has(eventId) ? [] : [[eventId, '10.00']])));
  const corrections = originals.flatMap((original) => {
    if (!chance.oneIn(4)) return [];
    const length = 1 + chance.upTo(3);
    const isRetracted = chance.oneIn(3);
    return Array.from({ length }, (_, index): Conversion => {
      const [sequence, of] = [index + 1, original.eventId];
      const kind: Correction['kind'] = isRetracted && sequence === length ? 'retraction' : 'restatement';
      const value = kind === 'retraction' ? null : { amount: `${sequence}.50`, currency: 'USD' };
      if (!bad.has(of)) expected.set(of, value?.amount ?? null);
      return {
        ...original,
        eventId: `${of}${sequence}`,
        value,
        correction: { kind, of, sequence, correctedAt: '2026-11-20T00:00:00.000Z' },
      };
    });
  });
  return { conversions: [...originals, ...corrections], bad, expected };
}

interface Doors {
  ledger: Ledger;
  lanes: Lanes;
  platform: Platform<Item>;
}

/** A ledger, lanes and a platform at whose doors a worker may die, before or after what it asked for was done. */
function mortal({ ledger, lanes, platform }: Doors, chance: Chance, dies: () => void): Doors {
  const perhaps = async <T>(work: () => Promise<T>): Promise<T> => {
    const die = (): never => {
      dies();
      throw new Death('the worker dies here');
    };
    if (chance.oneIn(60)) die();
    const done = await work();
    return chance.oneIn(60) ? die() : done;
  };
  const guarded: Ledger = {
    claim: (conversions) => perhaps(() => ledger.claim(conversions)),
    findHistories: (originals) => perhaps(() => ledger.findHistories(originals)),
    settle: (settlements, messagesOf) => perhaps(() => ledger.settle(settlements, messagesOf)),
    enqueue: (messages) => perhaps(() => ledger.enqueue(messages)),
    republishDue: (of, limit) => ledger.republishDue(of, limit),
  };
  const upload: Platform<Item>['upload'] = (account, items) => perhaps(() => platform.upload(account, items));
  const guardedLanes: Lanes = {
    find: (names) => lanes.find(names),
    save: (changes) => perhaps(() => lanes.save(changes)),
    claimProbe: (lane, forMs) => perhaps(() => lanes.claimProbe(lane, forMs)),
    spend: (budgets) => lanes.spend(budgets),
  };
  const route = { ...platform.corrections?.restatement, toItem: platform.toItem, upload };
  return {
    ledger: guarded,
    lanes: guardedLanes,
    platform: { ...platform, upload, corrections: { restatement: route, retraction: route } },
  };
}

function findBroken(world: World, ledger: MemoryLedger, platform: SimulatedPlatform, deadLetters: string[], cameToRest: boolean): string[] {
  const broken: string[] = [];
  const endings = ledger.endings();
  if (!cameToRest) broken.push('something was still open after the last day');
  for (const { eventId, correction } of world.conversions) {
    const isBad = world.bad.has(correction?.of ?? eventId);
    const ending = endings.get(eventId) ?? null;
    // A correction that a later one has overtaken ends as that one's duplicate, whatever became of the original.
    const isOvertaken = correction !== undefined && ending === 'duplicate';
    const isRight = isOvertaken || (isBad ? ending === 'rejected' : ending === 'delivered' || ending === 'duplicate');
    if (!isRight) broken.push(`${eventId}${correction ? ' (a correction)' : ''} is ${isBad ? 'bad' : 'good'} and ended as ${ending}`);
  }
  for (const [key, value] of world.expected)
    if (platform.taken.get(key) !== value) broken.push(`${key} stands at ${platform.taken.get(key)} there, not at ${value}`);
  broken.push(...platform.rudeness);
  for (const key of platform.taken.keys()) if (!world.expected.has(key)) broken.push(`${key} should not have been taken`);
  for (const eventId of platform.sentAgain) broken.push(`${eventId} was sent again after it was settled`);
  const audited = ledger.audit.map(({ row }) => String(row.event_id));
  if (new Set(audited).size !== audited.length) broken.push('a conversion has two audit rows');
  if (audited.length !== world.conversions.length) broken.push(`${audited.length} audit rows for ${world.conversions.length} conversions`);
  for (const eventId of deadLetters) {
    const { correction } = world.conversions.find((conversion) => conversion.eventId === eventId) ?? {};
    if (!world.bad.has(correction?.of ?? eventId)) broken.push(`${eventId} is healthy and lies in the dead letter`);
  }
  return broken;
}

/**
 * Runs the delivery core, as it is, against a queue that doubles, shuffles and delays, workers that die, and a platform with every fault,
 * in virtual time. The same seed gives the same history.
 */
export async function simulate(seed: number): Promise<Simulated> {
  const chance = new Chance(seed);
  const time = new VirtualTime(startMs);
  const world = invent(chance);
  const ledger = new MemoryLedger(() => time.nowMs(), 120);
  const manner = chance.pick<Manner>(['names the rows', 'names none', 'takes the others']);
  const isSettled = (eventId: string) => ['delivered', 'duplicate'].includes(ledger.endings().get(eventId) ?? '');
  const simulated = new SimulatedPlatform({ isBad: ({ eventId }) => world.bad.has(eventId), settled: isSettled, chance, time, manner });
  let deaths = 0;
  const doors = mortal(
    { ledger, lanes: new MemoryLanes(() => time.nowMs()), platform: simulated.platform(5 + chance.upTo(40)) },
    chance,
    () => {
      deaths += 1;
    },
  );
  const inbox: Conversion[] = [];
  const deadLetters: string[] = [];

  const deliver = (conversion: Conversion): void =>
    time.after(chance.upTo(chance.oneIn(20) ? 3_600_000 : 2_000), () => void arrive(conversion));
  const relay = (): void => {
    for (const message of ledger.outbox.splice(0)) {
      const parsed = message.topic === topic ? (JSON.parse(message.payload) as Conversion) : null;
      if (parsed !== null) deliver(parsed);
      else if (message.attributes.eventId !== undefined) deadLetters.push(message.attributes.eventId);
    }
  };
  const republish = async (): Promise<void> => {
    await ledger.republishDue(topic, 1_000);
    relay();
  };
  /** The sender's own tick, asked for when something will be due; `work` sees to it that it goes on. */
  let isWatching = false;
  const watch = (): void => {
    const dueMs = ledger.nextDueMs();
    isWatching = dueMs !== null;
    if (dueMs !== null) time.after(Math.max(1, dueMs - time.nowMs()), () => void republish().then(watch));
  };
  const work = async (): Promise<void> => {
    const account = inbox[0]?.account;
    const batch = inbox.filter((conversion) => conversion.account === account).slice(0, doors.platform.batchLimit);
    if (account === undefined) return;
    for (const conversion of batch) inbox.splice(inbox.indexOf(conversion), 1);
    try {
      await deliverBatch({ ...doors, clock: time }, account, batch);
      relay();
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      for (const conversion of batch) deliver(conversion);
    }
    if (!isWatching) watch();
  };
  const arrive = (conversion: Conversion): void => {
    inbox.push(conversion);
    time.after(chance.upTo(1_500), () => void work());
  };

  for (const conversion of world.conversions) for (let copy = 0; copy <= (chance.oneIn(6) ? 2 : 0); copy++) deliver(conversion);
  const cameToRest = await time.run(startMs + 30 * dayMs);
  const broken = findBroken(world, ledger, simulated, deadLetters, cameToRest);
  const virtualHours = (time.nowMs() - startMs) / 3_600_000;
  return { seed, conversions: world.conversions.length, calls: simulated.calls, deaths, virtualHours, broken };
}
