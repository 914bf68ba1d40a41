import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { type ConversionOutcome, conversionsTopic, deadLetterTopic, topics } from '@waybill/shared/messages';
import { connectPubsub, createPublisher, type Publisher, type PubSub } from '@waybill/shared/pubsub';
import { createLogger } from '@waybill/shared/telemetry';
import { buildConversion } from '@waybill/shared/testing';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../infra/local/test-database.ts';
import { untilSocketsClosed } from '../../../infra/pubsub-server/conformance-client.ts';
import { type PubsubServer, startPubsubServer } from '../../../infra/pubsub-server/server.ts';
import { applyTopology } from '../../../infra/topology/apply.ts';
import { findPlatforms } from '../../../infra/topology/platforms.ts';
import { planTopology } from '../../../infra/topology/topology.ts';
import { consumeOutcomes } from './consume-outcomes.ts';
import { type DeadLetterAction, type DeadLetterOptions, handleDeadLetters } from './dead-letters.ts';

const project = 'hub-test';
let server: PubsubServer;
let pubsub: PubSub;
let publisher: Publisher;
let database: { url: string; drop(): Promise<void> };
let db: Database;

beforeAll(async () => {
  [server, database] = await Promise.all([startPubsubServer({ port: 0 }), createTestDatabase()]);
  Object.assign(process.env, { PUBSUB_EMULATOR_HOST: `${server.host}:${server.port}`, METADATA_SERVER_DETECTION: 'none' });
  pubsub = connectPubsub(project);
  publisher = createPublisher(pubsub);
  db = connect(database.url);
  await applyTopology(pubsub, planTopology(findPlatforms()));
});
afterAll(async () => {
  await pubsub.close();
  await server.stop();
  await db.destroy();
  await database.drop();
  await untilSocketsClosed();
});

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within half a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const outcome = (changes: Partial<ConversionOutcome>): ConversionOutcome => ({
  version: 1,
  outcomeId: 'google:cv_aaaaaaaa:1',
  platform: 'google',
  account: '1',
  eventId: 'cv_aaaaaaaa',
  conversionType: 'google.paid',
  attempt: 1,
  kind: 'delivered',
  code: null,
  reason: null,
  reference: null,
  endedAt: '2026-11-20T10:00:00.000Z',
  ...changes,
});

describe('outcomes', () => {
  const keptIds = async (): Promise<string[]> => {
    const rows = await db.selectFrom('hub_conversion_outcome').select('outcome_id').orderBy('outcome_id').execute();
    return rows.map(({ outcome_id }) => outcome_id);
  };

  it('are kept once each, though told twice, beside one that cannot be read and one that the database refuses', async () => {
    const tell = (outcomes: unknown[]) =>
      publisher.publish(
        topics.conversionOutcomes,
        outcomes.map((told) => ({ payload: JSON.stringify(told) })),
      );
    const beyondInteger = outcome({ outcomeId: 'refused', attempt: 3_000_000_000 });
    await tell([outcome({ outcomeId: 'a' }), outcome({ outcomeId: 'b' }), outcome({ outcomeId: 'a' }), { version: 1 }, beyondInteger]);
    await tell([outcome({ outcomeId: 'a' }), outcome({ outcomeId: 'c' })]);
    const consumer = consumeOutcomes(db, pubsub, createLogger('hub', 'silent'), new AbortController().signal);
    await until('the three are kept', async () => (await keptIds()).length >= 3);
    await consumer.stop();
    expect(await keptIds()).toEqual(['a', 'b', 'c']);
  });
});

