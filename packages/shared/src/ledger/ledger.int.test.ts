import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import type { Conversion, Outcome } from '../conversion/index.ts';
import { connect, type Database } from '../db/index.ts';
import { buildConversion } from '../testing/index.ts';
import { type Ledger, postgresLedger, relayOutbox, type Settlement } from './index.ts';
import { waitMs } from './settle.ts';

let database: { url: string; drop(): Promise<void> };
let db: Database;
let ledger: Ledger;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
  ledger = postgresLedger(db, 'google', 60);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await sql`truncate delivery, delivery_attempt, sender_outbox, google_conversion`.execute(db);
});

const delivered: Outcome = { kind: 'delivered', reference: 'request 1' };
const retry: Outcome = { kind: 'retry', code: 'HTTP_502', reason: 'down' };
const message = { topic: 'conversion-outcomes', payload: '{}', attributes: {} };

function settlement(conversion: Conversion, attempt: number, outcome: Outcome): Settlement {
  const row = {
    event_id: conversion.eventId,
    company: conversion.company,
    conversion_type: conversion.conversionType,
    conversion_time: conversion.occurredAt,
    conversion_type_id: conversion.action,
    google_ads_account_id: conversion.account,
    date_created: '2026-11-20T00:00:00Z',
  };
  return { conversion, attempt, outcome, audit: outcome.kind === 'delivered' ? { table: 'google_conversion', row } : null };
}

const rowOf = (conversion: Conversion) =>
  db.selectFrom('delivery').selectAll().where('event_id', '=', conversion.eventId).executeTakeFirstOrThrow();
