import type { Logger } from '@waybill/shared/telemetry';
import { codeOfError } from './code-of-error.ts';
import type { BingSettings } from './config.ts';
import type { Credentials } from './credentials.ts';
import type { Sent } from './reply.ts';
import type { OfflineConversionAdjustment } from './to-adjustment.ts';
import type { OfflineConversion } from './to-offline-conversion.ts';

type Urls = Pick<BingSettings, 'MICROSOFT_CAMPAIGN_URL' | 'MICROSOFT_OAUTH_TOKEN_URL' | 'MICROSOFT_OAUTH_SCOPE' | 'MICROSOFT_TIMEOUT_MS'>;

type Apply<Row> = (account: string, credentials: Credentials, accessToken: string, rows: Row[]) => Promise<Sent>;

/** Microsoft's wire. Each call is one request that ends within the deadline; its answer is not judged here. */
export interface MicrosoftApi {
  fetchToken(credentials: Credentials, refreshToken: string): Promise<Sent>;
  applyOfflineConversions: Apply<OfflineConversion>;
  applyAdjustments: Apply<OfflineConversionAdjustment>;
  /** Reads goals, account properties or the report of goals. */
  query(name: QueryName, account: string, credentials: Credentials, accessToken: string, question: object): Promise<Sent>;
}

/** What is read, by its address. https://learn.microsoft.com/advertising/campaign-management-service/campaign-management-service-operations */
export type QueryName = 'ConversionGoals/QueryByIds' | 'AccountProperties/Query' | 'OfflineConversionReport/QueryByGoalIds';

function withoutAnswer(error: unknown, isLate: boolean, timeoutMs: number): Sent {
  if (isLate) return { ok: false, outcome: { kind: 'retry', code: 'TIMEOUT', reason: `Microsoft did not answer within ${timeoutMs} ms` } };
  const cause = codeOfError((error as { cause?: unknown }).cause);
  const reason = `the connection to Microsoft broke or never stood${cause === null ? '' : ` (${cause})`}`;
  return { ok: false, outcome: { kind: 'retry', code: 'NO_CONNECTION', reason } };
}

export function connectMicrosoftApi(urls: Urls, log: Logger): MicrosoftApi {
  const campaignManagement = `${urls.MICROSOFT_CAMPAIGN_URL.replace(/\/+$/, '')}/CampaignManagement/v13`;
  const timeoutMs = urls.MICROSOFT_TIMEOUT_MS;

  const post = async (url: string, headers: Record<string, string>, body: string): Promise<Sent> => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      const header = (name: string): string | null => response.headers.get(name);
      const reply = {
        status: response.status,
        body: await response.text(),
        trackingId: header('TrackingId'),
        retryAfter: header('Retry-After'),
      };
      return { ok: true, reply };
    } catch (error) {
      return withoutAnswer(error, signal.aborted, timeoutMs);
    }
  };

  const headersOf = (account: string, { customerId, developerToken }: Credentials, accessToken: string) => ({
    'content-type': 'application/json',
    Authorization: `Bearer ${accessToken}`,
    DeveloperToken: developerToken,
    CustomerId: customerId,
    CustomerAccountId: account,
  });

  /** Both calls take rows under the name of what they apply. */
  const apply =
    (name: string) =>
    async (account: string, credentials: Credentials, accessToken: string, rows: object[]): Promise<Sent> => {
      const sent = await post(
        `${campaignManagement}/${name}/Apply`,
        headersOf(account, credentials, accessToken),
        JSON.stringify({ [name]: rows }),
      );
      const ending = sent.ok ? { status: sent.reply.status, trackingId: sent.reply.trackingId } : { code: sent.outcome.code };
      // Microsoft's support asks for the TrackingId of a call.
      log.info({ account, rows: rows.length, ...ending }, `${name} sent`);
      return sent;
    };

  return {
    fetchToken: ({ clientId, clientSecret }, refreshToken) => {
      const form = new URLSearchParams({
        client_id: clientId,
        client_secret: clientSecret,
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        scope: urls.MICROSOFT_OAUTH_SCOPE,
      });
      return post(urls.MICROSOFT_OAUTH_TOKEN_URL, { 'content-type': 'application/x-www-form-urlencoded' }, form.toString());
    },
    applyOfflineConversions: apply('OfflineConversions'),
    applyAdjustments: apply('OfflineConversionAdjustments'),
    query: (name, account, credentials, accessToken, question) =>
      post(`${campaignManagement}/${name}`, headersOf(account, credentials, accessToken), JSON.stringify(question)),
  };
}
