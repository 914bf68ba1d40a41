import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { clickIdOf, inventConversion, type Load } from './conversions.ts';
import { peerDestinations, toTrackEvent } from './peer-destinations.ts';

/** Told to the parent at the end. */
export interface PeerReport {
  /** Click ids that the library said were sent. */
  sent: string[];
  /** Conversions that were handed to it. */
  tried: number;
  seconds: number;
  hung: boolean;
  /** What it said when it failed, each once. */
  errors: string[];
}

/** What the bench uses of the library. */
interface Destination {
  responses: unknown[];
  executeAction(action: string, call: object): Promise<unknown>;
  executeBatch(action: string, call: object): Promise<{ status: number; errormessage?: string }[]>;
}
interface Library {
  Destination: new (definition: object) => Destination;
}
type Extend = (context: unknown) => object;
interface FetchRequest {
  url: string;
  method: string;
  headers: unknown;
  signal: AbortSignal;
  text(): Promise<string>;
}

/** The library gives up a call that is not answered after 10 s. */
const deadlineSeconds = 30;
const inFlight = { batches: 4, singles: 10 };

const { values } = parseArgs({ options: { load: { type: 'string' }, url: { type: 'string' }, 'skip-cloning': { type: 'boolean' } } });
const load = JSON.parse(values.load ?? '') as Load;
const { folder, action, host, batchSize, settings, mapping } = peerDestinations[load.platform] as (typeof peerDestinations)[string];

const require = createRequire(import.meta.url);

/** Sends what the library would send to the vendor to `url` instead; to be called before the library is loaded. */
function redirect(url: string): void {
  const ofCore = createRequire(require.resolve('@segment/actions-core'));
  const fetch = ofCore('cross-fetch') as (url: string, options: object) => Promise<unknown>;
  const redirected = async (asked: FetchRequest): Promise<unknown> => {
    const { method, headers, signal } = asked;
    const { hostname, pathname } = new URL(asked.url);
    if (hostname !== host) throw new Error(`${hostname} is not expected of ${folder}`);
    // Meta reads a number that is written as text, its stand-in does not.
    const body = (await asked.text()).replace(/"event_time":"(\d+)"/, '"event_time":$1');
    return fetch(`${url}${pathname}`, { method, headers, signal, body });
  };
  const loaded = ofCore.cache[ofCore.resolve('cross-fetch')] as NodeModule;
  loaded.exports = Object.assign(redirected, fetch);
}

redirect(values.url ?? '');
process.env.ACTIONS_FB_CAPI_SYSTEM_USER_TOKEN = 'local';
process.env.ADWORDS_DEVELOPER_TOKEN = 'local';
const { Destination } = require('@segment/actions-core') as Library;
const definition = require(`@segment/action-destinations/dist/destinations/${folder}`).default as { extendRequest: Extend };
const extendRequest: Extend = (context) => ({ ...definition.extendRequest(context), skipResponseCloning: values['skip-cloning'] === true });
const destination = new Destination({ ...definition, extendRequest });
const common = { mapping, settings: settings(load.account), auth: { accessToken: 'local', refreshToken: 'local' } };

/** Hands over the conversions from `from` on; answers the click ids of those it says were sent. */
async function upload(from: number, size: number, errors: Set<string>): Promise<string[]> {
  const conversions = Array.from({ length: size }, (_, index) => inventConversion(load, from + index));
  const events = conversions.map(toTrackEvent);
  try {
    if (batchSize === null) await destination.executeAction(action, { ...common, event: events[0] });
    const statuses = batchSize === null ? [{ status: 200 }] : await destination.executeBatch(action, { ...common, events });
    for (const { status, errormessage } of statuses as { status: number; errormessage?: string }[])
      if (status >= 300) errors.add(`${status} ${errormessage}`);
    return conversions.filter((_, index) => (statuses[index]?.status ?? 500) < 300).map(clickIdOf);
  } catch (error) {
    errors.add(error instanceof Error ? error.message : String(error));
    return [];
  } finally {
    // It keeps every answer for ever otherwise.
    destination.responses.length = 0;
  }
}

async function withinDeadline<Result>(call: Promise<Result>): Promise<Result | 'hung'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'hung'>((resolve) => {
    timer = setTimeout(() => resolve('hung'), deadlineSeconds * 1_000);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

async function run(): Promise<PeerReport> {
  const sent: string[] = [];
  const errors = new Set<string>();
  let next = 0;
  let hung = false;
  const lane = async (): Promise<void> => {
    while (next < load.count && !hung) {
      const from = next;
      next = Math.min(from + (batchSize ?? 1), load.count);
      const told = await withinDeadline(upload(from, next - from, errors));
      if (told === 'hung') hung = true;
      else sent.push(...told);
    }
  };
  const beganAt = performance.now();
  await Promise.all(Array.from({ length: batchSize === null ? inFlight.singles : inFlight.batches }, lane));
  return { sent, tried: next, seconds: (performance.now() - beganAt) / 1_000, hung, errors: [...errors] };
}

process.once('message', async () => {
  const report = await run();
  process.send?.({ report });
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
