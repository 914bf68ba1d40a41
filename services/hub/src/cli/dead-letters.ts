import { parseArgs } from 'node:util';
import { connectPubsub, createPublisher } from '@waybill/shared/pubsub';
import { type DeadLetterAction, type DeadLetterOptions, handleDeadLetters } from '../dead-letters.ts';
import { readCliConfig } from './config.ts';
import { runCli, UsageError } from './run-cli.ts';

const usage = `Usage: npm run dead-letters -- list|replay|drop --platform NAME [--event ID] [--limit N]

  list     shows what a platform's sender could not send, with the reasons; changes nothing
  replay   publishes it to the platform's topic again
  drop     forgets it
  --platform NAME   google, facebook, bing
  --event ID        only this event
  --limit N         at most so many (default 1000)
`;

const actions: readonly string[] = ['list', 'replay', 'drop'];

function readArguments(args: string[]): (DeadLetterOptions & { action: DeadLetterAction }) | null {
  const options = {
    platform: { type: 'string' },
    event: { type: 'string' },
    limit: { type: 'string', default: '1000' },
    help: { type: 'boolean' },
  } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return null;
  const [action = ''] = positionals;
  if (positionals.length !== 1 || !actions.includes(action)) throw new UsageError('Give one of list, replay, drop.');
  if (values.platform === undefined) throw new UsageError('Give --platform.');
  if (!/^[1-9]\d{0,5}$/.test(values.limit)) throw new UsageError(`--limit ${values.limit}: give a whole number`);
  return { action: action as DeadLetterAction, platform: values.platform, eventId: values.event ?? null, limit: Number(values.limit) };
}

await runCli(usage, async () => {
  const options = readArguments(process.argv.slice(2));
  if (options === null) return void process.stdout.write(usage);
  const pubsub = connectPubsub(readCliConfig().GOOGLE_CLOUD_PROJECT);
  try {
    const letters = await handleDeadLetters(pubsub, createPublisher(pubsub), options.action, options);
    for (const { eventId, code, reason, parkedAt } of letters)
      process.stdout.write(`${parkedAt.toISOString()}  ${eventId}  ${code}  ${reason}\n`);
    const done = { list: 'parked', replay: 'published again', drop: 'dropped' }[options.action];
    process.stdout.write(`${letters.length} ${done}\n`);
  } finally {
    await pubsub.close();
  }
});
