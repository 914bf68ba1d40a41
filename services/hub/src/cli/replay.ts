import { parseArgs } from 'node:util';
import { connect } from '@waybill/shared/db';
import { connectPubsub, createPublisher } from '@waybill/shared/pubsub';
import { type ReplayRange, replayCandidates } from '../replay-candidates.ts';
import { readCliConfig } from './config.ts';
import { runCli, UsageError } from './run-cli.ts';

const usage = `Usage: npm run replay -- --platform NAME --from T --to T [--type X] [--dry-run]

Publishes the conversions of a platform that occurred in [from, to) again, unchanged. The ledger lets nothing through that was settled.
  --platform NAME   google, facebook, bing
  --from T --to T   instants in UTC, such as 2026-11-01 or 2026-11-01T12:00:00Z
  --type X          only this conversion type, such as google.paid
  --dry-run         only count
`;

function readInstant(name: string, text: string | undefined): Date {
  const instant = new Date(text ?? '');
  if (text === undefined || Number.isNaN(instant.getTime()))
    throw new UsageError(`--${name} ${text ?? ''}: give an instant such as 2026-11-01T00:00:00Z`);
  return instant;
}

function readArguments(args: string[]): (ReplayRange & { dryRun: boolean }) | null {
  const text = { type: 'string' } as const;
  const options = { platform: text, from: text, to: text, type: text, 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return null;
  if (values.platform === undefined) throw new UsageError('Give --platform.');
  const range = { platform: values.platform, from: readInstant('from', values.from), to: readInstant('to', values.to) };
  if (range.from >= range.to) throw new UsageError('--from must be before --to');
  return { ...range, conversionType: values.type ?? null, dryRun: values['dry-run'] ?? false };
}

await runCli(usage, async () => {
  const range = readArguments(process.argv.slice(2));
  if (range === null) return void process.stdout.write(usage);
  const config = readCliConfig();
  const db = connect(config.DATABASE_URL, 2);
  const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);
  try {
    const publisher = range.dryRun ? null : createPublisher(pubsub);
    const count = await replayCandidates(db, publisher, range, (done) => process.stderr.write(`  ${done} …\n`));
    process.stdout.write(range.dryRun ? `${count} conversions would be published again\n` : `${count} conversions published again\n`);
  } finally {
    await pubsub.close();
    await db.destroy();
  }
});
