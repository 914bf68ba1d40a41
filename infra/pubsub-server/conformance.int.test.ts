import type { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { checks, closeInboxes } from './conformance-checks.ts';
import { connect, untilSocketsClosed } from './conformance-client.ts';
import { findGoogleEmulator, startGoogleEmulator } from './google-emulator.ts';
import { type PubsubServer, startPubsubServer } from './server.ts';

const googleLacks: readonly string[] = [
  'a filter lets only matching messages through',
  'a nack of an ordered message also brings back those after it, in order',
  'a retry policy keeps a failed message back for at least its minimum, and longer each time',
  'a stream gets no more than it can hold, and another gets the rest',
  'the labels of a topic can be changed',
  'a quiet stream answers the pings by which the client knows that it lives',
];

const jar = findGoogleEmulator();
const embedded = { server: 'The embedded server', start: () => startPubsubServer({ port: 0 }), offered: checks };
const google = (path: string) => ({
  server: "Google's emulator",
  start: () => startGoogleEmulator({ jar: path, port: 0 }),
  offered: checks.filter((check) => !googleLacks.includes(check.title)),
});

describe.each(jar === null ? [embedded] : [embedded, google(jar)])('$server', ({ start, offered }) => {
  const outcomes = new Map<string, Promise<void>>();
  let server: PubsubServer;
  let pubsub: PubSub;

  // All at once, for the leases of several checks must run out; a check shares no topic with another.
  beforeAll(async () => {
    server = await start();
    pubsub = connect(server);
    for (const { title, run } of offered) outcomes.set(title, run(pubsub));
    for (const outcome of outcomes.values()) outcome.catch(() => {});
  });

  afterAll(async () => {
    await closeInboxes();
    await pubsub.close();
    await server.stop();
    await untilSocketsClosed();
  });

  it.each(offered)('$title', ({ title }) => outcomes.get(title), 30_000);
});
