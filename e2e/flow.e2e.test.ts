import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { conversionsTopic } from '@waybill/shared/messages';
import { createPublisher } from '@waybill/shared/pubsub';
import { sql } from 'kysely';
import { findFreePort } from '../infra/local/free-port.ts';
import { generateInput } from '../infra/local/input/generated.ts';
import type { Input } from '../infra/local/input/input.ts';
import { clockAfter, expectedPaid, readJourneys, toInput } from '../infra/local/input/journeys.ts';
import { loadInput } from '../infra/local/input/load.ts';
import type { StartOptions } from '../infra/local/options.ts';
import { startPostgres } from '../infra/local/postgres.ts';
import { findDisagreements, readResult } from '../infra/local/result.ts';
import { requestRun, untilAttributed, untilDelivered } from '../infra/local/round.ts';
import { type Stack, startStack } from '../infra/local/stack.ts';
import { handleDeadLetters } from '../services/hub/src/dead-letters.ts';
import { replayCandidates } from '../services/hub/src/replay-candidates.ts';

const clockAt = '2026-11-20T12:00:00.000Z';
const input = generateInput({ seed: 7, companies: 400, now: new Date(clockAt) });
const quiet = (): void => undefined;
const options: StartOptions = {
  input: { kind: 'none' },
  once: true,
  fresh: false,
  clock: clockAt,
  transport: 'data-manager',
  googleEmulator: false,
  port: 0,
};

interface House {
  folder: string;
  stack: Stack;
  db: Database;
  postgres: Awaited<ReturnType<typeof startPostgres>>;
  close(): Promise<void>;
}

// A killed sender's claims are taken over after this long.
process.env.LEASE_SECONDS = '8';

