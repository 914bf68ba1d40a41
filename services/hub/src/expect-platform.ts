import type { PubSub } from '@google-cloud/pubsub';
import { conversionsTopic, parkingSubscription } from '@waybill/shared/messages';

const notFound = 5;
const answerWithinMs = 5_000;

/** Asks Pub/Sub once for the platform's parking place. Throws with a plain sentence where there is none, or nobody answers. */
export async function expectPlatform(pubsub: PubSub, platform: string): Promise<void> {
  const name = parkingSubscription(conversionsTopic(platform));
  try {
    await pubsub.subscription(name).getMetadata({ timeout: answerWithinMs, retry: null });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === notFound) throw new Error(`There is no platform ${platform}: Pub/Sub has no subscription ${name}.`);
    const problem = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(`Pub/Sub cannot be asked: ${problem}\nIs npm start running, or PUBSUB_EMULATOR_HOST right?`);
  }
}
