import type { Platform } from '@waybill/shared/sender';
import type { Logger } from '@waybill/shared/telemetry';
import type { FacebookSettings } from './config.ts';
import { readPixels } from './credentials.ts';
import { connectGraph } from './graph.ts';
import { readAnswer } from './read-answer.ts';
import { toAudit } from './to-audit.ts';
import { type FacebookEvent, toEvent } from './to-event.ts';

/** The most events that one request takes. https://developers.facebook.com/docs/marketing-api/conversions-api/using-the-api */
const batchLimit = 1_000;

/** Meta's Conversions API as the delivery core sees it; an account is a pixel. Throws ConfigError when one does not fit. */
export async function connectFacebook(config: FacebookSettings, log: Logger): Promise<Platform<FacebookEvent>> {
  const pixels = readPixels(config.DESTINATIONS_FILE);
  const sendEvents = connectGraph(config, log);
  return {
    name: 'facebook',
    batchLimit,
    // Meta has no way to change an event that it took.
    corrections: null,
    // Meta publishes no quota of its own for events; its usage headers are obeyed, by a rest of the account.
    budgetsOf: () => [],
    // Meta answers how many events it received.
    readBack: { kind: 'at-once' },
    toItem: (conversion, now) => toEvent(conversion, now, pixels.get(conversion.account)),
    toAudit,
    upload: async (pixel, events) => {
      const credentials = pixels.get(pixel);
      if (credentials === undefined) {
        const reason = `pixel ${pixel} has no credentials in DESTINATIONS_FILE`;
        return { kind: 'refused', outcome: { kind: 'config', code: 'PIXEL_UNKNOWN', reason }, blamed: new Map() };
      }
      return readAnswer(await sendEvents(pixel, credentials, events), events.length);
    },
  };
}
