import { createClock } from '@waybill/shared/config';
import { connect, untilReachable } from '@waybill/shared/db';
import { subscriptionOf, topics } from '@waybill/shared/messages';
import { connectPubsub, consume, createPublisher, startRelay } from '@waybill/shared/pubsub';
import { runService } from '@waybill/shared/service';
import { ownDomainsOf, readAttributionConfig } from './config.ts';
import { runDue } from './recalculation/run-due.ts';
import { readEvent, redactAddresses } from './tracking/read-event.ts';
import { saveEvents } from './tracking/save-events.ts';

await runService('attribution', readAttributionConfig, async (config, log, signal) => {
  const db = connect(config.DATABASE_URL, config.DATABASE_POOL, config.DATABASE_TIMEOUT_MS);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);

  const clock = createClock(config.CLOCK_AT);
  const ownDomains = ownDomainsOf(config);
  const options = { log, ambiguity: config.AMBIGUOUS_CLIENTS, batch: 200, leaseSeconds: config.LEASE_SECONDS };
  const recalculations = startRelay('recalculations', { pauseMs: 1_000, log, round: () => runDue(db, options) });
  const events = consume(pubsub, createPublisher(pubsub), log, {
    topic: topics.trackingEvents,
    subscription: subscriptionOf(topics.trackingEvents, 'attribution'),
    decode: (text) => readEvent(text, clock.now()),
    redact: redactAddresses,
    batch: { size: 500, waitMs: 100 },
    handle: async (batch) => {
      await untilReachable(() => saveEvents(db, batch, ownDomains), { log, signal });
      log.info({ events: batch.length }, 'tracking events saved');
      recalculations.wake();
      return batch.map(() => 'ack');
    },
  });

  return {
    stop: async () => {
      await events.stop();
      await recalculations.stop();
      await pubsub.close();
      await db.destroy();
    },
  };
});