describe('dead letters', () => {
  const all: DeadLetterOptions = { topic: conversionsTopic('google'), limit: 100, eventId: null };
  const handle = (action: DeadLetterAction, options = all) => handleDeadLetters(pubsub, publisher, action, options);
  const ids = async (action: DeadLetterAction, changes: Partial<DeadLetterOptions> = {}) =>
    (await handle(action, { ...all, ...changes })).map(({ eventId }) => eventId).sort();
  const conversions = [1, 2, 3].map((company) => buildConversion({ company }));
  const [first = '', second = '', third = ''] = conversions.map(({ eventId }) => eventId);

  const park = async (platform: string): Promise<void> => {
    await publisher.publish(
      deadLetterTopic(conversionsTopic(platform)),
      conversions.map((conversion) => ({
        payload: JSON.stringify(conversion),
        attributes: { code: 'EXPIRED', reason: 'the click is too old', eventId: conversion.eventId },
      })),
    );
  };

  it('are listed with code and reason, and stay where they are', async () => {
    await park('google');
    const letters = await handle('list');
    expect(letters).toHaveLength(3);
    expect(letters[0]).toMatchObject({ code: 'EXPIRED', reason: 'the click is too old' });
    expect(await ids('list')).toEqual([first, second, third].sort());
  });

  it('are found by event id beyond the limit, and dropped alone', async () => {
    expect(await ids('drop', { eventId: second, limit: 1 })).toEqual([second]);
    expect(await ids('list')).toEqual([first, third].sort());
    expect(await ids('drop', { eventId: 'cv_unknown00' })).toEqual([]);
  });

  it('are at most as many as the limit', async () => {
    expect(await ids('list', { limit: 1 })).toHaveLength(1);
    expect(await ids('list')).toHaveLength(2);
  });

  it('are published again without code and reason, and are gone', async () => {
    const probe = await pubsub.topic(conversionsTopic('google')).createSubscription('probe');
    const arrived: { eventId: string; attributes: Record<string, string> }[] = [];
    probe[0].on('message', (message) => {
      arrived.push({ eventId: JSON.parse(message.data.toString()).eventId, attributes: message.attributes });
      message.ack();
    });
    expect(await ids('replay')).toEqual([first, third].sort());
    await until('both have arrived', async () => arrived.length === 2);
    await probe[0].close();
    expect(arrived.map(({ eventId }) => eventId).sort()).toEqual([first, third].sort());
    expect(arrived.every(({ attributes }) => attributes.code === undefined && attributes.reason === undefined)).toBe(true);
    expect(await ids('list')).toEqual([]);
  });

  it('of a platform that is not there are refused with its name', async () => {
    await expect(handle('list', { ...all, topic: conversionsTopic('gogle') })).rejects.toThrow('There is no platform gogle');
    await expect(handle('list', { ...all, topic: 'tracking' })).rejects.toThrow('There is no topic tracking: Pub/Sub has no subscription');
  });
});

describe('dead letters of tracking events', () => {
  const all: DeadLetterOptions = { topic: topics.trackingEvents, limit: 100, eventId: null };
  const handle = (action: DeadLetterAction, changes: Partial<DeadLetterOptions> = {}) =>
    handleDeadLetters(pubsub, publisher, action, { ...all, ...changes });
  const ids = async (action: DeadLetterAction, changes: Partial<DeadLetterOptions> = {}) =>
    (await handle(action, changes)).map(({ eventId }) => eventId).sort();
  const uuid = (n: number): string => `d3b07384-d113-4c5e-8b1a-00000000000${n}`;
  const texts = [
    `{"kind":"session-started","sessionId":"${uuid(1).toUpperCase()}"}`,
    `{"kind":"lead-captured","sessionId":"${uuid(1)}", "leadId": "${uuid(2)}"}`,
    `{"kind":"signup-completed","sessionId":"${uuid(1)}","signupId":"${uuid(3)}"`,
    `{"kind":"identity-linked","eventId":"${uuid(4)}","from":{"type":"client"}}`,
    'not even JSON',
  ];

  it('are known by the id of the session, lead, signup or link, as far as they can be read', async () => {
    const reasoned = texts.map((payload) => ({ payload, attributes: { reason: 'clientId: must be a UUID' } }));
    await publisher.publish(deadLetterTopic(topics.trackingEvents), reasoned);
    const letters = await handle('list');
    expect(letters.map(({ eventId }) => eventId).sort()).toEqual([uuid(1).toUpperCase(), uuid(2), uuid(3), uuid(4), 'unreadable'].sort());
    expect(letters[0]).toMatchObject({ code: 'MALFORMED', reason: 'clientId: must be a UUID' });
    expect(await ids('drop', { eventId: uuid(1) })).toEqual([uuid(1).toUpperCase()]);
  });

  it('are published again as they were parked, and are gone', async () => {
    const [probe] = await pubsub.topic(topics.trackingEvents).createSubscription('tracking-probe');
    const arrived: string[] = [];
    probe.on('message', (message) => {
      arrived.push(message.data.toString());
      message.ack();
    });
    expect(await ids('replay')).toEqual([uuid(2), uuid(3), uuid(4), 'unreadable'].sort());
    await until('all have arrived', async () => arrived.length === 4);
    await probe.close();
    expect(arrived.sort()).toEqual(texts.slice(1).sort());
    expect(await ids('list')).toEqual([]);
  });
});

