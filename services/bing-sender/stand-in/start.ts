import type { StartStandIn } from '@waybill/shared/stand-in';
import { startBingStandIn } from './bing.ts';

export const start: StartStandIn = async ({ settings: _, ...place }) => {
  const { url, stop } = await startBingStandIn(place);
  return { url, env: { MICROSOFT_CAMPAIGN_URL: url, MICROSOFT_OAUTH_TOKEN_URL: `${url}/token` }, stop };
};
