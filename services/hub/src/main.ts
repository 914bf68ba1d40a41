import { parseJsonWith } from '@waybill/shared/conversion';
import { connect, untilReachable } from '@waybill/shared/db';
import { conversionOutcomeSchema, subscriptionOf, topics } from '@waybill/shared/messages';
import { connectPubsub, consume, createPublisher } from '@waybill/shared/pubsub';
import { runService } from '@waybill/shared/service';
import { readHubConfig } from './config.ts';
import { findLife, readSubject } from './life.ts';
import { renderConsole, renderLife } from './page.ts';
import { saveOutcomes } from './save-outcomes.ts';
import { findStandings } from './standings.ts';

const html = 'text/html; charset=utf-8';

await runService('hub', readHubConfig, async (config, log, signal) => {
  const db = connect(config.DATABASE_URL, config.DATABASE_POOL);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);

  const outcomes = consume(pubsub, createPublisher(pubsub), log, {
    topic: topics.conversionOutcomes,
    subscription: subscriptionOf(topics.conversionOutcomes, 'hub'),
    decode: (text) => parseJsonWith(conversionOutcomeSchema, text),
    batch: { size: 1_000, waitMs: 100 },
    handle: async (batch) => {
      await untilReachable(() => saveOutcomes(db, batch), { log, signal });
      return batch.map(() => 'ack');
    },
  });
  const lifeOf = async (url: URL) => {
    const search = url.searchParams.get('of') ?? '';
    const subject = readSubject(search);
    return { search, sections: subject === null ? null : await findLife(db, subject) };
  };

  return {
    routes: {
      'GET /': async () => ({ status: 200, type: html, body: renderConsole(await findStandings(db), config.LABEL) }),
      'GET /life': async ({ url }) => {
        const { search, sections } = await lifeOf(url);
        return { status: sections === null ? 404 : 200, type: html, body: renderLife(search, sections, config.LABEL) };
      },
      'GET /api/standings': async () => ({ status: 200, body: { label: config.LABEL ?? null, ...(await findStandings(db)) } }),
      'GET /api/life': async ({ url }) => {
        const { sections } = await lifeOf(url);
        return {
          status: sections === null ? 404 : 200,
          body: sections ?? { error: 'nothing is known of it; ask ?of=cv_…, ?of=company 42 or ?of=contact 7' },
        };
      },
    },
    stop: async () => {
      await outcomes.stop();
      await pubsub.close();
      await db.destroy();
    },
  };
});
