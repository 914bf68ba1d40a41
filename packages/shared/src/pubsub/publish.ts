import type { PubSub, Topic } from '@google-cloud/pubsub';
import { traceAttributes } from '../telemetry/index.ts';

export interface OutgoingMessage {
  /** JSON text. */
  payload: string;
  attributes?: Record<string, string>;
}

export interface Publisher {
  /** Resolves with the message ids, in order, once the server has kept every message; throws when one was not kept after the client's own retries. */
  publish(topic: string, messages: OutgoingMessage[]): Promise<string[]>;
}

/** Publishes with the client's batching; each message carries the current trace. */
export function createPublisher(pubsub: PubSub): Publisher {
  const open = new Map<string, Topic>();
  const topicOf = (name: string): Topic => {
    const known = open.get(name);
    if (known !== undefined) return known;
    const topic = pubsub.topic(name, { batching: { maxMessages: 500, maxMilliseconds: 5 } });
    open.set(name, topic);
    return topic;
  };
  return {
    publish: (name, messages) => {
      const topic = topicOf(name);
      const trace = traceAttributes();
      return Promise.all(
        messages.map(({ payload, attributes }) =>
          topic.publishMessage({ data: Buffer.from(payload), attributes: { ...trace, ...attributes } }),
        ),
      );
    },
  };
}
