import { parseJsonWith } from '@waybill/shared/conversion';
import { type Database, untilReachable } from '@waybill/shared/db';
import { conversionOutcomeSchema, subscriptionOf, topics } from '@waybill/shared/messages';
import { type Consumer, consume, createPublisher, type PubSub } from '@waybill/shared/pubsub';
import type { Logger } from '@waybill/shared/telemetry';
import { saveOutcomes } from './save-outcomes.ts';

/** Keeps what the senders tell; while the database cannot be reached, the messages are held until `stopping` aborts. */
export function consumeOutcomes(db: Database, pubsub: PubSub, log: Logger, stopping: AbortSignal): Consumer {
  return consume(pubsub, createPublisher(pubsub), log, {
    topic: topics.conversionOutcomes,
    subscription: subscriptionOf(topics.conversionOutcomes, 'hub'),
    decode: (text) => parseJsonWith(conversionOutcomeSchema, text),
    batch: { size: 1_000, waitMs: 100 },
    handle: async (batch) => {
      const kept = await untilReachable(() => saveOutcomes(db, batch), { log, signal: stopping });
      const refused = kept.filter((isKept) => !isKept).length;
      if (refused > 0) log.error({ refused }, 'the database refuses outcomes; they come again, and end in the dead letter');
      return kept.map((isKept) => (isKept ? 'ack' : 'nack'));
    },
  });
}
