import { fingerprint } from '@waybill/shared/conversion';
import type { Platform } from '@waybill/shared/sender';
import type { LinkedInSettings } from './config.ts';
import { readAccounts } from './credentials.ts';
import { connectLinkedInApi } from './linkedin-api.ts';
import { readAnswer } from './read-answer.ts';
import { toAudit } from './to-audit.ts';
import { type LinkedInElement, toElement } from './to-element.ts';

/** The most events that one request takes. https://learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/conversions-api */
const batchLimit = 5_000;
const minuteMs = 60_000;

/** LinkedIn's Conversions API as the delivery core sees it. Throws ConfigError when an account does not fit. */
export async function connectLinkedIn(config: LinkedInSettings): Promise<Platform<LinkedInElement>> {
  const accounts = readAccounts(config.DESTINATIONS_FILE);
  const sendElements = connectLinkedInApi(config);
  return {
    name: 'linkedin',
    batchLimit,
    // LinkedIn has no way to change an event that it took, and tells nothing of it afterwards.
    corrections: null,
    readBack: null,
    budgetsOf: (account) => {
      const consent = fingerprint([accounts.get(account)?.accessToken ?? account]).slice(0, 12);
      return [
        { name: `minute of ${consent}`, requests: config.LINKEDIN_REQUESTS_PER_MINUTE, windowMs: minuteMs },
        { name: `day of ${consent}`, requests: config.LINKEDIN_REQUESTS_PER_DAY, windowMs: 24 * 60 * minuteMs },
      ];
    },
    toItem: (conversion, now) => toElement(conversion, now, config.LINKEDIN_MAX_AGE_DAYS),
    toAudit,
    upload: async (account, elements) => {
      const credentials = accounts.get(account);
      if (credentials !== undefined) return readAnswer(await sendElements(credentials, elements), elements.length);
      const reason = `account ${account} has no credentials in DESTINATIONS_FILE`;
      return { kind: 'refused', outcome: { kind: 'config', code: 'ACCOUNT_UNKNOWN', reason }, blamed: new Map() };
    },
  };
}
