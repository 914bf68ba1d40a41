import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PubSub, v1 } from '@google-cloud/pubsub';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, pull, withSubscriber } from './conformance-client.ts';
import { startPubsubServer } from './server.ts';

let folder: string;
const endings: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubsub-server-'));
});

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  await rm(folder, { recursive: true });
});

describe('The embedded server', () => {
  it('takes the next free port when the wanted one is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    endings.push(async () => taken.close());
    const { port } = taken.address() as { port: number };
    const server = await startPubsubServer({ port });
    endings.push(server.stop);
    expect(server.port).toBeGreaterThan(port);
  });

  it('has after a kill what was published and not acked, the order and the settings included', async () => {
    const first = await startProcess();
    const { topic, subscription } = await createOrderedPair(first.pubsub);
    const texts = Array.from({ length: 60 }, (_, index) => String(index));
    await Promise.all(texts.map((text) => topic.publishMessage({ data: Buffer.from(text), orderingKey: 'key' })));
    await withSubscriber(first.pubsub, async (subscriber) => {
      const received = await pull(subscriber, subscription, 10);
      await subscriber.acknowledge({ subscription: subscription.name, ackIds: received.map((one) => one.ackId ?? '') });
    });
    await first.kill();

    for (const restart of [1, 2]) {
      const next = await startProcess();
      const kept = next.pubsub.subscription(subscription.name);
      expect({ restart, metadata: (await kept.getMetadata())[0] }).toMatchObject({
        metadata: { ackDeadlineSeconds: 44, enableMessageOrdering: true },
      });
      await withSubscriber(next.pubsub, async (subscriber) => {
        expect(await pullTexts(subscriber, kept, 50)).toEqual(texts.slice(10));
      });
      await next.kill();
    }
  });

  it('has after a kill amid publishing every message whose publish was answered', async () => {
    const first = await startProcess();
    await first.pubsub.createTopic('busy');
    const topic = first.pubsub.topic('busy', { gaxOpts: { retry: null } });
    const [subscription] = await topic.createSubscription('busy');
    const answered = new Set<string>();
    await new Promise<void>((resolve) => {
      const note = (messageId: string) => {
        if (answered.add(messageId).size === 1000) resolve();
      };
      // Those that the kill leaves unanswered fail.
      for (let sent = 0; sent < 20_000; sent++) topic.publishMessage({ data: Buffer.alloc(1000) }).then(note, () => {});
    });
    await first.kill();
    const promised = [...answered];

    const next = await startProcess();
    const kept = new Set<string>();
    await withSubscriber(next.pubsub, async (subscriber) => {
      while (promised.some((messageId) => !kept.has(messageId))) {
        for (const { message } of await pull(subscriber, subscription, 1000)) kept.add(message?.messageId ?? '');
      }
    });
    expect(promised.filter((messageId) => !kept.has(messageId))).toEqual([]);
  });

  it('has after a stop what a seek brought back, its snapshots and nothing that was deleted', async () => {
    const first = await startHere();
    const { topic, subscription } = await createOrderedPair(first.pubsub);
    await topic.publishMessage({ data: Buffer.from('purged') });
    const snapshot = first.pubsub.subscription(subscription.name).snapshot('before');
    await snapshot.create();
    await subscription.seek(new Date(Date.now() + 1000));
    const [gone] = await topic.createSubscription('gone');
    await gone.delete();
    await first.stop();

    const second = await startHere();
    const kept = second.pubsub.subscription(subscription.name);
    expect(await second.pubsub.subscription('gone').exists()).toEqual([false]);
    await withSubscriber(second.pubsub, async (subscriber) => {
      await second.pubsub.topic(topic.name).publishMessage({ data: Buffer.from('fresh') });
      expect(await pullTexts(subscriber, kept, 1)).toEqual(['fresh']);
      await kept.seek('before');
      expect(await pullTexts(subscriber, kept, 2)).toEqual(['purged', 'fresh']);
    });
  });
});

async function createOrderedPair(pubsub: PubSub) {
  await pubsub.createTopic('kept-topic');
  const topic = pubsub.topic('kept-topic', { messageOrdering: true });
  const [subscription] = await topic.createSubscription('kept', { enableMessageOrdering: true });
  await subscription.setMetadata({ ackDeadlineSeconds: 44 });
  return { topic, subscription };
}

async function pullTexts(
  subscriber: v1.SubscriberClient,
  subscription: ReturnType<PubSub['subscription']>,
  count: number,
): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const received = await pull(subscriber, subscription, count);
    texts.push(...received.map((one) => Buffer.from(one.message?.data ?? '').toString()));
    await subscriber.modifyAckDeadline({
      subscription: subscription.name,
      ackIds: received.map((one) => one.ackId ?? ''),
      ackDeadlineSeconds: 60,
    });
  }
  return texts;
}

async function startHere() {
  const server = await startPubsubServer({ port: 0, folder });
  const pubsub = connect(server);
  let stopped: Promise<unknown> | null = null;
  const stop = () => {
    stopped ??= pubsub.close().then(server.stop);
    return stopped;
  };
  endings.push(stop);
  return { pubsub, stop };
}

async function startProcess() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--folder', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endings.push(() => kill(child));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const pubsub = connect({ host: '127.0.0.1', port: Number(line.split(':').at(-1)) });
  endings.push(() => pubsub.close());
  return { pubsub, kill: () => kill(child) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
