import { parseJsonWith } from '@waybill/shared/conversion';
import { connect, untilReachable } from '@waybill/shared/db';
import { sessionStartedSchema, subscriptionOf, topics } from '@waybill/shared/messages';
import { connectPubsub, consume, createPublisher } from '@waybill/shared/pubsub';
import { runService } from '@waybill/shared/service';
import { readAttributionConfig } from './config.ts';
import { saveVisits } from './save-visits.ts';

await runService('attribution', readAttributionConfig, async (config, log, signal) => {
  const db = connect(config.DATABASE_URL, config.DATABASE_POOL, config.DATABASE_TIMEOUT_MS);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);

  const sessions = consume(pubsub, createPublisher(pubsub), log, {
    topic: topics.trackingEvents,
    subscription: subscriptionOf(topics.trackingEvents, 'attribution'),
    decode: (text) => parseJsonWith(sessionStartedSchema, text),
    batch: { size: 500, waitMs: 100 },
    handle: async (batch) => {
      await untilReachable(() => saveVisits(db, batch), { log, signal });
      log.info({ sessions: batch.length }, 'sessions saved as visits');
      return batch.map(() => 'ack');
    },
  });

  return {
    stop: async () => {
      await sessions.stop();
      await pubsub.close();
      await db.destroy();
    },
  };
});
