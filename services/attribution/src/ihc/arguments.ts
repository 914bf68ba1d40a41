import { parseArgs } from 'node:util';
import { UsageError } from '@waybill/shared/cli';
import { placesOf } from '../money/decimal.ts';
import { readDay } from '../read-day.ts';
import { type BatchLimits, defaultLimits } from './api/batches.ts';
import type { DayRange } from './store/ihc-store.ts';

export const usage = `Usage: npm run ihc -- --from DAY --to DAY [options]
       npm run ihc -- train --from DAY --to DAY --out FILE.json [options]

Credits the conversions of these days (both included) to the sessions before them and writes attribution_customer_journey and
channel_reporting. Days and times are taken as they stand, all in one zone. Credits come from the IHC API where IHC_API_KEY is set, else
from a local model that is compatible with it. Repeating a range is safe: it ends in the same rows.
  --database FILE     a SQLite file of the same tables instead of Postgres; it is only read
    --write           write the results into it
  --out FILE.csv      also write the report, with CPO and ROAS, to a file
  --conv-type X       the conversion type: of the API, and of the conversions where the table tells types apart
                      (default: the type named default; has to be given where the API is asked)
  --currency USD      of revenue and cost
  --parameters FILE   of the local model, as train has saved them
  --redistribution FILE   a JSON file: which channels hand their share of a phase on, as the API's redistribution_parameter
  --batch-journeys N  journeys in a call of the API (100)
  --batch-sessions N  sessions in a call (200, as a free account has it; up to 3000 on a paid one)

train fits the local model to the journeys of these days and saves its parameters. What too few journeys tell of stays as it was.
`;

function readNumber(name: string, given: string, most: number): number {
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= 1 && number <= most) return number;
  throw new UsageError(`--${name} ${given}: give a whole number from 1 to ${most}`);
}

function readCurrency(given: string): string {
  try {
    placesOf(given);
    return given.toUpperCase();
  } catch {
    throw new UsageError(`--currency ${given}: give three letters such as USD`);
  }
}

interface CommonOptions {
  range: DayRange;
  /** The SQLite file; null: Postgres. */
  database: string | null;
  /** As given; null: not given. */
  conversionType: string | null;
  currency: string;
  parameters: string | null;
}

export interface RunOptions extends CommonOptions {
  action: 'run';
  write: boolean;
  out: string | null;
  redistribution: string | null;
  limits: BatchLimits;
}

export interface TrainOptions extends CommonOptions {
  action: 'train';
  out: string;
}

const text = { type: 'string' } as const;
const options = {
  ...{ from: text, to: text, database: text, out: text, parameters: text, redistribution: text },
  'conv-type': text,
  currency: { ...text, default: 'USD' },
  'batch-journeys': { ...text, default: `${defaultLimits.journeys}` },
  'batch-sessions': { ...text, default: `${defaultLimits.sessions}` },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The arguments of `ihc`; null: help was asked for. Throws UsageError. */
export function readIhcArguments(args: string[]): RunOptions | TrainOptions | null {
  const { values, positionals, tokens } = parseArgs({ args, options, allowPositionals: true, tokens: true });
  if (values.help) return null;
  const given = new Set<string>(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
  const refuseAll = (names: string[], why: string): void => {
    const wrong = names.find((name) => given.has(name));
    if (wrong !== undefined) throw new UsageError(`--${wrong} ${why}`);
  };
  const [action = 'run'] = positionals;
  if (positionals.length > 1 || (action !== 'run' && action !== 'train'))
    throw new UsageError(`${positionals.join(' ')}: give nothing, or train`);
  const range = { from: readDay('from', values.from), to: readDay('to', values.to) };
  if (range.from > range.to) throw new UsageError('--from must not be after --to');
  const common: CommonOptions = {
    range,
    database: values.database ?? null,
    conversionType: values['conv-type'] ?? null,
    currency: readCurrency(values.currency),
    parameters: values.parameters ?? null,
  };
  if (action === 'train') {
    refuseAll(['write', 'redistribution', 'batch-journeys', 'batch-sessions'], 'does not go with train');
    if (values.out === undefined) throw new UsageError('train needs --out FILE.json for the parameters');
    return { ...common, action, out: values.out };
  }
  if (values.database === undefined) refuseAll(['write'], 'goes with --database; Postgres is always written');
  return {
    ...common,
    action: 'run',
    write: values.write,
    out: values.out ?? null,
    redistribution: values.redistribution ?? null,
    limits: {
      journeys: readNumber('batch-journeys', values['batch-journeys'], 100),
      sessions: readNumber('batch-sessions', values['batch-sessions'], 3_000),
    },
  };
}
