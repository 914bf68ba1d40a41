import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@waybill/shared/cli';
import { readDestinations } from '@waybill/shared/config';
import { connect, migrateToLatest } from '@waybill/shared/db';
import { connectPubsub } from '@waybill/shared/pubsub';
import { Children } from '../infra/local/children.ts';
import { findFreePort } from '../infra/local/free-port.ts';
import { startThrowAwayPostgres } from '../infra/local/throw-away-postgres.ts';
import { applyTopology } from '../infra/topology/apply.ts';
import { findPlatforms } from '../infra/topology/platforms.ts';
import { planTopology } from '../infra/topology/topology.ts';
import { type Load, loadable, platformAt, senderAt } from './conversions.ts';
import { type Figure, findMisses, formatDelivery, wrongOf } from './delivery-figures.ts';
import { describeMachine, describePostgres } from './machine.ts';
import { measurePeer } from './measure-peer.ts';
import { measureSender, type Stack } from './measure-sender.ts';
import { peerDestinations, peerVersion, peerWays } from './peer-destinations.ts';

export const deliveryUsage = `Usage: npm run bench -- delivery [--conversions N] [--bad SHARE] [--alone] [--strict] [--json FILE]

Publishes N conversions (50000) to each platform's topic, then starts its sender, one at a time, against its stand-in, with queue, ledger
and audit on, and times it from ready to the last one settled: conversions a second, calls for 10,000, CPU seconds for 100,000 and peak
memory. Twice: without a bad row, and with a share of them (0.0025) that only the platform can refuse: later than its clock. Meta does not say what is
wrong with such a row, so that it ends held, the others' rejected.

Beside each the upload of ${peerVersion}, used as a library: what one would pick instead. Where it sends one event a call it gets
at most 20000. Whatever is lost, misreported or repeated by our senders fails the command.

  --alone   without the peer
  --strict  every missed target fails the command
`;

const projectId = 'waybill-bench';
const destinationsFile = join(import.meta.dirname, '../infra/local/destinations.json');
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '512MB' };
const mostSingles = 20_000;

interface Plan {
  count: number;
  badShares: number[];
  withPeer: boolean;
}

/** `urls` are the stand-ins', `peerUrl` that of the wires that only the peer speaks. */
async function measureAll(stack: Stack, plan: Plan, urls: Record<string, string>, peerUrl: string, logFolder: string): Promise<Figure[]> {
  const destinations = readDestinations(destinationsFile);
  const figures: Figure[] = [];
  let run = 0;
  for (const badShare of plan.badShares)
    for (const { platform, service } of findPlatforms().filter(({ platform }) => loadable.has(platform))) {
      const say = (who: string) => void process.stderr.write(`${platform}, ${badShare * 100} % bad, ${who} …\n`);
      const [account = ''] = Object.keys(destinations[platform]?.accounts ?? {});
      const nextLoad = (count: number): Load => ({ platform, account, count, badShare, run: ++run });
      const url = urls[platform] ?? '';
      say('Waybill');
      figures.push(await measureSender(stack, service, nextLoad(plan.count), url));
      const batchSize = peerDestinations[platform]?.batchSize ?? null;
      for (const { name, skipCloning, hangs } of plan.withPeer ? (peerWays[platform] ?? []) : []) {
        say(name);
        const most = hangs ? (batchSize ?? 1) : batchSize === null ? mostSingles : plan.count;
        const load = nextLoad(Math.min(plan.count, most));
        const { figure, errors } = await measurePeer(load, name, skipCloning, platform === 'facebook' ? url : peerUrl, logFolder);
        figures.push(figure);
        for (const error of errors) process.stderr.write(`  it said: ${error}\n`);
      }
    }
  return figures;
}

export async function benchDelivery(args: string[]): Promise<void> {
  const options = {
    conversions: { type: 'string', default: '50000' },
    bad: { type: 'string', default: '0.0025' },
    alone: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(deliveryUsage);
  const [count, bad] = [Number(values.conversions), Number(values.bad)];
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`--conversions ${values.conversions}: give a whole number`);
  if (!(bad > 0 && bad < 1)) throw new UsageError(`--bad ${values.bad}: give a share between 0 and 1`);

  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const logFolder = join(folder, 'logs');
  const postgres = await startThrowAwayPostgres(durable);
  const db = connect(postgres.url, 4);
  const children = new Children(logFolder, (line) => void process.stderr.write(`${line}\n`));
  try {
    await migrateToLatest(postgres.url);
    const port = await findFreePort(0);
    const pubsubArgs = ['--port', `${port}`, '--folder', join(folder, 'pubsub')];
    await children.start({ name: 'pubsub-server', entry: 'infra/pubsub-server/main.ts', args: pubsubArgs });
    const addresses = { PUBSUB_EMULATOR_HOST: `127.0.0.1:${port}`, METADATA_SERVER_DETECTION: 'none' };
    Object.assign(process.env, addresses);
    const ready = await children.start({ name: 'platforms', entry: 'infra/platforms/main.ts', env: { CLOCK_AT: platformAt } });
    const { url: peerUrl } = await children.start({ name: 'peer-platforms', entry: 'bench/peer-platforms.ts' });
    const pubsub = connectPubsub(projectId);
    await applyTopology(pubsub, planTopology(findPlatforms()));
    const env = {
      ...{ ...addresses, ...(ready.env as Record<string, string>), DATABASE_URL: postgres.url, GOOGLE_CLOUD_PROJECT: projectId },
      ...{ DESTINATIONS_FILE: destinationsFile, CLOCK_AT: senderAt },
    };
    const machine = describeMachine();
    const { version, settings } = await describePostgres(db);
    process.stdout.write(
      `${machine.cores} cores (${machine.processor}), Node ${machine.node}, Postgres ${version}, fsync ${settings.fsync}; peer: ${peerVersion}\n`,
    );
    const plan = { count, badShares: [0, bad], withPeer: !values.alone };
    const urls = ready.urls as Record<string, string>;
    const figures = await measureAll({ db, children, pubsub, env }, plan, urls, peerUrl as string, logFolder);
    await pubsub.close();
    process.stdout.write(`${formatDelivery(figures)}\n`);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, settings, figures }, null, 2)}\n`);
    const ours = figures.filter(({ peer }) => peer === null);
    if (ours.some((figure) => wrongOf(figure) > 0 || (values.strict && findMisses(figure).length > 0))) process.exitCode = 1;
  } finally {
    await children.stop();
    await db.destroy();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
