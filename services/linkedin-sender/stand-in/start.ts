import type { StartStandIn } from '@waybill/shared/stand-in';
import { startLinkedInStandIn } from './linkedin.ts';

export const start: StartStandIn = async ({ settings: _, ...place }) => {
  const { url, stop } = await startLinkedInStandIn(place);
  return { url, env: { LINKEDIN_API_URL: url }, stop };
};
