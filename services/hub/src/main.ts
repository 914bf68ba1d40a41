import { createClock } from '@waybill/shared/config';
import { connect } from '@waybill/shared/db';
import { connectPubsub } from '@waybill/shared/pubsub';
import { runService } from '@waybill/shared/service';
import { readHubConfig } from './config.ts';
import { consumeOutcomes } from './consume-outcomes.ts';
import { buildRoutes } from './routes.ts';

await runService('hub', readHubConfig, async (config, log, stopping) => {
  const db = connect(config.DATABASE_URL, config.DATABASE_POOL, config.DATABASE_TIMEOUT_MS);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);
  const outcomes = consumeOutcomes(db, pubsub, log, stopping);
  return {
    routes: buildRoutes(db, { label: config.LABEL, clock: createClock(config.CLOCK_AT) }),
    stop: async () => {
      await outcomes.stop();
      await pubsub.close();
      await db.destroy();
    },
  };
});
