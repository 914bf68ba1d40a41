import { PubSub } from '@google-cloud/pubsub';

/** The unmodified client; with PUBSUB_EMULATOR_HOST in the environment it talks to that address, else to Google Pub/Sub. */
export const connectPubsub = (projectId: string): PubSub => new PubSub({ projectId });

export type { PubSub };
