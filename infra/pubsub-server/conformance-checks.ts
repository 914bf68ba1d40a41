import { Duration, type Message, type PubSub, type Subscription, type SubscriptionOptions, type Topic } from '@google-cloud/pubsub';
import { expect } from '@jest/globals';
import { pull, withSubscriber } from './conformance-client.ts';

/** What every Pub/Sub server owes its clients, checked through Google's client alone. */
export type Check = { readonly title: string; run(pubsub: PubSub): Promise<void> };

type SubscriptionConfig = Parameters<Topic['createSubscription']>[1];

const leastLeaseSeconds = 10;
const open: Inbox[] = [];
let names = 0;

export const checks: readonly Check[] = [
  {
    title: 'a published message arrives as it was sent',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      const messageId = await topic.publishMessage({ data: Buffer.from([0, 255, 10]), attributes: { unit: 'ünit' }, orderingKey: '' });
      const [message] = await listen(subscription, ack).until(1);
      expect({ id: message?.id, data: message?.data, attributes: message?.attributes, orderingKey: message?.orderingKey }).toEqual({
        id: messageId,
        data: Buffer.from([0, 255, 10]),
        attributes: { unit: 'ünit' },
        orderingKey: '',
      });
      expect(Math.abs(Number(message?.publishTime) - Date.now())).toBeLessThan(60_000);
    },
  },
  {
    title: 'what exists cannot be created again and what does not exist is not found',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      const missing = name('missing');
      expect(await codeOf(pubsub.createTopic(topic.name))).toBe(6);
      expect(await codeOf(topic.createSubscription(subscription.name))).toBe(6);
      expect(await codeOf(pubsub.topic(missing).createSubscription(name('orphan')))).toBe(5);
      expect(await codeOf(pubsub.topic(missing).publishMessage({ data: Buffer.from('x') }))).toBe(5);
      expect(await codeOf(pubsub.topic(missing).getMetadata())).toBe(5);
      expect(await codeOf(pubsub.topic(missing).delete())).toBe(5);
      expect(await codeOf(pubsub.subscription(missing).getMetadata())).toBe(5);
      expect(await codeOf(pubsub.subscription(missing).delete())).toBe(5);
    },
  },
  {
    title: 'topics and subscriptions are listed with their settings until they are deleted',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub, { ackDeadlineSeconds: 33, labels: { team: 'ads' } });
      const listed = async () => {
        const [[topics], [subscriptions], [ofTopic]] = await Promise.all([
          pubsub.getTopics(),
          pubsub.getSubscriptions(),
          topic.getSubscriptions(),
        ]);
        const namesOf = (resources: { name: string }[]) => resources.map((resource) => resource.name);
        return [namesOf(topics).includes(topic.name), namesOf(subscriptions).includes(subscription.name), namesOf(ofTopic)];
      };
      expect(await listed()).toEqual([true, true, [subscription.name]]);
      const [metadata] = await subscription.getMetadata();
      expect(metadata).toMatchObject({ topic: topic.name, ackDeadlineSeconds: 33, labels: { team: 'ads' } });
      await subscription.delete();
      expect(await subscription.exists()).toEqual([false]);
      await topic.delete();
      expect(await topic.exists()).toEqual([false]);
    },
  },
  {
    title: 'a list comes in pages of the size asked for',
    run: async (pubsub) => {
      const { topic } = await createPair(pubsub);
      for (const label of ['a', 'b']) await topic.createSubscription(name(label));
      const [page, next] = await topic.getSubscriptions({ pageSize: 2, autoPaginate: false });
      const [rest] = await topic.getSubscriptions({ ...next, autoPaginate: false });
      expect([page.length, rest.length]).toEqual([2, 1]);
      expect(new Set([...page, ...rest].map((subscription) => subscription.name)).size).toBe(3);
    },
  },
  {
    title: 'a pull gives at most the messages asked for, and an ack ends them',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      const published = await publishAll(topic, ['a', 'b', 'c']);
      const pulled: string[] = [];
      await withSubscriber(pubsub, async (subscriber) => {
        while (pulled.length < 3) {
          const received = await pull(subscriber, subscription, 2);
          expect(received.length).toBeLessThanOrEqual(2);
          pulled.push(...received.map((one) => one.message?.messageId ?? ''));
          const ackIds = received.map((one) => one.ackId ?? '');
          if (ackIds.length > 0) await subscriber.acknowledge({ subscription: subscription.name, ackIds });
        }
      });
      expect(pulled.sort()).toEqual(published.sort());
    },
  },
  {
    title: 'a nack brings the message back',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      const [id] = await publishAll(topic, ['again']);
      const inbox = listen(subscription, (message, earlier) => (earlier.length < 2 ? message.nack() : message.ack()));
      expect((await inbox.until(3)).map((message) => message.id)).toEqual([id, id, id]);
    },
  },
  {
    title: 'a lease that runs out gives the message to another, and what was acked does not come back',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub, { ackDeadlineSeconds: leastLeaseSeconds });
      const [kept, acked] = await publishAll(topic, ['kept', 'acked']);
      await withSubscriber(pubsub, async (subscriber) => {
        for (let pulled = 0; pulled < 2; ) {
          const received = await pull(subscriber, subscription, 2);
          pulled += received.length;
          const ackIds = received.filter((one) => one.message?.messageId === acked).map((one) => one.ackId ?? '');
          if (ackIds.length > 0) await subscriber.acknowledge({ subscription: subscription.name, ackIds });
        }
      });
      const [first] = await listen(subscription, ack).until(1);
      expect(first?.id).toBe(kept);
    },
  },
  {
    title: 'the client holds a slow message beyond its first lease',
    run: async (pubsub) => {
      const config = { ackDeadlineSeconds: leastLeaseSeconds };
      const { topic, subscription } = await createPair(pubsub, config);
      const [unheld] = await topic.createSubscription(name('unheld'), config);
      await publishAll(topic, ['slow']);
      const slow = listen(subscription, () => {});
      await slow.until(1);
      await withSubscriber(pubsub, async (subscriber) => {
        for (let pulled = 0; pulled < 2; ) pulled += (await pull(subscriber, unheld, 1)).length;
      });
      expect(slow.messages).toHaveLength(1);
      slow.messages[0]?.ack();
    },
  },
  {
    title: 'a filter lets only matching messages through',
    run: async (pubsub) => {
      const filter = 'attributes.platform = "google" AND NOT hasPrefix(attributes.type, "test") AND attributes:type';
      const { topic, subscription } = await createPair(pubsub, { filter });
      const attributes: Record<string, string>[] = [
        { platform: 'bing', type: 'lead' },
        { platform: 'google', type: 'test_lead' },
        { platform: 'google' },
        { platform: 'google', type: 'lead' },
      ];
      for (const one of attributes) await topic.publishMessage({ data: Buffer.from('x'), attributes: one });
      const [first] = await listen(subscription, ack).until(1);
      expect(first?.attributes).toEqual({ platform: 'google', type: 'lead' });
      expect(await codeOf(topic.createSubscription(name('bad'), { filter: 'attributes.platform ~ "x"' }))).toBe(3);
    },
  },
  {
    title: 'messages of an ordering key arrive in the order they were published',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub, { enableMessageOrdering: true }, true);
      const keys = ['a', 'b', 'c'];
      const inbox = listen(subscription, ack);
      const numbers = Array.from({ length: 40 }, (_, index) => String(index));
      await Promise.all(
        numbers.flatMap((data) => keys.map((orderingKey) => topic.publishMessage({ data: Buffer.from(data), orderingKey }))),
      );
      const messages = await inbox.until(numbers.length * keys.length);
      for (const key of keys) expect(textsOf(messages.filter((message) => message.orderingKey === key))).toEqual(numbers);
    },
  },
  {
    title: 'a nack of an ordered message also brings back those after it, in order',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub, { enableMessageOrdering: true }, true);
      await Promise.all(['1', '2', '3', '4'].map((data) => topic.publishMessage({ data: Buffer.from(data), orderingKey: 'key' })));
      const inbox = listen(subscription, (message, earlier) => {
        if (earlier.length > 3) message.ack();
        if (earlier.length === 3) (earlier[1] as Message).nack();
      });
      const messages = await inbox.until(7);
      expect(textsOf(messages)).toEqual(['1', '2', '3', '4', '2', '3', '4']);
      messages[0]?.ack();
    },
  },
  {
    title: 'a message that failed five times moves to the dead-letter topic and says where it comes from',
    run: async (pubsub) => {
      const [deadTopic] = await pubsub.createTopic(name('dead'));
      const [dead] = await deadTopic.createSubscription(name('dead'));
      const policy = { deadLetterTopic: deadTopic.name, maxDeliveryAttempts: 5 };
      const { topic, subscription } = await createPair(pubsub, { deadLetterPolicy: policy });
      await topic.publishMessage({ data: Buffer.from('poison'), attributes: { reason: 'none' } });
      const inbox = listen(subscription, (message) => message.nack());
      const [forwarded] = await listen(dead, ack).until(1);
      expect(inbox.messages.map((message) => message.deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
      expect(textsOf([forwarded as Message])).toEqual(['poison']);
      expect(forwarded?.attributes).toMatchObject({
        reason: 'none',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: subscription.name.split('/').at(-1),
        CloudPubSubDeadLetterSourceSubscriptionProject: pubsub.projectId,
        CloudPubSubDeadLetterSourceTopicPublishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
    },
  },
  {
    title: 'a retry policy keeps a failed message back for at least its minimum, and longer each time',
    run: async (pubsub) => {
      const retryPolicy = { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 60 } };
      const { topic, subscription } = await createPair(pubsub, { retryPolicy });
      await publishAll(topic, ['later']);
      const nackedAt: number[] = [];
      const receivedAt: number[] = [];
      const inbox = listen(subscription, (message) => {
        receivedAt.push(Date.now());
        nackedAt.push(Date.now());
        if (receivedAt.length === 3) message.ack();
        else message.nack();
      });
      await inbox.until(3);
      const waitedMs = nackedAt.slice(0, 2).map((at, index) => (receivedAt[index + 1] ?? 0) - at);
      expect(waitedMs[0]).toBeGreaterThanOrEqual(1000);
      expect(waitedMs[1]).toBeGreaterThanOrEqual(2000);
    },
  },
  {
    title: 'a seek to the past brings back retained messages that were acked',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub, { retainAckedMessages: true });
      const ids = await publishAll(topic, ['a', 'b']);
      const inbox = listen(subscription, ack);
      await inbox.until(2);
      await inbox.close();
      await subscription.seek(new Date(Date.now() - 60_000));
      const again = await listen(subscription, ack).until(2);
      expect(again.map((message) => message.id).sort()).toEqual(ids.sort());
    },
  },
  {
    title: 'a seek to the future purges the backlog and nothing that comes after it',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      await publishAll(topic, ['old', 'old']);
      await subscription.seek(new Date(Date.now() + 1000));
      const inbox = listen(subscription, ack);
      while (inbox.messages.length === 0) await publishAll(topic, ['new']);
      expect(new Set(textsOf(inbox.messages))).toEqual(new Set(['new']));
    },
  },
  {
    title: 'a topic with retention gives a later subscription what came before it',
    run: async (pubsub) => {
      const [topic] = await pubsub.createTopic({ name: name('retained'), messageRetentionDuration: { seconds: 600 } });
      const [id] = await publishAll(topic, ['before']);
      const [subscription] = await topic.createSubscription(name('late'));
      await subscription.seek(new Date(Date.now() - 60_000));
      const [message] = await listen(subscription, ack).until(1);
      expect(message?.id).toBe(id);
    },
  },
  {
    title: 'a seek to a snapshot brings back what was not acked when it was taken and what came after',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      const [before] = await publishAll(topic, ['before']);
      const snapshot = subscription.snapshot(name('snapshot'));
      await snapshot.create();
      const [after] = await publishAll(topic, ['after']);
      const inbox = listen(subscription, ack);
      await inbox.until(2);
      await inbox.close();
      await snapshot.seek();
      const again = await listen(subscription, ack).until(2);
      expect(again.map((message) => message.id).sort()).toEqual([before, after].sort());
      await snapshot.delete();
    },
  },
  {
    title: 'with exactly-once delivery an ack is confirmed',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub, { enableExactlyOnceDelivery: true });
      await publishAll(topic, ['once']);
      const [message] = await listen(subscription, () => {}).until(1);
      expect(await message?.ackWithResponse()).toBe('SUCCESS');
    },
  },
  {
    title: 'with exactly-once delivery the ack of a lease that ran out is invalid',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub, { enableExactlyOnceDelivery: true, ackDeadlineSeconds: leastLeaseSeconds });
      const [id] = await publishAll(topic, ['late']);
      const lease = Duration.from({ seconds: leastLeaseSeconds });
      const options = { minAckDeadline: lease, maxAckDeadline: lease, maxExtensionTime: Duration.from({ seconds: 0 }) };
      const [first, second] = await listen(subscription, () => {}, options).until(2);
      expect([first?.id, second?.id]).toEqual([id, id]);
      await expect(first?.ackWithResponse()).rejects.toMatchObject({ errorCode: 'INVALID' });
      expect(await second?.ackWithResponse()).toBe('SUCCESS');
    },
  },
  {
    title: 'a subscriber never holds more messages than it asked for',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      await publishAll(
        topic,
        Array.from({ length: 21 }, (_, index) => String(index)),
      );
      const held: Message[] = [];
      const heldAtOnce: number[] = [];
      const take = (message: Message) => {
        heldAtOnce.push(held.push(message));
        if (held.length === 3) for (const one of held.splice(0)) one.ack();
      };
      await listen(subscription, take, { flowControl: { maxMessages: 3 } }).until(21);
      expect(Math.max(...heldAtOnce)).toBe(3);
    },
  },
  {
    title: 'a stream gets no more than it can hold, and another gets the rest',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      await publishAll(
        topic,
        Array.from({ length: 20 }, (_, index) => String(index)),
      );
      const full = listen(subscription, () => {}, { flowControl: { maxMessages: 3 }, streamingOptions: { maxStreams: 1 } });
      await full.until(3);
      const others = await listen(pubsub.subscription(subscription.name), ack).until(17);
      expect(new Set([...full.messages, ...others].map((message) => message.id)).size).toBe(20);
      expect(full.messages).toHaveLength(3);
      for (const message of full.messages) message.ack();
    },
  },
  {
    title: 'two subscribers share one subscription',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      const inboxes = [listen(subscription, ack), listen(pubsub.subscription(subscription.name), ack)];
      const published: string[] = [];
      while (inboxes.some((inbox) => inbox.messages.length === 0)) published.push(...(await publishAll(topic, ['a', 'b', 'c', 'd'])));
      await Promise.all(inboxes.map((inbox) => inbox.close()));
      const received = inboxes.flatMap((inbox) => inbox.messages.map((message) => message.id));
      expect(new Set(received).size).toBe(received.length);
      expect(published).toEqual(expect.arrayContaining(received));
    },
  },
  {
    title: 'two subscriptions of a topic both get every message',
    run: async (pubsub) => {
      const { topic, subscription } = await createPair(pubsub);
      const [other] = await topic.createSubscription(name('other'));
      const ids = (await publishAll(topic, ['a', 'b', 'c'])).sort();
      for (const one of [subscription, other]) {
        const messages = await listen(one, ack).until(3);
        expect(messages.map((message) => message.id).sort()).toEqual(ids);
      }
    },
  },
  {
    title: 'the settings of a subscription can be changed',
    run: async (pubsub) => {
      const { subscription } = await createPair(pubsub, { ackDeadlineSeconds: 20 });
      await subscription.setMetadata({ ackDeadlineSeconds: 44 });
      expect((await subscription.getMetadata())[0]).toMatchObject({ ackDeadlineSeconds: 44 });
    },
  },
  {
    title: 'the labels of a topic can be changed',
    run: async (pubsub) => {
      const { topic } = await createPair(pubsub);
      await topic.setMetadata({ labels: { team: 'ads' } });
      expect((await topic.getMetadata())[0]).toMatchObject({ labels: { team: 'ads' } });
    },
  },
  {
    title: 'a quiet stream answers the pings by which the client knows that it lives',
    run: async (pubsub) => {
      const { subscription } = await createPair(pubsub);
      await withSubscriber(pubsub, async (subscriber) => {
        const stream = subscriber.streamingPull();
        stream.on('error', () => {});
        stream.write({ subscription: subscription.name, streamAckDeadlineSeconds: 10, protocolVersion: 1 });
        for (const ping of [1, 2]) {
          stream.write({});
          const answer = await new Promise<{ receivedMessages: unknown[] }>((resolve) => stream.once('data', resolve));
          expect({ ping, messages: answer.receivedMessages }).toEqual({ ping, messages: [] });
        }
        stream.destroy();
      });
    },
  },
];

