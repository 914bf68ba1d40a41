import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import type { Conversion, Correction } from '../conversion/index.ts';
import { connect, type Database } from '../db/index.ts';
import { postgresLedger } from '../ledger/index.ts';
import { buildConversion } from '../testing/index.ts';
import { deliverBatch } from './deliver-batch.ts';
import { MemoryLanes } from './lanes.ts';
import type { Platform, Route } from './platform.ts';

const account = '3625606301';
const now = new Date('2026-11-20T10:00:00.000Z');

let database: { url: string; drop(): Promise<void> };
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** A platform that takes everything, and notes each request: its way and what it carried. */
function noting() {
  const requests: [string, string[]][] = [];
  const route = (name: string): Route<string> => ({
    toItem: ({ eventId }) => ({ ok: true, item: eventId }),
    upload: async (_account, items) => {
      requests.push([name, items]);
      return { kind: 'answered', outcomes: items.map(() => ({ kind: 'delivered', reference: null })) };
    },
  });
  const platform: Platform<string> = {
    ...{ name: 'google', batchLimit: 100, ...route('conversions') },
    corrections: { restatement: route('restatements'), retraction: route('retractions') },
    ...{ budgetsOf: () => [], readBack: null },
    toAudit: (conversion) => ({
      table: 'generic_conversions',
      row: {
        ...{ platform: 'google', event_id: conversion.eventId, conversion_type: conversion.conversionType, account },
        ...{ conversion_time: conversion.occurredAt, date_created: now.toISOString() },
      },
    }),
  };
  return { requests, platform };
}

const correct = (original: Conversion, kind: Correction['kind'], sequence: number): Conversion => ({
  ...original,
  eventId: `${original.eventId}${sequence}`,
  value: kind === 'retraction' ? null : { amount: `${sequence}.00`, currency: 'USD' },
  correction: { kind, of: original.eventId, sequence, correctedAt: now.toISOString() },
});

it('of one event id with two contents in a batch the first is sent, the second parked and told, and the same again is a duplicate', async () => {
  const { requests, platform } = noting();
  const ledger = postgresLedger(db, 'google', 60);
  const one = buildConversion({ company: null });
  const other = { ...one, value: { amount: '99.00', currency: 'USD' } };
  const report = await deliverBatch({ platform, ledger, lanes: new MemoryLanes(), clock: { now: () => now } }, account, [one, one, other]);
  expect(report.counts).toEqual({ delivered: 1, settled: 1, conflict: 1 });
  expect(requests).toEqual([['conversions', [one.eventId]]]);
  const { rows } = await sql<{ topic: string; code: string }>`
    select topic, attributes ->> 'code' as code from sender_outbox where payload like ${`%${one.eventId}%`} order by topic`.execute(db);
  expect(rows.filter(({ topic }) => topic === 'conversions-google-dead-letter')).toEqual([
    { topic: 'conversions-google-dead-letter', code: 'PAYLOAD_CONFLICT' },
  ]);
  expect(rows.filter(({ topic }) => topic === 'conversion-outcomes')).toHaveLength(3);
});

