import { createClock } from '@waybill/shared/config';
import { connect } from '@waybill/shared/db';
import { connectPubsub } from '@waybill/shared/pubsub';
import { runService, schedule } from '@waybill/shared/service';
import { evaluateAlerts } from './alerts/evaluate.ts';
import { readHubConfig } from './config.ts';
import { consumeOutcomes } from './consume-outcomes.ts';
import { buildRoutes } from './routes.ts';

await runService('hub', readHubConfig, async (config, log, stopping) => {
  const db = connect(config.DATABASE_URL, config.DATABASE_POOL, config.DATABASE_TIMEOUT_MS);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);
  const clock = createClock(config.CLOCK_AT);
  const outcomes = consumeOutcomes(db, pubsub, log, stopping);
  const evaluate = () =>
    evaluateAlerts(db, log, { businessNow: clock.now(), now: new Date(), scoresMaxAgeHours: config.SCORES_ALERT_AGE_HOURS });
  const evaluations = schedule(config.SCHEDULE, log, evaluate);
  return {
    routes: {
      ...buildRoutes(db, { label: config.LABEL, clock }),
      'POST /run': async () => ({ status: 200, body: { alerts: await evaluate() } }),
    },
    stop: async () => {
      evaluations.stop();
      await outcomes.stop();
      await pubsub.close();
      await db.destroy();
    },
  };
});
