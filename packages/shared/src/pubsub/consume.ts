import { Duration, type Message, type PubSub, SubscriptionCloseBehaviors } from '@google-cloud/pubsub';
import type { Parsed } from '../conversion/index.ts';
import { deadLetterTopic } from '../messages/index.ts';
import { describeError, inSpan, type Logger, recordDeadLetter } from '../telemetry/index.ts';
import { Batcher } from './batcher.ts';
import type { Publisher } from './publish.ts';

/** What becomes of a message: `ack` when its work is kept elsewhere, `nack` to have it again after the subscription's back-off. */
export type Fate = 'ack' | 'nack';

/** A message that fails so often is a person's to look at. Pub/Sub would forward it after some more, without a reason and all that it holds. */
const patientDeliveries = 10;

export interface ConsumeOptions<T> {
  topic: string;
  subscription: string;
  decode: (text: string) => Parsed<T>;
  /** What of a message that cannot be read may be kept in the dead letter; unset: all of it. */
  redact?: (text: string) => string;
  /** Messages of one lane are handled in one batch; lanes do not hold each other up. */
  laneOf?: (value: T) => string;
  batch: { size: number; waitMs: number };
  /** Batches of one lane that may be in hand at once. */
  concurrency?: number;
  /** Answers a fate for each message, in order; must be safe to repeat. A throw is a bug: the batch is halved until the messages at fault stand alone; they come again, and are parked in the end. */
  handle: (values: T[], lane: string) => Promise<Fate[]>;
}

export interface Consumer {
  /** Stops pulling, lets what is in hand finish for up to eight seconds, and returns the rest to the server. */
  stop(): Promise<void>;
}

interface Incoming<T> {
  message: Message;
  value: T;
}

/** Runs at most `limit` tasks of a lane at once, the others in order of arrival. */
class LaneQueue {
  readonly #limit: number;
  readonly #waiting = new Map<string, (() => Promise<void>)[]>();
  readonly #running = new Map<string, number>();
  readonly #tasks = new Set<Promise<void>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(lane: string, task: () => Promise<void>): void {
    const waiting = this.#waiting.get(lane) ?? [];
    this.#waiting.set(lane, [...waiting, task]);
    this.#next(lane);
  }

  #next(lane: string): void {
    const running = this.#running.get(lane) ?? 0;
    const [task, ...rest] = this.#waiting.get(lane) ?? [];
    if (task === undefined || running >= this.#limit) return;
    this.#waiting.set(lane, rest);
    this.#running.set(lane, running + 1);
    const run = task().finally(() => {
      this.#tasks.delete(run);
      this.#running.set(lane, (this.#running.get(lane) ?? 1) - 1);
      this.#next(lane);
    });
    this.#tasks.add(run);
  }

  async drain(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }
}

/** Consumes a subscription in batches by lane; a message that cannot be decoded goes to the topic's dead letter with the reason and stops nothing. */
export function consume<T>(pubsub: PubSub, publisher: Publisher, log: Logger, options: ConsumeOptions<T>): Consumer {
  const { size, waitMs } = options.batch;
  const queue = new LaneQueue(options.concurrency ?? 1);
  // Two full batches are held, so that the next one fills while the first is on its way; leases are extended meanwhile.
  const subscription = pubsub.subscription(options.subscription, {
    flowControl: { maxMessages: size * 2 * (options.concurrency ?? 1), allowExcessMessages: false },
    streamingOptions: { maxStreams: 1 },
    // What is in hand is acknowledged when it is done, instead of being given back at once and done twice; Cloud Run ends a process after ten seconds.
    closeOptions: { behavior: SubscriptionCloseBehaviors.WaitForProcessing, timeout: Duration.from({ seconds: 8 }) },
  });

  const giveBack = async (message: Message): Promise<void> => {
    const deliveries = message.deliveryAttempt;
    if (deliveries < patientDeliveries) return message.nack();
    await park(message, `it failed ${deliveries} times; the log of the reader of ${options.subscription} tells why`);
  };

  const handleBatch = async (lane: string, batch: Incoming<T>[]): Promise<void> => {
    try {
      const attributes = batch[0]?.message.attributes ?? {};
      const fates = await inSpan(`handle ${options.subscription}`, attributes, () =>
        options.handle(
          batch.map(({ value }) => value),
          lane,
        ),
      );
      batch.forEach(({ message }, index) => {
        if (fates[index] === 'ack') message.ack();
        else message.nack();
      });
    } catch (error) {
      log.error({ problem: describeError(error), messages: batch.length, lane }, 'a batch failed; its messages are handled apart');
      // One message that nobody foresaw must not take the others with it into the dead letter.
      const middle = Math.ceil(batch.length / 2);
      const [first] = batch;
      if (first !== undefined && batch.length === 1) return giveBack(first.message);
      await handleBatch(lane, batch.slice(0, middle));
      await handleBatch(lane, batch.slice(middle));
    }
  };
  const batcher = new Batcher<Incoming<T>>({ size, waitMs, onBatch: (lane, items) => queue.push(lane, () => handleBatch(lane, items)) });

  const park = async (message: Message, reason: string): Promise<void> => {
    try {
      const attributes = { ...message.attributes, reason, subscription: options.subscription };
      const text = message.data.toString('utf8');
      await publisher.publish(deadLetterTopic(options.topic), [{ payload: options.redact?.(text) ?? text, attributes }]);
      recordDeadLetter(log, { topic: options.topic, messageId: message.id, reason });
      message.ack();
    } catch (error) {
      log.error({ problem: describeError(error), messageId: message.id }, 'the dead letter did not take a message; it comes again');
      message.nack();
    }
  };

  subscription.on('message', (message) => {
    const decoded = options.decode(message.data.toString('utf8'));
    if (decoded.ok) batcher.add(options.laneOf?.(decoded.value) ?? '', { message, value: decoded.value });
    else void park(message, decoded.reason);
  });
  subscription.on('error', (error) =>
    log.error({ problem: describeError(error), subscription: options.subscription }, 'the subscription failed'),
  );

  return {
    stop: async () => {
      const closed = subscription.close();
      batcher.flushAll();
      await queue.drain();
      await closed;
    },
  };
}
