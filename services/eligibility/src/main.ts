import { createClock, readDestinations } from '@waybill/shared/config';
import { parseJsonWith } from '@waybill/shared/conversion';
import { connect, untilReachable } from '@waybill/shared/db';
import { predictionsSyncedSchema, subscriptionOf, topics } from '@waybill/shared/messages';
import { connectPubsub, consume, createPublisher, startRelay } from '@waybill/shared/pubsub';
import { runService, schedule } from '@waybill/shared/service';
import { relayCandidates } from './candidates/relay.ts';
import { catalogue } from './catalogue/index.ts';
import { readEligibilityConfig } from './config.ts';
import { runEligibility } from './run-eligibility.ts';

await runService('eligibility', readEligibilityConfig, async (config, log, signal) => {
  const clock = createClock(config.CLOCK_AT);
  const destinations = readDestinations(config.DESTINATIONS_FILE);
  const db = connect(config.DATABASE_URL, config.DATABASE_POOL, config.RUN_STATEMENT_TIMEOUT_MS);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);
  const publisher = createPublisher(pubsub);

  const relay = startRelay('candidates', { pauseMs: 500, log, round: () => relayCandidates(db, publisher, 1_000) });
  const running = new Set<Promise<unknown>>();
  const run = async () => {
    const options = { catalogue, destinations, scoresMaxAgeHours: config.SCORES_MAX_AGE_HOURS, now: clock.now() };
    const started = untilReachable(() => runEligibility(db, log, options), { log, signal }).finally(() => running.delete(started));
    running.add(started);
    const report = await started;
    relay.wake();
    return report;
  };

  const cron = schedule(config.SCHEDULE, log, run);
  const synced = consume(pubsub, publisher, log, {
    topic: topics.predictionsSynced,
    subscription: subscriptionOf(topics.predictionsSynced, 'eligibility'),
    decode: (text) => parseJsonWith(predictionsSyncedSchema, text),
    batch: { size: 10, waitMs: 100 },
    handle: async (messages) => {
      await run();
      return messages.map(() => 'ack');
    },
  });

  return {
    routes: { 'POST /run': async () => ({ status: 200, body: await run() }) },
    stop: async () => {
      cron.stop();
      await synced.stop();
      await Promise.allSettled(running);
      await relay.stop();
      await pubsub.close();
      await db.destroy();
    },
  };
});
