import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@waybill/shared/cli';
import type { WorldSize } from './world/invent.ts';

/** What the targets are meant for. */
export const fullSize = { companies: 1_000_000, contacts: 3_000_000, visits: 5_000_000, paidClicks: 200_000 };

export const usage = `Usage: npm run bench -- eligibility [options]

Fills a throw-away Postgres with an invented company and times eligibility's runs as a service of its own: the whole catalogue from cold
(no run before), again with nothing changed, again with 1 % of the scores changed, and the whole catalogue again, which is what deciding
everything each time would cost. Needs about 8 GB of disk for a while. A target that is missed is shown; it does not fail the command.

  --companies N    ${fullSize.companies} by default
  --contacts N     ${fullSize.contacts}
  --visits N       ${fullSize.visits}, over half a year
  --paid-clicks N  one visit in 25, inside the last eight days
  --seed N         another invented company (1)
  --json FILE      write the figures there too
  --keep           leave the database up at the end, until Ctrl-C
  --help           show this
`;

export interface BenchOptions {
  world: WorldSize;
  jsonFile: string | null;
  keep: boolean;
}

/** Throws UsageError. */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} ${text}: give a whole number from ${least} to ${most}`);
}

/** The file that is meant, null where none is. Throws UsageError where it could not be written. */
export function readJsonFile(name: string | undefined): string | null {
  if (name === undefined) return null;
  // npm runs commands in the root of the checkout; the name is meant from where the user stands.
  const file = resolve(process.env.INIT_CWD ?? '.', name);
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new UsageError(`--json ${name}: ${dirname(file)} is no folder that can be written to`);
  }
  return file;
}

/** Reads the command line; null when help was asked for. Throws UsageError. */
export function readOptions(args: string[]): BenchOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      companies: { type: 'string', default: `${fullSize.companies}` },
      contacts: { type: 'string', default: `${fullSize.contacts}` },
      visits: { type: 'string', default: `${fullSize.visits}` },
      'paid-clicks': { type: 'string' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const most = 100_000_000;
  const visits = wholeNumber('visits', values.visits, 1, most);
  const world = {
    companies: wholeNumber('companies', values.companies, 1, most),
    contacts: wholeNumber('contacts', values.contacts, 1, most),
    visits,
    paidClicks: wholeNumber('paid-clicks', values['paid-clicks'] ?? `${Math.floor(visits / 25)}`, 0, visits),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
  };
  return { world, jsonFile: readJsonFile(values.json), keep: values.keep };
}
