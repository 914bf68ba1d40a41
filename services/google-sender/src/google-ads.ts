import { createRequire } from 'node:module';
import type { Answer } from '@waybill/shared/sender';
import { toAdsFailure } from './ads-error-codes.ts';
import type { GoogleSettings } from './config.ts';
import type { Credentials } from './credentials.ts';
import { adsFailureSchema, readPartialFailure, readRequestFailure } from './read-ads-failure.ts';
import type { ConversionAdjustment } from './to-adjustment.ts';
import { toClickConversion } from './to-click-conversion.ts';
import type { GoogleEvent } from './to-event.ts';

/** The Google Ads API: each call is one request for one account that ends within the deadline. */
export interface GoogleAds {
  uploadClickConversions(account: string, credentials: Credentials, events: GoogleEvent[]): Promise<Answer>;
  uploadAdjustments(account: string, credentials: Credentials, adjustments: ConversionAdjustment[]): Promise<Answer>;
}

type Sdk = typeof import('google-ads-api');

interface UploadResponse {
  job_id?: unknown;
  partial_failure_error?: { details?: { value?: Uint8Array }[] } | null;
}

interface RefreshClient {
  endpoints: { oauth2TokenUrl: string | URL };
  refreshTokenNoCache(...args: unknown[]): Promise<unknown>;
}

/** The library's own, whatever was told before. */
let refresh: RefreshClient['refreshTokenNoCache'] | undefined;

/** The library takes no token address; its own copy of the auth library is told before each refresh. */
function useTokenUrl(tokenUrl: string): void {
  const fromAdsApi = createRequire(createRequire(import.meta.url).resolve('google-ads-api'));
  const { UserRefreshClient } = fromAdsApi('google-auth-library') as { UserRefreshClient: { prototype: RefreshClient } };
  refresh ??= UserRefreshClient.prototype.refreshTokenNoCache;
  const ofLibrary = refresh;
  UserRefreshClient.prototype.refreshTokenNoCache = function (this: RefreshClient, ...args) {
    this.endpoints.oauth2TokenUrl = tokenUrl;
    return ofLibrary.apply(this, args);
  };
}

/** The generated client waits four hours by default and tries again by itself; ours ends at the deadline and leaves trying again to the ledger. */
function deadline(timeoutMs: number) {
  const once = {
    initial_retry_delay_millis: 100,
    retry_delay_multiplier: 1,
    max_retry_delay_millis: 100,
    initial_rpc_timeout_millis: timeoutMs,
    rpc_timeout_multiplier: 1,
    max_rpc_timeout_millis: timeoutMs,
    total_timeout_millis: timeoutMs,
  };
  const service = (method: string) => ({
    retry_codes: { none: [] },
    retry_params: { default: once },
    methods: { [method]: { timeout_millis: timeoutMs, retry_codes_name: 'none', retry_params_name: 'default' } },
  });
  return {
    interfaces: {
      'google.ads.googleads.v25.services.ConversionUploadService': service('UploadClickConversions'),
      'google.ads.googleads.v25.services.ConversionAdjustmentUploadService': service('UploadConversionAdjustments'),
    },
  };
}

const retry = (code: string): Answer => ({
  kind: 'refused',
  outcome: { kind: 'retry', code, reason: 'Google Ads did not answer; whether it took the request is not known' },
  blamed: new Map(),
});

/** gRPC's own word for a call that Google stops before it comes to the Google Ads API. https://grpc.io/docs/guides/status-codes/ */
const permissionDenied = 7;

/** The library throws bare GoogleAdsFailures, gRPC errors and errors of the token endpoint; none is an Error of one kind. */
function toAnswer(error: unknown): Answer {
  const failure = adsFailureSchema.safeParse(error);
  if (failure.success && failure.data.errors.length > 0) return readRequestFailure(failure.data);
  const { code, message } = error as { code?: unknown; message?: string };
  if (message?.includes('invalid_grant')) return { kind: 'refused', outcome: toAdsFailure('invalid_grant'), blamed: new Map() };
  if (code === permissionDenied) return { kind: 'refused', outcome: toAdsFailure('PERMISSION_DENIED'), blamed: new Map() };
  if (typeof code === 'number') return retry(`GRPC_${code}`);
  if (typeof code === 'string') return retry(code);
  throw error;
}

/** Loads google-ads-api, which takes seconds and 230 MB, and speaks by it. */
export async function connectGoogleAds(settings: GoogleSettings): Promise<GoogleAds> {
  const { GoogleAdsApi, enums, errors }: Sdk = await import('google-ads-api');
  useTokenUrl(settings.GOOGLE_OAUTH_TOKEN_URL);
  const url = new URL(settings.GOOGLE_ADS_URL);
  const channel = { servicePath: url.hostname, port: Number(url.port || 443), clientConfig: deadline(settings.GOOGLE_TIMEOUT_MS) };

  const openCustomer = (account: string, { clientId, clientSecret, refreshToken, loginCustomerId, developerToken }: Credentials) => {
    const api = new GoogleAdsApi({
      client_id: clientId,
      client_secret: clientSecret,
      // Optional since Google moved access levels to the Cloud project; undefined would be sent as a word.
      developer_token: developerToken ?? '',
      grpc_channel_options: channel as unknown as NonNullable<ConstructorParameters<typeof GoogleAdsApi>[0]['grpc_channel_options']>,
    });
    return api.Customer({
      customer_id: account,
      refresh_token: refreshToken,
      ...(loginCustomerId ? { login_customer_id: loginCustomerId } : {}),
    });
  };

  /** Both uploads answer alike: rows that failed stand in the decoded detail, all others were taken. */
  const answerOf = async (rows: number, upload: () => Promise<unknown>): Promise<Answer> => {
    try {
      const response = (await upload()) as UploadResponse;
      const reference = `job ${String(response.job_id ?? '')}`;
      const detail = response.partial_failure_error?.details?.[0]?.value;
      if (!detail) return { kind: 'answered', outcomes: Array.from({ length: rows }, () => ({ kind: 'delivered', reference })) };
      const decoded = errors.GoogleAdsFailure.toObject(errors.GoogleAdsFailure.decode(detail), { enums: String, longs: Number });
      return readPartialFailure(adsFailureSchema.parse(decoded), rows, reference);
    } catch (error) {
      return toAnswer(error);
    }
  };

  return {
    uploadClickConversions: (account, credentials, events) =>
      answerOf(events.length, () => {
        const { conversionUploads } = openCustomer(account, credentials);
        const conversions = events.map((event) => toClickConversion(account, event));
        const request = { customer_id: account, partial_failure: true, conversions };
        return conversionUploads.uploadClickConversions(
          request as unknown as Parameters<typeof conversionUploads.uploadClickConversions>[0],
        );
      }),
    uploadAdjustments: (account, credentials, adjustments) =>
      answerOf(adjustments.length, () => {
        const { conversionAdjustmentUploads: uploads } = openCustomer(account, credentials);
        const conversion_adjustments = adjustments.map((adjustment) => ({
          ...adjustment,
          adjustment_type: enums.ConversionAdjustmentType[adjustment.adjustment_type],
        }));
        const request = { customer_id: account, partial_failure: true, conversion_adjustments };
        return uploads.uploadConversionAdjustments(request as unknown as Parameters<typeof uploads.uploadConversionAdjustments>[0]);
      }),
  };
}
