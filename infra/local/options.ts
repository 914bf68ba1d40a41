import { parseArgs } from 'node:util';

export const usage = `Usage: npm start -- [options]

Runs the whole flow on this machine: sync, eligibility, the three senders, attribution and the hub as processes of their own,
against embedded Postgres, Pub/Sub, BigQuery and stand-ins of the ad platforms. What the environment names (DATABASE_URL,
PUBSUB_EMULATOR_HOST, BIGQUERY_API_ENDPOINT, a platform's address) is used instead of the embedded one.

Input, one of
  (default)            a generated example company
    --seed N           another one (default 1)
    --companies N      its size (default 1000)
  --journeys FILE      recorded journeys: a SQLite file with the tables session_sources and conversions (see README)
  --no-input           only what the sources already hold

  --once               end after one round; exits with 1 when what the platforms accepted is not what was to be sent
  --clock INSTANT      business time stands at this UTC instant (default: now; with --journeys the midnight after the last conversion)
  --transport NAME     Google by data-manager (default) or google-ads
  --google-emulator    use Google's Pub/Sub emulator, where gcloud has it installed, instead of the embedded server
  --port N             the console's port (default 8080; a taken one moves)
  --fresh              forget what earlier starts with this input kept
  --help               show this
`;

export type InputChoice = { kind: 'generated'; seed: number; companies: number } | { kind: 'journeys'; file: string } | { kind: 'none' };

export interface StartOptions {
  input: InputChoice;
  once: boolean;
  fresh: boolean;
  clock: string | undefined;
  transport: 'data-manager' | 'google-ads';
  googleEmulator: boolean;
  port: number;
}

/** A command line that does not fit; the message says which option and how to mend it. */
export class UsageError extends Error {
  override name = 'UsageError';
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} ${text}: give a whole number from ${least} to ${most}`);
}

function readClock(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) throw new UsageError(`--clock ${text}: give an instant such as 2026-11-20T00:00:00Z`);
  return instant.toISOString();
}

function readArguments(args: string[]) {
  try {
    const options = {
      seed: { type: 'string', default: '1' },
      companies: { type: 'string', default: '1000' },
      journeys: { type: 'string' },
      'no-input': { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      clock: { type: 'string' },
      transport: { type: 'string', default: 'data-manager' },
      'google-emulator': { type: 'boolean', default: false },
      port: { type: 'string', default: '8080' },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    } as const;
    return parseArgs({ args, options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Reads the command line; null when help was asked for. Throws UsageError. */
export function readOptions(args: string[]): StartOptions | null {
  const values = readArguments(args);
  if (values.help) return null;
  if (values.journeys !== undefined && values['no-input']) throw new UsageError('--journeys and --no-input exclude each other');
  if (values.transport !== 'data-manager' && values.transport !== 'google-ads') {
    throw new UsageError(`--transport ${values.transport}: give data-manager or google-ads`);
  }
  const generated = {
    kind: 'generated' as const,
    seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
    companies: wholeNumber('companies', values.companies, 1, 1_000_000),
  };
  const input: InputChoice = values['no-input'] ? { kind: 'none' } : generated;
  return {
    input: values.journeys === undefined ? input : { kind: 'journeys', file: values.journeys },
    once: values.once,
    fresh: values.fresh,
    clock: readClock(values.clock),
    transport: values.transport,
    googleEmulator: values['google-emulator'],
    port: wholeNumber('port', values.port, 0, 65_535),
  };
}
