import type { Message, PubSub } from '@google-cloud/pubsub';
import { conversionsTopic, parkingSubscription } from '@waybill/shared/messages';
import type { Publisher } from '@waybill/shared/pubsub';

export interface DeadLetter {
  eventId: string;
  code: string;
  reason: string;
  parkedAt: Date;
}

/** `list` looks and puts back, `replay` publishes to the platform's topic again, `drop` forgets. */
export type DeadLetterAction = 'list' | 'replay' | 'drop';

export interface DeadLetterOptions {
  platform: string;
  limit: number;
  /** Only this event; null: every one. */
  eventId: string | null;
}

/** After so long without another message the parking place is taken for read to its end. */
const quietMs = 2_000;

function eventIdOf(message: Message): string {
  const named = message.attributes.eventId;
  if (named !== undefined) return named;
  return /"eventId":\s*"(cv_[0-9a-z]+)"/.exec(message.data.toString('utf8'))?.[1] ?? 'unreadable';
}

const toDeadLetter = (message: Message): DeadLetter => ({
  eventId: eventIdOf(message),
  code:
    message.attributes.code ?? (message.attributes.CloudPubSubDeadLetterSourceDeliveryCount === undefined ? 'MALFORMED' : 'UNDELIVERABLE'),
  reason: message.attributes.reason ?? 'the subscription gave it up after its delivery attempts',
  parkedAt: message.publishTime,
});

/** Leases what is parked, until nothing more comes or `limit` is reached; messages that are parked meanwhile may wait for the next call. */
async function leaseParked(pubsub: PubSub, platform: string, limit: number): Promise<{ messages: Message[]; close(): Promise<void> }> {
  const subscription = pubsub.subscription(parkingSubscription(conversionsTopic(platform)), { flowControl: { maxMessages: limit } });
  const messages = new Map<string, Message>();
  await new Promise<void>((resolve, reject) => {
    let quiet = setTimeout(resolve, quietMs);
    subscription.on('error', reject);
    subscription.on('message', (message: Message) => {
      messages.set(message.id, message);
      clearTimeout(quiet);
      quiet = setTimeout(resolve, messages.size >= limit ? 0 : quietMs);
    });
  });
  return { messages: [...messages.values()].slice(0, limit), close: () => subscription.close() };
}

/** Does `action` with the dead letters of a platform, oldest first; answers those it was done with. What is not meant goes back. */
export async function handleDeadLetters(
  pubsub: PubSub,
  publisher: Publisher,
  action: DeadLetterAction,
  options: DeadLetterOptions,
): Promise<DeadLetter[]> {
  const parked = await leaseParked(pubsub, options.platform, options.limit);
  const meant = parked.messages
    .filter((message) => options.eventId === null || eventIdOf(message) === options.eventId)
    .sort((left, right) => left.publishTime.getTime() - right.publishTime.getTime());
  if (action === 'replay' && meant.length > 0) {
    const payloads = meant.map((message) => ({ payload: message.data.toString('utf8'), attributes: { replay: 'true' } }));
    await publisher.publish(conversionsTopic(options.platform), payloads);
  }
  const done = new Set(action === 'list' ? [] : meant);
  for (const message of parked.messages) {
    if (done.has(message)) message.ack();
    else message.nack();
  }
  await parked.close();
  return meant.map(toDeadLetter);
}
