import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { untilSocketsClosed } from '../../../../infra/pubsub-server/conformance-client.ts';
import { type PubsubServer, startPubsubServer } from '../../../../infra/pubsub-server/server.ts';
import { deadLetterTopic, parkingSubscription } from '../messages/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { connectPubsub, consume, createPublisher, type PubSub } from './index.ts';

const topic = 'numbers';
const subscription = `${topic}.reader`;
const unreadable = 'unreadable';
let server: PubsubServer;
let pubsub: PubSub;

beforeAll(async () => {
  server = await startPubsubServer({ port: 0 });
  Object.assign(process.env, { PUBSUB_EMULATOR_HOST: `${server.host}:${server.port}`, METADATA_SERVER_DETECTION: 'none' });
  pubsub = connectPubsub('consume-test');
  for (const name of [topic, unreadable]) {
    await pubsub.createTopic(deadLetterTopic(name));
    await pubsub.topic(deadLetterTopic(name)).createSubscription(parkingSubscription(name));
    await pubsub.createTopic(name);
    const deadLetterPolicy = { deadLetterTopic: pubsub.topic(deadLetterTopic(name)).name, maxDeliveryAttempts: 20 };
    await pubsub.topic(name).createSubscription(`${name}.reader`, { ackDeadlineSeconds: 60, deadLetterPolicy });
  }
});
afterAll(async () => {
  await pubsub.close();
  await server.stop();
  await untilSocketsClosed();
});

it('a message at which the handler throws comes again alone: those of its batch are handled, however many throw', async () => {
  const poison = new Set([3, 40, 41]);
  const handled: number[] = [];
  let calls = 0;
  let attemptsOnPoison = 0;
  const done = Promise.withResolvers<void>();
  const consumer = consume<number>(pubsub, createPublisher(pubsub), createLogger('test', 'silent'), {
    ...{ topic, subscription, batch: { size: 64, waitMs: 500 } },
    decode: (text) => ({ ok: true, value: Number(text) }),
    handle: async (numbers) => {
      calls += 1;
      if (numbers.some((number) => poison.has(number) && attemptsOnPoison < 60)) {
        if (numbers.length === 1) attemptsOnPoison += 1;
        // The third time round nobody minds any more, so that the test ends.
        if (attemptsOnPoison >= 6) poison.clear();
        throw new Error('a bug');
      }
      handled.push(...numbers);
      if (handled.length === 64) done.resolve();
      return numbers.map(() => 'ack' as const);
    },
  });
  const numbers = Array.from({ length: 64 }, (_, number) => number);
  await createPublisher(pubsub).publish(
    topic,
    numbers.map((number) => ({ payload: `${number}` })),
  );
  await done.promise;
  await consumer.stop();
  expect(handled.toSorted((left, right) => left - right)).toEqual(numbers);
  expect(attemptsOnPoison).toBeGreaterThanOrEqual(6);
  expect(calls).toBeLessThan(60);
});

/** The next message that is parked for a topic. */
function nextParked(of: string): { letter: Promise<{ text: string; attributes: Record<string, string> }>; close(): Promise<void> } {
  const arrived = Promise.withResolvers<{ text: string; attributes: Record<string, string> }>();
  const parking = pubsub.subscription(parkingSubscription(of));
  parking.on('error', arrived.reject);
  parking.on('message', (message) => {
    message.ack();
    arrived.resolve({ text: message.data.toString('utf8'), attributes: message.attributes });
  });
  return { letter: arrived.promise, close: () => parking.close() };
}

it('a message that fails again and again is parked with that as its reason, redacted, before Pub/Sub would forward it', async () => {
  const parking = nextParked(unreadable);
  let failures = 0;
  const consumer = consume<string>(pubsub, createPublisher(pubsub), createLogger('test', 'silent'), {
    ...{ topic: unreadable, subscription: `${unreadable}.reader`, batch: { size: 1, waitMs: 1 } },
    decode: (value) => ({ ok: true, value }),
    redact: (text) => text.replace('ann', 'somebody'),
    handle: async () => {
      failures += 1;
      throw new Error('a bug');
    },
  });
  await createPublisher(pubsub).publish(unreadable, [{ payload: 'call ann' }]);
  const { text, attributes } = await parking.letter;
  await Promise.all([consumer.stop(), parking.close()]);
  expect([failures, text, attributes.reason]).toEqual([
    ...[10, 'call somebody', `it failed 10 times; the log of the reader of ${unreadable}.reader tells why`],
  ]);
});

it('a message that cannot be read is parked with its reason, redacted where its consumer says how', async () => {
  const parked = async (redact?: (text: string) => string) => {
    const parking = nextParked(unreadable);
    const consumer = consume<never>(pubsub, createPublisher(pubsub), createLogger('test', 'silent'), {
      ...{
        topic: unreadable,
        subscription: `${unreadable}.reader`,
        batch: { size: 1, waitMs: 1 },
        ...(redact === undefined ? {} : { redact }),
      },
      decode: () => ({ ok: false, reason: 'the message is not a number' }),
      handle: async () => [],
    });
    await createPublisher(pubsub).publish(unreadable, [{ payload: 'call ann at 12', attributes: { origin: 'form' } }]);
    const letter = await parking.letter;
    await Promise.all([consumer.stop(), parking.close()]);
    return letter;
  };
  const attributes = expect.objectContaining({
    reason: 'the message is not a number',
    subscription: `${unreadable}.reader`,
    origin: 'form',
  });
  expect(await parked()).toEqual({ text: 'call ann at 12', attributes });
  expect(await parked((text) => text.replace('ann', 'somebody'))).toEqual({ text: 'call somebody at 12', attributes });
});
