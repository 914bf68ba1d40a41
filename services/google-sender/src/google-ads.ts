import { createRequire } from 'node:module';
import type { Answer } from '@waybill/shared/sender';
import { toAdsFailure } from './ads-error-codes.ts';
import type { GoogleSettings } from './config.ts';
import type { Credentials } from './credentials.ts';
import { adsFailureSchema, readPartialFailure, readRequestFailure } from './read-ads-failure.ts';
import { toClickConversion } from './to-click-conversion.ts';
import type { GoogleEvent } from './to-event.ts';

/** Uploads the conversions of one account in one request that ends within the deadline. */
export type UploadClickConversions = (account: string, credentials: Credentials, events: GoogleEvent[]) => Promise<Answer>;

type Sdk = typeof import('google-ads-api');
interface RefreshClient {
  endpoints: { oauth2TokenUrl: string | URL };
  refreshTokenNoCache(...args: unknown[]): Promise<unknown>;
}

/** The library takes no token address; its own copy of the auth library is told before each refresh. */
function useTokenUrl(tokenUrl: string): void {
  const fromAdsApi = createRequire(createRequire(import.meta.url).resolve('google-ads-api'));
  const { UserRefreshClient } = fromAdsApi('google-auth-library') as { UserRefreshClient: { prototype: RefreshClient } };
  const refresh = UserRefreshClient.prototype.refreshTokenNoCache;
  UserRefreshClient.prototype.refreshTokenNoCache = function (this: RefreshClient, ...args) {
    this.endpoints.oauth2TokenUrl = tokenUrl;
    return refresh.apply(this, args);
  };
}

/** The generated client waits four hours by default and tries again by itself; ours ends at the deadline and leaves trying again to the ledger. */
const deadline = (timeoutMs: number) => ({
  interfaces: {
    'google.ads.googleads.v25.services.ConversionUploadService': {
      retry_codes: { none: [] },
      retry_params: {
        default: {
          initial_retry_delay_millis: 100,
          retry_delay_multiplier: 1,
          max_retry_delay_millis: 100,
          initial_rpc_timeout_millis: timeoutMs,
          rpc_timeout_multiplier: 1,
          max_rpc_timeout_millis: timeoutMs,
          total_timeout_millis: timeoutMs,
        },
      },
      methods: { UploadClickConversions: { timeout_millis: timeoutMs, retry_codes_name: 'none', retry_params_name: 'default' } },
    },
  },
});

const retry = (code: string): Answer => ({
  kind: 'refused',
  outcome: { kind: 'retry', code, reason: 'Google Ads did not answer; whether it took the request is not known' },
  blamed: new Map(),
});

/** The library throws bare GoogleAdsFailures, gRPC errors and errors of the token endpoint; none is an Error of one kind. */
function toAnswer(error: unknown): Answer {
  const failure = adsFailureSchema.safeParse(error);
  if (failure.success && failure.data.errors.length > 0) return readRequestFailure(failure.data);
  const { code, message } = error as { code?: unknown; message?: string };
  if (message?.includes('invalid_grant')) return { kind: 'refused', outcome: toAdsFailure('invalid_grant'), blamed: new Map() };
  if (typeof code === 'number') return retry(`GRPC_${code}`);
  if (typeof code === 'string') return retry(code);
  throw error;
}

/** Loads google-ads-api, which takes seconds and 230 MB, and speaks by it. */
export async function connectGoogleAds(settings: GoogleSettings): Promise<UploadClickConversions> {
  const { GoogleAdsApi, errors }: Sdk = await import('google-ads-api');
  useTokenUrl(settings.GOOGLE_OAUTH_TOKEN_URL);
  const url = new URL(settings.GOOGLE_ADS_URL);
  const channel = { servicePath: url.hostname, port: Number(url.port || 443), clientConfig: deadline(settings.GOOGLE_TIMEOUT_MS) };

  return async (account, credentials, events) => {
    const { clientId, clientSecret, refreshToken, loginCustomerId, developerToken } = credentials;
    const api = new GoogleAdsApi({
      client_id: clientId,
      client_secret: clientSecret,
      // Optional since Google moved access levels to the Cloud project; undefined would be sent as a word.
      developer_token: developerToken ?? '',
      grpc_channel_options: channel as unknown as NonNullable<ConstructorParameters<typeof GoogleAdsApi>[0]['grpc_channel_options']>,
    });
    const customer = api.Customer({
      customer_id: account,
      refresh_token: refreshToken,
      ...(loginCustomerId ? { login_customer_id: loginCustomerId } : {}),
    });
    try {
      const request = {
        customer_id: account,
        partial_failure: true,
        conversions: events.map((event) => toClickConversion(account, event)),
      };
      const response = await customer.conversionUploads.uploadClickConversions(
        request as unknown as Parameters<typeof customer.conversionUploads.uploadClickConversions>[0],
      );
      const reference = `job ${String(response.job_id ?? '')}`;
      const detail = response.partial_failure_error?.details?.[0]?.value;
      if (!detail) return { kind: 'answered', outcomes: events.map(() => ({ kind: 'delivered', reference })) };
      const decoded = errors.GoogleAdsFailure.toObject(errors.GoogleAdsFailure.decode(detail as Uint8Array), {
        enums: String,
        longs: Number,
      });
      return readPartialFailure(adsFailureSchema.parse(decoded), events.length, reference);
    } catch (error) {
      return toAnswer(error);
    }
  };
}
