import { parseArgs } from 'node:util';
import { UsageError } from '@waybill/shared/cli';
import { conversionsTopic } from '@waybill/shared/messages';
import type { DeadLetterAction, DeadLetterOptions } from '../dead-letters.ts';
import type { ReplayRange } from '../replay-candidates.ts';
import { readClientId, type Subject } from '../subject.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

function readWholeNumber(name: string, given: string): number {
  if (/^[1-9]\d{0,14}$/.test(given)) return Number(given);
  throw new UsageError(`--${name} ${given}: give a whole number`);
}

// An instant without its zone would be read in the zone of whoever calls.
const instantForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

function readInstant(name: string, given: string | undefined): Date {
  const instant = new Date(given ?? '');
  if (given !== undefined && instantForm.test(given) && !Number.isNaN(instant.getTime())) return instant;
  throw new UsageError(`--${name} ${given ?? 'is missing'}: give a day such as 2026-11-01 or an instant such as 2026-11-01T12:00:00Z`);
}

const nameForm = /^[a-z][a-z0-9-]*$/;

function readPlatform(given: string | undefined): string {
  if (given !== undefined && nameForm.test(given)) return given;
  throw new UsageError(given === undefined ? 'Give --platform.' : `--platform ${given}: give a name such as google`);
}

function readClient(given: string): Subject {
  const id = readClientId(given);
  if (id === null) throw new UsageError(`--client ${given}: give a UUID`);
  return { kind: 'client', id };
}

/** The arguments of `explain`; `since` null: a day ago; null: help was asked for. Throws UsageError. */
export function readExplainArguments(args: string[]): { subject: Subject; since: Date | null } | null {
  const options = { event: text, company: text, contact: text, client: text, since: text, help: flag } as const;
  const { event, company, contact, client, since, help } = parseArgs({ args, options }).values;
  if (help) return null;
  const subjects: Subject[] = [];
  if (event !== undefined) subjects.push({ kind: 'event', id: event });
  if (company !== undefined) subjects.push({ kind: 'company', id: readWholeNumber('company', company) });
  if (contact !== undefined) subjects.push({ kind: 'contact', id: readWholeNumber('contact', contact) });
  if (client !== undefined) subjects.push(readClient(client));
  const [subject] = subjects;
  if (subject === undefined || subjects.length > 1) throw new UsageError('Give exactly one of --event, --company, --contact, --client.');
  if (since !== undefined && subject.kind === 'client')
    throw new UsageError(
      '--since is for changes of attribution, which a client has none of: give it with --company, --contact or --event.',
    );
  return { subject, since: since === undefined ? null : readInstant('since', since) };
}

/** The arguments of `replay`; null: help was asked for. Throws UsageError. */
export function readReplayArguments(args: string[]): (ReplayRange & { dryRun: boolean }) | null {
  const options = { platform: text, from: text, to: text, type: text, 'dry-run': flag, help: flag } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return null;
  const range = { platform: readPlatform(values.platform), from: readInstant('from', values.from), to: readInstant('to', values.to) };
  if (range.from >= range.to) throw new UsageError('--from must be before --to');
  return { ...range, conversionType: values.type ?? null, dryRun: values['dry-run'] ?? false };
}

function readTopic({ platform, topic }: { platform?: string | undefined; topic?: string | undefined }): string {
  if ((platform === undefined) === (topic === undefined)) throw new UsageError('Give one of --platform, --topic.');
  if (topic === undefined) return conversionsTopic(readPlatform(platform));
  if (nameForm.test(topic) && !topic.endsWith('-dead-letter')) return topic;
  throw new UsageError(`--topic ${topic}: give the topic whose dead letters are meant, such as tracking-events`);
}

const actions = ['list', 'replay', 'drop'] as const;

/** The arguments of `dead-letters`; null: help was asked for. Throws UsageError. */
export function readDeadLetterArguments(args: string[]): (DeadLetterOptions & { action: DeadLetterAction }) | null {
  const options = { platform: text, topic: text, event: text, limit: { type: 'string', default: '1000' }, help: flag } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return null;
  const action = actions.find((name) => name === positionals[0]);
  if (action === undefined || positionals.length !== 1) throw new UsageError('Give one of list, replay, drop.');
  const limit = readWholeNumber('limit', values.limit);
  if (limit > 50_000) throw new UsageError(`--limit ${limit}: give at most 50000`);
  return { action, topic: readTopic(values), eventId: values.event ?? null, limit };
}
