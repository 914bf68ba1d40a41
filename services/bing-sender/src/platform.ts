import { fingerprint } from '@waybill/shared/conversion';
import type { Answer, Platform, Route } from '@waybill/shared/sender';
import type { Logger } from '@waybill/shared/telemetry';
import { AccessToken } from './access-token.ts';
import type { BingSettings } from './config.ts';
import { type Credentials, readAccounts } from './credentials.ts';
import type { Failure } from './error-codes.ts';
import { connectMicrosoftApi, type MicrosoftApi } from './microsoft-api.ts';
import { isTokenExpired, readAnswer } from './read-answer.ts';
import { readToken } from './read-token.ts';
import { openRefreshTokens, type RefreshTokens } from './refresh-tokens.ts';
import type { Sent } from './reply.ts';
import { type OfflineConversionAdjustment, toAdjustment } from './to-adjustment.ts';
import { toAudit } from './to-audit.ts';
import { type OfflineConversion, toOfflineConversion } from './to-offline-conversion.ts';

/** The most rows that ApplyOfflineConversions takes. https://learn.microsoft.com/advertising/campaign-management-service/applyofflineconversions */
const batchLimit = 1_000;

const refused = (outcome: Failure): Answer => ({ kind: 'refused', outcome, blamed: new Map() });

/**
 * A consent is known by the refresh token that the configuration gives: accounts that share one share its access token, and a new consent
 * in the configuration puts everything that came of the old one out of use.
 */
function openConsents(api: MicrosoftApi, refreshTokens: RefreshTokens): (credentials: Credentials) => AccessToken {
  const consents = new Map<string, AccessToken>();
  return (credentials) => {
    const { clientId, refreshToken } = credentials;
    const consent = fingerprint({ clientId, refreshToken });
    const known = consents.get(consent);
    if (known !== undefined) return known;
    const exchange = async (shown: string) => {
      const sent = await api.fetchToken(credentials, shown);
      return sent.ok ? readToken(sent.reply, Date.now()) : sent;
    };
    const opened = new AccessToken(exchange, {
      find: () => refreshTokens.find(consent) ?? refreshToken,
      save: (newest) => refreshTokens.save(consent, newest),
    });
    consents.set(consent, opened);
    return opened;
  };
}

/** Microsoft Advertising as the delivery core sees it. Throws ConfigError when an account's credentials or the token file do not fit. */
export async function connectBing(config: BingSettings, log: Logger): Promise<Platform<OfflineConversion, OfflineConversionAdjustment>> {
  const accounts = readAccounts(config.DESTINATIONS_FILE);
  const api = connectMicrosoftApi(config, log);
  const accessTokenOf = openConsents(api, openRefreshTokens(config.MICROSOFT_TOKEN_FILE, log));

  const applyWith =
    <Row>(apply: (account: string, credentials: Credentials, accessToken: string, rows: Row[]) => Promise<Sent>) =>
    async (account: string, rows: Row[]): Promise<Answer> => {
      const credentials = accounts.get(account);
      if (credentials === undefined) {
        return refused({ kind: 'config', code: 'ACCOUNT_UNKNOWN', reason: `account ${account} has no credentials in DESTINATIONS_FILE` });
      }
      const accessToken = accessTokenOf(credentials);
      const token = await accessToken.fetch();
      if (!token.ok) return refused(token.outcome);
      let sent = await apply(account, credentials, token.value, rows);
      if (sent.ok && isTokenExpired(sent.reply)) {
        const renewed = await accessToken.renew(token.value);
        if (!renewed.ok) return refused(renewed.outcome);
        sent = await apply(account, credentials, renewed.value, rows);
      }
      return sent.ok ? readAnswer(sent.reply, rows.length, Date.now()) : refused(sent.outcome);
    };
  const adjustments: Route<OfflineConversionAdjustment> = {
    toItem: (conversion, now) => toAdjustment(conversion, now, config.MICROSOFT_MAX_AGE_DAYS),
    upload: applyWith(api.applyAdjustments),
  };

  return {
    name: 'bing',
    batchLimit,
    toItem: (conversion, now) => toOfflineConversion(conversion, now, config.MICROSOFT_MAX_AGE_DAYS),
    upload: applyWith(api.applyOfflineConversions),
    corrections: { restatement: adjustments, retraction: adjustments },
    budgetsOf: () => [],
    readBack: null,
    toAudit,
  };
}
