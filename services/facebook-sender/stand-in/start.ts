import type { StartStandIn } from '@waybill/shared/stand-in';
import { startFacebookStandIn } from './facebook.ts';

export const start: StartStandIn = async ({ settings: _, ...place }) => {
  const { url, stop } = await startFacebookStandIn(place);
  return { url, env: { FACEBOOK_GRAPH_URL: url }, stop };
};
