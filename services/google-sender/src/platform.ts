import { fingerprint } from '@waybill/shared/conversion';
import type { Answer, Budget, Platform, ReadBack, Route, Told } from '@waybill/shared/sender';
import type { GoogleSettings } from './config.ts';
import { type Credentials, readAccounts } from './credentials.ts';
import { connectDataManager, type DataManager } from './data-manager.ts';
import { connectGoogleAds, type GoogleAds } from './google-ads.ts';
import { readRefusal } from './read-refusal.ts';
import { readStatus } from './read-status.ts';
import { type ConversionAdjustment, toAdjustment } from './to-adjustment.ts';
import { toAudit } from './to-audit.ts';
import { type GoogleEvent, toEvent } from './to-event.ts';
import { mostDestinations, toReference, toRequest } from './to-request.ts';

/** The most that one request takes, by either transport. https://developers.google.com/data-manager/api/limits */
const batchLimit = 2_000;

/** Data Manager has no retraction; whoever gives one of the two has set the Google Ads API up for the account. */
const allowsAds = ({ developerToken, loginCustomerId }: Credentials): boolean => Boolean(developerToken ?? loginCustomerId);
const adsNotSetUp = (account: string) => ({
  ...{ kind: 'config' as const, code: 'ADS_API_NOT_SET_UP' },
  reason: `Data Manager has no retraction and the Google Ads API is not set up for ${account}; give its credentials a loginCustomerId or developerToken and consent to the scope auth/adwords, or set GOOGLE_TRANSPORT=google-ads`,
});

interface ByDataManager {
  upload(account: string, credentials: Credentials, events: GoogleEvent[]): Promise<Answer>;
  fetchStatus(credentials: Credentials, requestId: string): Promise<Told>;
}

function connectByDataManager(config: GoogleSettings): ByDataManager {
  const clients = new Map<string, DataManager>();
  // Accounts that share a credential share its client, and so its access token.
  const clientOf = (credentials: Credentials): DataManager => {
    const key = fingerprint([credentials.clientId, credentials.refreshToken]);
    const client = clients.get(key) ?? connectDataManager(config, credentials);
    clients.set(key, client);
    return client;
  };
  return {
    upload: async (account, credentials, events) => {
      const { request, destinationOf } = toRequest(account, credentials.loginCustomerId ?? null, events);
      const ingested = await clientOf(credentials).ingestEvents(request);
      if (!ingested.ok) return readRefusal(ingested.refusal, destinationOf);
      return { kind: 'answered', outcomes: events.map(() => ({ kind: 'delivered', reference: ingested.requestId })) };
    },
    fetchStatus: async (credentials, requestId) => {
      const retrieved = await clientOf(credentials).retrieveStatus(requestId);
      if (retrieved.ok) return readStatus(retrieved.status);
      const { outcome } = readRefusal(retrieved.refusal, []) as Extract<Answer, { kind: 'refused' }>;
      const { code, reason } = outcome as Extract<typeof outcome, { code: string }>;
      return { kind: 'unknown', problem: `Google does not tell of the request, ${code}: ${reason}` };
    },
  };
}

/** Loads google-ads-api when it is first needed, once. */
function openLazily(config: GoogleSettings): () => Promise<GoogleAds> {
  let opened: Promise<GoogleAds> | null = null;
  return () => {
    opened ??= connectGoogleAds(config);
    return opened;
  };
}

/**
 * Google as the delivery core sees it, by the transport of the setting. A restatement goes the way of the conversion; a retraction is
 * known to the Google Ads API only. Throws ConfigError when an account does not fit.
 */
export async function connectGoogle(
  config: GoogleSettings,
): Promise<Platform<GoogleEvent, GoogleEvent | ConversionAdjustment, ConversionAdjustment>> {
  const accounts = readAccounts(config.DESTINATIONS_FILE);
  const openAds = openLazily(config);
  const isByAds = config.GOOGLE_TRANSPORT === 'google-ads';
  if (isByAds) await openAds();
  const dataManager = connectByDataManager(config);

  const withCredentials =
    <Item>(upload: (account: string, credentials: Credentials, items: Item[]) => Promise<Answer>) =>
    async (account: string, items: Item[]): Promise<Answer> => {
      const credentials = accounts.get(account);
      if (credentials !== undefined) return upload(account, credentials, items);
      const reason = `account ${account} has no credentials in DESTINATIONS_FILE`;
      return { kind: 'refused', outcome: { kind: 'config', code: 'ACCOUNT_UNKNOWN', reason }, blamed: new Map() };
    };
  const events: Route<GoogleEvent> = {
    toItem: (conversion, now) => toEvent(conversion, now, config.GOOGLE_MAX_AGE_DAYS),
    upload: withCredentials(isByAds ? async (...sent) => (await openAds()).uploadClickConversions(...sent) : dataManager.upload),
    ...(isByAds ? {} : { groups: { of: toReference, most: mostDestinations } }),
  };
  const adjustments: Route<ConversionAdjustment> = {
    toItem: toAdjustment,
    upload: withCredentials(async (...sent) => (await openAds()).uploadAdjustments(...sent)),
  };
  const restatement = (isByAds ? adjustments : events) as Route<GoogleEvent | ConversionAdjustment>;
  const retraction: Route<ConversionAdjustment> = {
    ...adjustments,
    toItem: (conversion, now) => {
      const credentials = accounts.get(conversion.account);
      if (isByAds || credentials === undefined || allowsAds(credentials)) return toAdjustment(conversion, now);
      return { ok: false, outcome: adsNotSetUp(conversion.account) };
    },
  };
  const readBack: ReadBack = {
    ...{ kind: 'by-request', firstAfterMs: config.GOOGLE_STATUS_AFTER_MINUTES * 60_000 },
    fetchStatus: async (account, requestId) => {
      const credentials = accounts.get(account);
      if (credentials !== undefined) return dataManager.fetchStatus(credentials, requestId);
      return { kind: 'unknown', problem: `account ${account} has no credentials in DESTINATIONS_FILE any more` };
    },
  };
  /** A Cloud project is known by its OAuth client. */
  const budgetsOf = (account: string): Budget[] => {
    if (isByAds) return [];
    const project = fingerprint([accounts.get(account)?.clientId ?? account]).slice(0, 12);
    return [
      { name: `minute of ${project}`, requests: config.GOOGLE_REQUESTS_PER_MINUTE, windowMs: 60_000 },
      { name: `day of ${project}`, requests: config.GOOGLE_REQUESTS_PER_DAY, windowMs: 24 * 60 * 60_000 },
    ];
  };
  return {
    ...{ name: 'google', batchLimit, budgetsOf, toAudit, ...events, corrections: { restatement, retraction } },
    // The Google Ads API tells all that it will tell in its answer.
    readBack: isByAds ? null : readBack,
  };
}
