import { createClock } from '@waybill/shared/config';
import { connect } from '@waybill/shared/db';
import { topics } from '@waybill/shared/messages';
import { connectPubsub, createPublisher } from '@waybill/shared/pubsub';
import { type HttpAnswer, runService, schedule } from '@waybill/shared/service';
import { connectBigQuery } from './bigquery.ts';
import { readSyncConfig } from './config.ts';
import { type RunReport, type RunRequest, runSync } from './run-sync.ts';

/** One bounded result of BigQuery. */
const pageRows = 10_000;
const httpStatus: Record<RunReport['status'], number> = { succeeded: 200, held: 200, failed: 500, 'already-running': 409 };

await runService('sync', readSyncConfig, async (config, log) => {
  const db = connect(config.DATABASE_URL, config.DATABASE_POOL, config.RUN_STATEMENT_TIMEOUT_MS);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);
  const publisher = createPublisher(pubsub);
  const dependencies = {
    db,
    log,
    pageRows,
    clock: createClock(config.CLOCK_AT),
    reader: connectBigQuery({
      projectId: config.BIGQUERY_PROJECT ?? config.GOOGLE_CLOUD_PROJECT,
      apiEndpoint: config.BIGQUERY_API_ENDPOINT,
    }),
    paths: {
      company_conversion_probability: config.COMPANY_SCORES_TABLE,
      contact_cp_score: config.CONTACT_CP_SCORES_TABLE,
      contact_acv_score: config.CONTACT_ACV_SCORES_TABLE,
    },
    bounds: {
      minRowShare: config.MIN_ROW_SHARE,
      maxRowShare: config.MAX_ROW_SHARE,
      maxQuarantinedShare: config.MAX_QUARANTINED_SHARE,
      maxNullShareRise: config.MAX_NULL_SHARE_RISE,
      maxMeanFactor: config.MAX_MEAN_FACTOR,
    },
    maxScoreAgeHours: {
      company_conversion_probability: config.COMPANY_SCORES_MAX_AGE_HOURS ?? config.MAX_SCORE_AGE_HOURS,
      contact_cp_score: config.CONTACT_CP_SCORES_MAX_AGE_HOURS ?? config.MAX_SCORE_AGE_HOURS,
      contact_acv_score: config.CONTACT_ACV_SCORES_MAX_AGE_HOURS ?? config.MAX_SCORE_AGE_HOURS,
    },
  };

  const run = async (request: RunRequest): Promise<RunReport> => {
    const report = await runSync(dependencies, request);
    if ('message' in report && report.message !== null) {
      await publisher.publish(topics.predictionsSynced, [{ payload: JSON.stringify(report.message) }]);
    }
    return report;
  };
  const running = new Set<Promise<RunReport>>();
  const track = (request: RunRequest): Promise<RunReport> => {
    const started = run(request).finally(() => running.delete(started));
    running.add(started);
    return started;
  };
  const cron = schedule(config.SCHEDULE, log, () => track({ accept: [], full: false }));

  return {
    routes: {
      /** `?full=true` reads unchanged sources too; `?accept=SOURCE` takes the changed row count, nulls and means of a source as right, once. */
      'POST /run': async ({ url: { searchParams } }): Promise<HttpAnswer> => {
        const request = { accept: searchParams.getAll('accept'), full: searchParams.get('full') === 'true' };
        const report = await track(request);
        return { status: httpStatus[report.status], body: report };
      },
    },
    stop: async () => {
      cron.stop();
      await Promise.allSettled(running);
      await pubsub.close();
      await db.destroy();
    },
  };
});
