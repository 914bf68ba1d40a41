import type { StartStandIn } from '@waybill/shared/stand-in';
import { startGoogleStandIn } from './google.ts';

export const start: StartStandIn = async ({ settings, ...place }) => {
  const { url, googleAds, stop } = await startGoogleStandIn({ ...place, googleAds: settings.GOOGLE_TRANSPORT === 'google-ads' });
  const ads: Record<string, string> =
    googleAds === null ? {} : { GOOGLE_ADS_URL: googleAds.url, GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: googleAds.caFile };
  return { url, env: { DATA_MANAGER_URL: url, GOOGLE_OAUTH_TOKEN_URL: `${url}/token`, ...ads }, stop };
};
