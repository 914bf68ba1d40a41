import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBingStandIn } from './bing.ts';
import { startFacebookStandIn } from './facebook.ts';
import { startGoogleStandIn } from './google.ts';

// The three stand-ins in one process; it tells its parent the addresses and the settings by which services reach them.
const { values } = parseArgs({ options: { folder: { type: 'string' }, 'google-ads': { type: 'boolean', default: false } } });
const standsAt = process.env.CLOCK_AT;
const clock = standsAt === undefined ? {} : { now: () => new Date(standsAt) };
const kept = values.folder === undefined ? {} : { folder: join(values.folder) };

const google = await startGoogleStandIn({ port: 9_061, ...kept, ...clock, googleAds: values['google-ads'] });
const facebook = await startFacebookStandIn({ port: 9_062, ...kept, ...clock });
const bing = await startBingStandIn({ port: 9_063, ...kept, ...clock });
const googleAds: Record<string, string> =
  google.googleAds === null ? {} : { GOOGLE_ADS_URL: google.googleAds.url, GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: google.googleAds.caFile };

process.send?.({
  ready: true,
  urls: { google: google.url, facebook: facebook.url, bing: bing.url },
  env: {
    DATA_MANAGER_URL: google.url,
    GOOGLE_OAUTH_TOKEN_URL: `${google.url}/token`,
    FACEBOOK_GRAPH_URL: facebook.url,
    MICROSOFT_CAMPAIGN_URL: bing.url,
    MICROSOFT_OAUTH_TOKEN_URL: `${bing.url}/token`,
    ...googleAds,
  },
});

const end = async (): Promise<void> => {
  await Promise.all([google.stop(), facebook.stop(), bing.stop()]);
  process.exit(0);
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
process.once('disconnect', end);
