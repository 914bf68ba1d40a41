import type { Message, PubSub } from '@google-cloud/pubsub';
import { parkingSubscription } from '@waybill/shared/messages';
import type { Publisher } from '@waybill/shared/pubsub';
import { expectTopic } from './expect-topic.ts';

export interface DeadLetter {
  /** What the message calls itself by; `unreadable` where it does not. */
  eventId: string;
  code: string;
  reason: string;
  parkedAt: Date;
}

/** `list` looks and puts back, `replay` publishes to the topic again, `drop` forgets. */
export type DeadLetterAction = 'list' | 'replay' | 'drop';

export interface DeadLetterOptions {
  /** Whose dead letters. */
  topic: string;
  /** At most so many are meant. */
  limit: number;
  /** Only this event; null: every one. */
  eventId: string | null;
}

/** After so long without another message the parking place is taken for read to its end. */
const quietMs = 2_000;
/** Letters that are looked through for one event are all leased at once. */
const mostLeased = 50_000;

/** By which field a message is known, the first that it has: conversions and links, leads, signups, sessions, outcomes. */
const idFields = ['eventId', 'leadId', 'signupId', 'sessionId', 'outcomeId'].map((name) => new RegExp(`"${name}":\\s*"([\\w:-]{1,100})"`));

// What cannot be read as a whole may still tell its id.
function eventIdOf(message: Message): string {
  const text = message.data.toString('utf8');
  return message.attributes.eventId ?? idFields.flatMap((field) => field.exec(text)?.[1] ?? [])[0] ?? 'unreadable';
}

const toDeadLetter = (message: Message): DeadLetter => ({
  eventId: eventIdOf(message),
  code:
    message.attributes.code ?? (message.attributes.CloudPubSubDeadLetterSourceDeliveryCount === undefined ? 'MALFORMED' : 'UNDELIVERABLE'),
  reason: message.attributes.reason ?? 'the subscription gave it up after its delivery attempts',
  parkedAt: message.publishTime,
});

/** Leases what is meant until nothing more comes or `limit` is reached; what is parked after the start is left for the next call. */
async function leaseMeant(pubsub: PubSub, options: DeadLetterOptions): Promise<{ meant: Message[]; close(): Promise<void> }> {
  const startedAt = new Date();
  const maxMessages = options.eventId === null ? options.limit : mostLeased;
  const subscription = pubsub.subscription(parkingSubscription(options.topic), { flowControl: { maxMessages } });
  const meant = new Map<string, Message>();
  const eventId = options.eventId?.toLowerCase() ?? null;
  const isMeant = (message: Message): boolean =>
    message.publishTime <= startedAt && (eventId === null || eventIdOf(message).toLowerCase() === eventId);
  let quiet: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      quiet = setTimeout(resolve, quietMs);
      subscription.on('error', reject);
      subscription.on('message', (message: Message) => {
        if (message.publishTime > startedAt) return;
        if (isMeant(message) && meant.size < options.limit) meant.set(message.id, message);
        clearTimeout(quiet);
        quiet = setTimeout(resolve, meant.size >= options.limit ? 0 : quietMs);
      });
    });
  } catch (error) {
    await subscription.close();
    throw error;
  } finally {
    clearTimeout(quiet);
  }
  // Closing puts back what is leased and was not acknowledged.
  return { meant: [...meant.values()], close: () => subscription.close() };
}

/** Does `action` with the dead letters of a topic; answers those it was done with, oldest first. All others go back unchanged. */
export async function handleDeadLetters(
  pubsub: PubSub,
  publisher: Publisher,
  action: DeadLetterAction,
  options: DeadLetterOptions,
): Promise<DeadLetter[]> {
  await expectTopic(pubsub, options.topic);
  const { meant, close } = await leaseMeant(pubsub, options);
  try {
    meant.sort((left, right) => left.publishTime.getTime() - right.publishTime.getTime());
    if (action === 'replay' && meant.length > 0) {
      const copies = meant.map((message) => ({ payload: message.data.toString('utf8'), attributes: { replay: 'true' } }));
      await publisher.publish(options.topic, copies);
    }
    if (action !== 'list') for (const message of meant) message.ack();
    return meant.map(toDeadLetter);
  } finally {
    await close();
  }
}