/** Ends what a failed check has left open. */
export async function closeInboxes(): Promise<void> {
  await Promise.all(open.map((inbox) => inbox.close()));
}

type Handle = (message: Message, earlier: readonly Message[]) => void;
type Inbox = { readonly messages: readonly Message[]; until(count: number): Promise<readonly Message[]>; close(): Promise<void> };

/** Listens until as many messages as asked for have arrived; `handle` sees those that came before each one. */
function listen(subscription: Subscription, handle: Handle, options: SubscriptionOptions = {}): Inbox {
  const messages: Message[] = [];
  let failure: Error | null = null;
  let look = () => {};
  subscription.setOptions({ batching: { maxMilliseconds: 10 }, ...options });
  subscription.on('message', (message: Message) => {
    handle(message, [...messages]);
    messages.push(message);
    look();
  });
  subscription.on('error', (error: Error) => {
    failure = error;
    look();
  });
  const until = (count: number) =>
    new Promise<readonly Message[]>((resolve, reject) => {
      look = () => {
        if (failure !== null) reject(failure);
        else if (messages.length >= count) resolve(messages);
      };
      look();
    });
  const inbox = { messages, until, close: () => subscription.close() };
  open.push(inbox);
  return inbox;
}

function ack(message: Message): void {
  message.ack();
}

async function createPair(pubsub: PubSub, config: SubscriptionConfig = {}, messageOrdering = false) {
  const [{ name: topicName }] = await pubsub.createTopic(name('topic'));
  const topic = pubsub.topic(topicName, { messageOrdering });
  const [subscription] = await topic.createSubscription(name('subscription'), config);
  return { topic, subscription };
}

function publishAll(topic: Topic, texts: readonly string[]): Promise<string[]> {
  return Promise.all(texts.map((text) => topic.publishMessage({ data: Buffer.from(text) })));
}

function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 0,
    (error) => error.code,
  );
}

function textsOf(messages: readonly Message[]): string[] {
  return messages.map((message) => message.data.toString());
}

function name(label: string): string {
  return `${label}-${++names}`;
}
