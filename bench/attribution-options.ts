import { parseArgs } from 'node:util';
import type { JourneyPlan } from './attribution-journeys.ts';
import { readJsonFile, wholeNumber } from './options.ts';

/** What the targets are meant for. */
export const fullJourneys = 1_000_000;

export const attributionUsage = `Usage: npm run bench -- attribution [options]

Invents N converting journeys and as many that led nowhere, over 12 channels and 90 days, and times two jobs on them beside DuckDB, in
memory and with 2 threads; loading is not counted for either. First, last, linear, time decay and position, with a credit for each touch
of the converting ones, kept; and the removal effects of the exact Markov model of order 1, from counting to solving. DuckDB does both
twice: from a table of touches, and from a table of journeys with their touches in lists, which is how Waybill holds them; the targets
are for the faster. Then streams 2 N and 8 N journeys through Waybill to show what memory that takes.

Every credit and removal effect is compared: one that is more than 1e-9 off fails the command. A target that is missed is shown; it does
not fail the command.

  --journeys N  ${fullJourneys} by default
  --seed N      other journeys (1)
  --json FILE   write the figures there too
  --help        show this
`;

export interface AttributionOptions {
  plan: JourneyPlan;
  jsonFile: string | null;
}

/** Reads the command line; null when help was asked for. Throws UsageError. */
export function readAttributionOptions(args: string[]): AttributionOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      journeys: { type: 'string', default: `${fullJourneys}` },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const plan = {
    journeys: wholeNumber('journeys', values.journeys, 1, 10_000_000),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1),
  };
  return { plan, jsonFile: readJsonFile(values.json) };
}
