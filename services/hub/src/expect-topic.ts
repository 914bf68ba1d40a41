import type { PubSub } from '@google-cloud/pubsub';
import { conversionsTopic, parkingSubscription } from '@waybill/shared/messages';

const notFound = 5;
const answerWithinMs = 5_000;

const platformTopic = conversionsTopic('');

/** Asks Pub/Sub once for a topic's parking place. Throws with a plain sentence where there is none, or nobody answers. */
export async function expectTopic(pubsub: PubSub, topic: string): Promise<void> {
  const name = parkingSubscription(topic);
  try {
    await pubsub.subscription(name).getMetadata({ timeout: answerWithinMs, retry: null });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const missing = topic.startsWith(platformTopic) ? `platform ${topic.slice(platformTopic.length)}` : `topic ${topic}`;
    if (code === notFound) throw new Error(`There is no ${missing}: Pub/Sub has no subscription ${name}.`);
    const problem = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(`Pub/Sub cannot be asked: ${problem}\nIs npm start running, or PUBSUB_EMULATOR_HOST right?`);
  }
}