describe('corrections in a batch', () => {
  it('go after their original, each kind in requests of its own, and never back', async () => {
    const { requests, platform } = noting();
    const ledger = postgresLedger(db, 'google', 60);
    const deliver = (...conversions: Conversion[]) =>
      deliverBatch({ platform, ledger, lanes: new MemoryLanes(), clock: { now: () => now } }, account, conversions);
    const [one, other] = [buildConversion({ company: null }), buildConversion({ company: null })];
    const first = correct(one, 'restatement', 1);
    const second = correct(one, 'restatement', 2);

    expect((await deliver(first)).counts).toEqual({ later: 1 });
    expect((await deliver(one, other)).counts).toEqual({ delivered: 2 });
    await db.updateTable('delivery').set({ state: 'republished' }).where('event_id', '=', first.eventId).execute();
    expect((await deliver(first, correct(other, 'retraction', 1))).counts).toEqual({ delivered: 2 });
    expect((await deliver(second)).counts).toEqual({ delivered: 1 });
    expect((await deliver(one, first, second)).counts).toEqual({ settled: 3 });
    expect((await deliver(correct(other, 'restatement', 2))).counts).toEqual({ rejected: 1 });

    expect(requests).toEqual([
      ['conversions', [one.eventId, other.eventId]],
      ['restatements', [first.eventId]],
      ['retractions', [`${other.eventId}1`]],
      ['restatements', [second.eventId]],
    ]);
  });

  it('of a platform that takes none are rejected, and the conversions beside them go', async () => {
    const { requests, platform } = noting();
    const ledger = postgresLedger(db, 'google', 60);
    const deliver = (...conversions: Conversion[]) =>
      deliverBatch(
        { platform: { ...platform, corrections: null }, ledger, lanes: new MemoryLanes(), clock: { now: () => now } },
        account,
        conversions,
      );
    const [one, other] = [buildConversion({ company: null }), buildConversion({ company: null })];
    await deliver(one);
    expect((await deliver(correct(one, 'restatement', 1), other)).counts).toEqual({ delivered: 1, rejected: 1 });
    expect(requests.flatMap(([, items]) => items)).toEqual([one.eventId, other.eventId]);
  });

  it('that a configuration is missing for pause nothing but their own kind, and are told to somebody', async () => {
    const { requests, platform } = noting();
    const ledger = postgresLedger(db, 'google', 60);
    const config = { kind: 'config', code: 'TOKEN', reason: 'the token may not retract' } as const;
    const retraction: Route<string> = {
      toItem: ({ eventId }) => ({ ok: true, item: eventId }),
      upload: async () => ({ kind: 'refused', outcome: config, blamed: new Map() }),
    };
    const lanes = new MemoryLanes();
    const restatement: Route<string> = { ...retraction, toItem: () => ({ ok: false, outcome: { ...config, code: 'NOT_SET_UP' } }) };
    const corrected: Platform<string> = { ...platform, corrections: { restatement, retraction } };
    const deliver = (...conversions: Conversion[]) =>
      deliverBatch({ platform: corrected, ledger, lanes, clock: { now: () => now } }, account, conversions);
    const [one, other] = [buildConversion({ company: null }), buildConversion({ company: null })];
    await deliver(one);
    expect(await deliver(correct(one, 'retraction', 1))).toMatchObject({ counts: { config: 1 }, alert: { code: 'TOKEN' } });
    expect((await deliver(other)).counts).toEqual({ delivered: 1 });
    expect(await deliver(correct(other, 'restatement', 1))).toMatchObject({ counts: { config: 1 }, alert: { code: 'NOT_SET_UP' } });
    expect(requests.flatMap(([, items]) => items)).toEqual([one.eventId, other.eventId]);
  });
});

describe('an event id that comes twice in a batch', () => {
  const lettersOf = async (eventId: string) => {
    const rows = await db
      .selectFrom('sender_outbox')
      .select(['topic', 'payload'])
      .where('payload', 'like', `%${eventId}%`)
      .orderBy('id')
      .execute();
    return rows.filter(({ topic }) => topic.endsWith('dead-letter')).map(({ payload }) => JSON.parse(payload) as Conversion);
  };

  it('with another content each time is sent as it came first, and every other content is parked as a conflict', async () => {
    const { requests, platform } = noting();
    const ledger = postgresLedger(db, 'google', 60);
    const deliver = (...conversions: Conversion[]) =>
      deliverBatch({ platform, ledger, lanes: new MemoryLanes(), clock: { now: () => now } }, account, conversions);
    const one = buildConversion({ company: null });
    const second = { ...one, value: { amount: '2.00', currency: 'USD' } };
    const third = { ...one, value: { amount: '3.00', currency: 'USD' } };
    expect((await deliver(one, second, one, third)).counts).toEqual({ delivered: 1, conflict: 2, settled: 1 });
    expect(requests).toEqual([['conversions', [one.eventId]]]);
    expect(await lettersOf(one.eventId)).toEqual([second, third]);
    expect((await deliver(second, one)).counts).toEqual({ conflict: 1, settled: 1 });
    expect(await lettersOf(one.eventId)).toEqual([second, third, second]);
  });
});

describe('an ending that the database refuses', () => {
  it('is held and told to somebody, and keeps no other conversion of the batch from its own', async () => {
    const { requests, platform } = noting();
    const ledger = postgresLedger(db, 'google', 60);
    const withValue: Platform<string> = {
      ...platform,
      toAudit: (conversion, outcome, at) => {
        const { table, row } = platform.toAudit(conversion, outcome, at);
        return { table, row: { ...row, value: conversion.value?.amount } };
      },
    };
    const conversions = Array.from({ length: 9 }, (_, n) =>
      buildConversion({ company: null, value: { amount: n === 4 ? '999999999999999' : '5', currency: 'USD' } }),
    );
    const report = await deliverBatch(
      { platform: withValue, ledger, lanes: new MemoryLanes(), clock: { now: () => now } },
      account,
      conversions,
    );
    expect(report).toMatchObject({ counts: { delivered: 8, held: 1 }, alert: { kind: 'held', code: 'ENDING_REFUSED' } });
    expect(requests).toHaveLength(1);
    const rows = await db
      .selectFrom('delivery')
      .select(['event_id', 'state'])
      .where(
        'event_id',
        'in',
        conversions.map(({ eventId }) => eventId),
      )
      .execute();
    expect(rows.filter(({ state }) => state !== 'settled').map(({ event_id }) => event_id)).toEqual([conversions[4]?.eventId]);
  });
});
