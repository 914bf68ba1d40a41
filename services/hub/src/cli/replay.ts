import { runCli } from '@waybill/shared/cli';
import { connect, type Database } from '@waybill/shared/db';
import { conversionsTopic } from '@waybill/shared/messages';
import { connectPubsub, createPublisher } from '@waybill/shared/pubsub';
import { expectTopic } from '../expect-topic.ts';
import { countCandidates, type ReplayRange, replayCandidates } from '../replay-candidates.ts';
import { counted } from '../wording.ts';
import { readReplayArguments } from './arguments.ts';
import { readDatabaseSettings, readPubsubSettings } from './config.ts';

const usage = `Usage: npm run replay -- --platform NAME --from T --to T [--type X] [--dry-run]

Publishes the conversions of a platform that occurred in [from, to) again, unchanged. The ledger lets nothing through that was settled.
  --platform NAME   google, facebook, bing
  --from T --to T   days or instants in UTC, such as 2026-11-01 or 2026-11-01T12:00:00Z
  --type X          only this conversion type, such as google.paid
  --dry-run         only count
`;

async function replay(db: Database, range: ReplayRange, total: number): Promise<number> {
  const pubsub = connectPubsub(readPubsubSettings().GOOGLE_CLOUD_PROJECT);
  try {
    await expectTopic(pubsub, conversionsTopic(range.platform));
    const say = (done: number): void => void process.stderr.write(`  ${done} of ${total}\n`);
    return await replayCandidates(db, createPublisher(pubsub), range, say);
  } finally {
    await pubsub.close();
  }
}

await runCli(usage, async () => {
  const options = readReplayArguments(process.argv.slice(2));
  if (options === null) return void process.stdout.write(usage);
  const db = connect(readDatabaseSettings().DATABASE_URL, 2);
  try {
    const total = await countCandidates(db, options);
    if (options.dryRun) process.stdout.write(`${counted(total, 'conversion')} would be published again\n`);
    else process.stdout.write(`${counted(await replay(db, options, total), 'conversion')} published again\n`);
  } finally {
    await db.destroy();
  }
});