describe('the commands', () => {
  async function run(command: string, args: string[], env: Record<string, string> = {}) {
    const child = spawn('node', [join(import.meta.dirname, 'cli', `${command}.ts`), ...args], {
      env: {
        PATH: process.env.PATH,
        METADATA_SERVER_DETECTION: 'none',
        DATABASE_URL: database.url,
        GOOGLE_CLOUD_PROJECT: project,
        PUBSUB_EMULATOR_HOST: `${server.host}:${server.port}`,
        ...env,
      },
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: code as number, out, err };
  }
  const range = ['--platform', 'bing', '--from', '2026-11-01', '--to', '2026-12-01'];
  const nowhere = { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' };
  const noDatabase = { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/none' };

  beforeAll(async () => {
    const conversion = buildConversion({ platform: 'bing', conversionType: 'bing.paid', company: 42 });
    await sql`
      insert into conversion_candidate (event_id, platform, conversion_type, account, action, company, occurred_at, occurrence_key, payload,
                                        rule_version, decided_at)
      values (${conversion.eventId}, 'bing', 'bing.paid', '1', 'paid', 42, ${conversion.occurredAt}, 'company:42',
              ${JSON.stringify(conversion)}::jsonb, 1, now())`.execute(db);
  });

  it.each([
    ['explain tells a life', 'explain', ['--company', '42'], {}, 0, 'One conversion: not published yet.'],
    ['explain of nothing known ends with 1', 'explain', ['--company', '43'], {}, 1, 'company 43: nothing is known of it'],
    ['explain needs no Pub/Sub', 'explain', ['--company', '42'], { GOOGLE_CLOUD_PROJECT: '' }, 0, 'company 42'],
    ['bad usage ends with 2 and tells the usage', 'explain', [], {}, 2, 'Usage: npm run explain'],
    ['a database that is not there ends with 1', 'explain', ['--company', '42'], noDatabase, 1, 'The database cannot be reached'],
    [
      'nothing set and no local stack ends with 2',
      'explain',
      ['--company', '42'],
      { DATABASE_URL: '', WAYBILL_FOLDER: '/nonexistent' },
      2,
      'DATABASE_URL is not set and no local stack was started',
    ],
    ['a dry run only counts, and asks nobody else', 'replay', [...range, '--dry-run'], nowhere, 0, '1 conversion would be published again'],
    ['replay publishes', 'replay', range, {}, 0, '1 conversion published again'],
    ['replay says when Pub/Sub is not there', 'replay', range, nowhere, 1, 'Pub/Sub cannot be asked'],
    ['dead-letters lists', 'dead-letters', ['list', '--platform', 'bing'], {}, 0, '0 dead letters parked'],
    ['dead-letters lists those of a topic', 'dead-letters', ['list', '--topic', 'tracking-events'], {}, 0, '0 dead letters parked'],
    [
      'dead-letters never takes silence for emptiness',
      'dead-letters',
      ['list', '--platform', 'bing'],
      nowhere,
      1,
      'Pub/Sub cannot be asked',
    ],
    ['help ends with 0', 'dead-letters', ['--help'], {}, 0, 'Usage: npm run dead-letters'],
  ])('%s', async (_, command, args, env, code, words) => {
    const ended = await run(command, args, env as Record<string, string>);
    expect({ code: ended.code, says: `${ended.out}${ended.err}` }).toEqual({ code, says: expect.stringContaining(words) });
  });
});

describe('the service', () => {
  it('starts without a database, says so on its page, and ends in good order', async () => {
    const env = {
      PATH: process.env.PATH,
      METADATA_SERVER_DETECTION: 'none',
      DATABASE_URL: 'postgres://postgres@127.0.0.1:1/none',
      GOOGLE_CLOUD_PROJECT: project,
      PUBSUB_EMULATOR_HOST: `${server.host}:${server.port}`,
      PORT: '0',
      LOG_LEVEL: 'silent',
    };
    const child = fork(join(import.meta.dirname, 'main.ts'), { env, execArgv: [] });
    const ended = once(child, 'close');
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect({ status: page.status, says: await page.text() }).toEqual({
      status: 503,
      says: expect.stringContaining('The database cannot be reached'),
    });
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });
});