/** Boots every service as a process of its own, on a Postgres that the test may stop. */
async function openHouse(clock = clockAt, transport = options.transport): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-e2e-'));
  process.env.WAYBILL_FOLDER = folder;
  delete process.env.PUBSUB_EMULATOR_HOST;
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), port: await findFreePort(0), durable: true });
  process.env.DATABASE_URL = postgres.url;
  const stack = await startStack(join(folder, 'stack'), { ...options, transport, label: 'test', clockAt: clock }, quiet);
  const house: House = {
    folder,
    stack,
    db: connect(postgres.url),
    postgres,
    close: async () => {
      await stack.stop();
      await house.db.destroy();
      await house.postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return house;
}

async function runRound({ stack, db }: House, of: Input): Promise<void> {
  await loadInput(of, { db, publisher: createPublisher(stack.pubsub), bigQueryUrl: stack.bigQueryUrl });
  await untilAttributed(db, of, quiet);
  if (of.scores !== null) await requestRun('sync', stack.urls.sync);
  await requestRun('eligibility', stack.urls.eligibility);
  await untilDelivered(db, quiet);
}

interface Taken {
  list: { key: string; value: string | null }[];
  duplicates: number;
}

async function takenBy({ stack }: House): Promise<Record<string, Taken>> {
  const entries = Object.entries(stack.standIns).map(
    async ([platform, url]) => [platform, await (await fetch(`${url}/accepted?list`)).json()] as const,
  );
  return Object.fromEntries((await Promise.all(entries)) as [string, Taken][]);
}

const keysOf = (taken: Record<string, Taken>): string[] =>
  Object.entries(taken)
    .flatMap(([platform, { list }]) => list.map(({ key, value }) => `${platform} ${key} ${value}`))
    .sort();

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within two minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function count(db: Database, query: ReturnType<typeof sql<{ count: number }>>): Promise<number> {
  return (await query.execute(db)).rows[0]?.count ?? 0;
}

const settledCount = (db: Database) => count(db, sql`select count(*) from delivery where state = 'settled'`);

describe('the whole house', () => {
  let house: House;
  let undisturbed: string[];

  beforeAll(async () => {
    house = await openHouse();
    await runRound(house, input);
    undisturbed = keysOf(await takenBy(house));
  }, 120_000);
  afterAll(() => house.close(), 60_000);

  it('delivers each candidate once, and the platforms count what the ledger says', async () => {
    const results = await readResult(house.db, house.stack.standIns);
    expect(results.map(({ platform }) => platform)).toEqual(['bing', 'facebook', 'google', 'linkedin']);
    expect(findDisagreements(results, null)).toEqual([]);
    expect(results.every(({ delivered, candidates, seenTwice }) => delivered === candidates && seenTwice === 0)).toBe(true);
    expect(await count(house.db, sql`select count(*) from delivery where outcome = 'delivered'`)).toBe(undisturbed.length);
    expect(
      await count(
        house.db,
        sql`select (select count(*) from google_conversion) + (select count(*) from facebook_conversion_v2)
          + (select count(*) from bing_conversion) + (select count(*) from generic_conversions) as count`,
      ),
    ).toBe(undisturbed.length);
  });

  it('delivers nothing new when everything runs again', async () => {
    await runRound(house, input);
    expect(keysOf(await takenBy(house))).toEqual(undisturbed);
  });

  it('delivers nothing new when everything is replayed', async () => {
    const range = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z'), conversionType: null };
    const publisher = createPublisher(house.stack.pubsub);
    let replayed = 0;
    for (const platform of Object.keys(house.stack.standIns))
      replayed += await replayCandidates(house.db, publisher, { ...range, platform }, quiet);
    expect(replayed).toBe(undisturbed.length);
    await until('every replayed message is told as a duplicate', async () => {
      return (await count(house.db, sql`select count(*) from hub_conversion_outcome where kind = 'duplicate'`)) >= replayed;
    });
    const taken = await takenBy(house);
    expect(keysOf(taken)).toEqual(undisturbed);
    expect(Object.values(taken).map(({ duplicates }) => duplicates)).toEqual([0, 0, 0, 0]);
  });

  it('parks a malformed message with its reason, and the next one goes through', async () => {
    const publisher = createPublisher(house.stack.pubsub);
    await publisher.publish(conversionsTopic('google'), [{ payload: '{"version":1,"eventId":"cv_broken01"}' }, { payload: 'not json' }]);
    let reasons: string[] = [];
    await until('both are parked', async () => {
      const letters = await handleDeadLetters(house.stack.pubsub, publisher, 'list', {
        topic: conversionsTopic('google'),
        limit: 100,
        eventId: null,
      });
      reasons = letters.map(({ reason }) => reason);
      return letters.length === 2;
    });
    expect(reasons.some((reason) => reason.includes('platform:') && reason.includes('occurredAt:'))).toBe(true);
    expect(reasons).toContain('the message is not JSON');
    const dropped = await handleDeadLetters(house.stack.pubsub, publisher, 'drop', {
      topic: conversionsTopic('google'),
      limit: 100,
      eventId: null,
    });
    expect(dropped).toHaveLength(2);
  });

  it('shows the standings on the console and the life of a company', async () => {
    const page = await (await fetch(`${house.stack.urls.hub}/`)).text();
    expect(page).toContain('google');
    expect(page).toContain('test');
    const { rows } = await sql<{ company: number }>`select company from conversion_candidate where contact is null limit 1`.execute(
      house.db,
    );
    const life = await (await fetch(`${house.stack.urls.hub}/life?of=company+${rows[0]?.company}`)).text();
    expect(life).toContain('delivered');
  });

  it('ends with the same conversions when every service is killed once in the middle, the database stops and platforms fail', async () => {
    const disturbed = await openHouse();
    try {
      const { stack, db } = disturbed;
      for (const url of Object.values(stack.standIns)) {
        for (const fault of [{ kind: 'reset-after-accept' }, { kind: 'html' }, { kind: 'server-error' }, { kind: 'latency', ms: 800 }]) {
          await fetch(`${url}/control/faults`, { method: 'POST', body: JSON.stringify(fault) });
        }
      }
      const killed: string[] = [];
      const kill = (name: string): void => {
        process.kill(stack.pids()[name] ?? 0, 'SIGKILL');
        killed.push(name);
      };
      await loadInput(input, { db, publisher: createPublisher(stack.pubsub), bigQueryUrl: stack.bigQueryUrl });
      kill('attribution');
      await untilAttributed(db, input, quiet);
      await requestRun('sync', stack.urls.sync);
      const run = requestRun('eligibility', stack.urls.eligibility);
      await until('the first candidates are there', async () => (await count(db, sql`select count(*) from conversion_candidate`)) > 0);
      kill('eligibility');
      // The request breaks with the process and is made again of the next one.
      await run;
      for (const name of ['google-sender', 'facebook-sender', 'bing-sender', 'linkedin-sender', 'hub']) kill(name);
      await until('some are settled', async () => (await settledCount(db)) > 0);
      await disturbed.postgres.stop();
      disturbed.postgres = await startPostgres({
        folder: join(disturbed.folder, 'postgres'),
        port: disturbed.postgres.port,
        durable: true,
      });
      await untilDelivered(db, quiet);
      await until(
        'what waits out a longer pause is settled too',
        async () => (await count(db, sql`select count(*) from delivery where state <> 'settled'`)) === 0,
      );
      await untilDelivered(db, quiet);
      expect(killed).toHaveLength(7);
      expect(keysOf(await takenBy(disturbed))).toEqual(undisturbed);
      expect(findDisagreements(await readResult(db, stack.standIns), null)).toEqual([]);
    } finally {
      await disturbed.close();
    }
  }, 240_000);
});

it('reaches Google by the Google Ads API as well, where that transport is chosen', async () => {
  const house = await openHouse(clockAt, 'google-ads');
  try {
    await runRound(house, generateInput({ seed: 7, companies: 60, now: new Date(clockAt) }));
    const results = await readResult(house.db, house.stack.standIns);
    expect(findDisagreements(results, null)).toEqual([]);
    expect(results.find(({ platform }) => platform === 'google')?.accepted).toBeGreaterThan(0);
  } finally {
    await house.close();
  }
}, 120_000);

const recorded = join(import.meta.dirname, '../../shared/data/journeys.db');

(existsSync(recorded) ? describe : describe.skip)('recorded journeys', () => {
  it('reach each platform exactly once, with the sums of the file', async () => {
    const journeys = readJourneys(recorded);
    const clock = clockAfter(journeys);
    const house = await openHouse(clock);
    try {
      await runRound(house, toInput(journeys));
      expect(findDisagreements(await readResult(house.db, house.stack.standIns), expectedPaid(journeys, clock))).toEqual([]);
    } finally {
      await house.close();
    }
  }, 120_000);
});
