import { runCli } from '@waybill/shared/cli';
import { connectPubsub, createPublisher } from '@waybill/shared/pubsub';
import { type DeadLetter, handleDeadLetters } from '../dead-letters.ts';
import { counted, describeSpan } from '../wording.ts';
import { readDeadLetterArguments } from './arguments.ts';
import { readPubsubSettings } from './config.ts';

const usage = `Usage: npm run dead-letters -- list|replay|drop --platform NAME | --topic NAME [--event ID] [--limit N]

  list     shows what a platform's sender could not send, or the topic's service not read, with the reasons; changes nothing
  replay   publishes it to the topic again; what the ledger settled as rejected stays rejected, what still cannot be read comes back
  drop     forgets it
  --platform NAME   google, facebook, bing
  --topic NAME      tracking-events, predictions-synced, conversion-outcomes
  --event ID        only this event; of tracking events the id of the session, lead, signup or link
  --limit N         at most so many (default 1000)
What is parked after the start waits for the next call.
`;

const formatLetter = ({ eventId, code, reason, parkedAt }: DeadLetter): string =>
  `${describeSpan(parkedAt, new Date()).padStart(7)}  ${eventId}  ${code}  ${reason}\n`;

await runCli(usage, async () => {
  const options = readDeadLetterArguments(process.argv.slice(2));
  if (options === null) return void process.stdout.write(usage);
  const pubsub = connectPubsub(readPubsubSettings().GOOGLE_CLOUD_PROJECT);
  try {
    const letters = await handleDeadLetters(pubsub, createPublisher(pubsub), options.action, options);
    for (const letter of letters) process.stdout.write(formatLetter(letter));
    const done = { list: 'parked', replay: 'published again', drop: 'dropped' }[options.action];
    const more = letters.length === options.limit ? '; there may be more, see --limit' : '';
    process.stdout.write(`${counted(letters.length, 'dead letter')} ${done}${more}\n`);
  } finally {
    await pubsub.close();
  }
});
