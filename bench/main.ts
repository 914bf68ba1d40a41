import { runCli, UsageError } from '@waybill/shared/cli';
import { benchAttribution } from './attribution.ts';
import { benchAttributionLive, liveUsage } from './attribution-live.ts';
import { attributionUsage } from './attribution-options.ts';
import { benchDelivery, deliveryUsage } from './delivery.ts';
import { benchEligibility } from './eligibility.ts';
import { usage as eligibilityUsage } from './options.ts';

const benches: Record<string, { run: (args: string[]) => Promise<void>; usage: string }> = {
  'attribution-live': { run: benchAttributionLive, usage: liveUsage },
  attribution: { run: benchAttribution, usage: attributionUsage },
  delivery: { run: benchDelivery, usage: deliveryUsage },
  eligibility: { run: benchEligibility, usage: eligibilityUsage },
};
const usage = `Usage: npm run bench -- NAME [options]; NAME --help tells more.\n\n  ${Object.keys(benches).join('\n  ')}\n`;

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
await runCli(bench?.usage ?? usage, async () => {
  if (bench !== undefined) return bench.run(args);
  if (name === '--help') return void process.stdout.write(usage);
  throw new UsageError(name === undefined ? 'Name a bench.' : `There is no bench "${name}".`);
});