/** How many of this database's connections wait for a lock. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows[0]?.waiting ?? 0;
}
const expireLeases = () => sql`update delivery set lease_until = now() - interval '1 second' where state = 'in-flight'`.execute(db);

describe('a claim', () => {
  it('is ours the first time and kept from everyone else while the lease holds', async () => {
    const conversion = buildConversion();
    expect(await ledger.claim([conversion])).toEqual([{ kind: 'claimed', attempt: 1 }]);
    expect(await ledger.claim([conversion])).toEqual([{ kind: 'kept' }]);
  });

  it('is taken over once the lease has ended, and the first worker is fenced off', async () => {
    const conversion = buildConversion();
    await ledger.claim([conversion]);
    await expireLeases();
    expect(await ledger.claim([conversion])).toEqual([{ kind: 'claimed', attempt: 2 }]);
    expect(await ledger.settle([settlement(conversion, 1, retry)], () => [message])).toEqual(new Set());
    expect(await rowOf(conversion)).toMatchObject({ state: 'in-flight', attempt: 2 });
    expect(await ledger.settle([settlement(conversion, 2, delivered)], () => [])).toEqual(new Set([conversion.eventId]));
  });

  it('of a settled conversion says so, and refuses the same event id with another content', async () => {
    const conversion = buildConversion();
    await ledger.claim([conversion]);
    await ledger.settle([settlement(conversion, 1, delivered)], () => []);
    const changed = { ...conversion, value: { amount: '99.00', currency: 'USD' } };
    expect(await ledger.claim([conversion, buildConversion()])).toEqual([{ kind: 'settled' }, { kind: 'claimed', attempt: 1 }]);
    expect(await ledger.claim([changed])).toEqual([{ kind: 'conflict' }]);
  });

  it('tells another content even of a conversion that another worker claims at the same moment', async () => {
    const conversion = buildConversion();
    const changed = { ...conversion, value: { amount: '99.00', currency: 'USD' } };
    const claims = await db.transaction().execute(async (first) => {
      await postgresLedger(first, 'google', 60).claim([conversion]);
      const others = Promise.all([ledger.claim([changed]), ledger.claim([conversion])]);
      while ((await countWaiting()) < 2);
      return { others };
    });
    expect(await claims.others).toEqual([[{ kind: 'conflict' }], [{ kind: 'kept' }]]);
  });

  it('is given to one of many that ask at once, whatever they ask for together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.subarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1 }), { minLength: 2, maxLength: 6 }),
        async (batches) => {
          const conversions = Array.from({ length: 8 }, () => buildConversion());
          const claims = await Promise.all(batches.map((batch) => ledger.claim(batch.map((index) => conversions[index] as Conversion))));
          const winners = claims.flatMap((answers, worker) =>
            answers.flatMap((claim, at) => (claim.kind === 'claimed' ? [batches[worker]?.[at]] : [])),
          );
          expect(winners.toSorted()).toEqual([...new Set(batches.flat())].toSorted());
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a settle', () => {
  it('writes the ledger, the attempt, the audit row and the outbox together', async () => {
    const conversion = buildConversion();
    await ledger.claim([conversion]);
    await ledger.settle([settlement(conversion, 1, delivered)], () => [message]);
    expect(await rowOf(conversion)).toMatchObject({ state: 'settled', outcome: 'delivered', reference: 'request 1', payload: null });
    expect(await db.selectFrom('google_conversion').select('event_id').execute()).toEqual([{ event_id: conversion.eventId }]);
    expect(await db.selectFrom('delivery_attempt').select(['attempt', 'outcome']).execute()).toEqual([
      { attempt: 1, outcome: 'delivered' },
    ]);
    expect(await db.selectFrom('sender_outbox').select('topic').execute()).toEqual([{ topic: 'conversion-outcomes' }]);
  });

  it('writes nothing at all when one part fails', async () => {
    const conversion = buildConversion();
    await ledger.claim([conversion]);
    const broken = {
      ...settlement(conversion, 1, delivered),
      audit: { table: 'google_conversion', row: { event_id: conversion.eventId } },
    };
    await expect(ledger.settle([broken], () => [message])).rejects.toThrow(/null value/);
    expect(await rowOf(conversion)).toMatchObject({ state: 'in-flight' });
    expect(await db.selectFrom('sender_outbox').selectAll().execute()).toEqual([]);
  });

  it.each<[string, Outcome, number, number | null]>([
    ['delivered is over', delivered, 1, null],
    ['a first retry waits two seconds', retry, 1, 2_000],
    ['a fourth sixteen', retry, 4, 16_000],
    ['and none longer than ten minutes', retry, 99, 600_000],
    ['a throttle waits as long as the platform says', { kind: 'throttled', code: '429', reason: '', afterMs: 40_591_000 }, 1, 40_591_000],
    ['what nobody knows is held for an hour', { kind: 'held', code: 'x', reason: '' }, 1, 3_600_000],
    ['a fault of configuration is tried after a minute', { kind: 'config', code: 'x', reason: '' }, 1, 60_000],
    ['and then ever later, up to an hour', { kind: 'config', code: 'x', reason: '' }, 9, 3_600_000],
  ])('%s', (_sentence, outcome, attempt, expected) => {
    expect(waitMs(outcome, attempt)).toBe(expected);
  });
});

describe('what is due', () => {
  it('comes back as a message with its own payload, once, and may then be claimed', async () => {
    const [waiting, lost] = [buildConversion(), buildConversion()];
    await ledger.claim([waiting, lost]);
    await ledger.settle([settlement(waiting, 1, retry)], () => []);
    expect(await ledger.republishDue('conversions-google', 10)).toBe(0);
    await sql`update delivery set retry_at = now() - interval '1 second' where state = 'waiting'`.execute(db);
    await expireLeases();
    expect(await ledger.republishDue('conversions-google', 10)).toBe(2);
    expect(await ledger.republishDue('conversions-google', 10)).toBe(0);
    const published: unknown[] = [];
    const publish = async (topic: string, messages: { payload: string }[]) => {
      published.push(...messages.map(({ payload }) => ({ topic, conversion: JSON.parse(payload) })));
      return [];
    };
    expect(await relayOutbox(db, { publish }, 'google', 10)).toBe(2);
    expect(published).toEqual(expect.arrayContaining([waiting, lost].map((conversion) => ({ topic: 'conversions-google', conversion }))));
    expect(await ledger.claim([waiting, lost])).toEqual([
      { kind: 'claimed', attempt: 2 },
      { kind: 'claimed', attempt: 2 },
    ]);
  });

  it('may still be settled by a slow worker while the message is on its way', async () => {
    const conversion = buildConversion();
    await ledger.claim([conversion]);
    await expireLeases();
    await ledger.republishDue('conversions-google', 10);
    await ledger.settle([settlement(conversion, 1, delivered)], () => []);
    expect(await ledger.claim([conversion])).toEqual([{ kind: 'settled' }]);
  });
});

it('an outbox whose publish fails keeps its messages', async () => {
  await ledger.enqueue([message]);
  await expect(relayOutbox(db, { publish: async () => Promise.reject(new Error('no server')) }, 'google', 10)).rejects.toThrow('no server');
  expect(await relayOutbox(db, { publish: async () => [] }, 'google', 10)).toBe(1);
});
