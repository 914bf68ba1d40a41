import { readDestinations } from '@waybill/shared/config';
import { errorOf, fingerprint, type Outcome } from '@waybill/shared/conversion';
import type { Answer, Platform, Route } from '@waybill/shared/sender';
import { type Logger, raiseAlert } from '@waybill/shared/telemetry';
import { AccessToken } from './access-token.ts';
import type { BingSettings } from './config.ts';
import { type Credentials, readAccounts } from './credentials.ts';
import type { Failure } from './error-codes.ts';
import { type Asked, openGoalReport } from './goal-report.ts';
import { GoalUses } from './goal-uses.ts';
import { connectMicrosoftApi, type MicrosoftApi, type QueryName } from './microsoft-api.ts';
import { isTokenExpired, readAnswer } from './read-answer.ts';
import { readToken } from './read-token.ts';
import { openRefreshTokens, type RefreshTokens } from './refresh-tokens.ts';
import { parseJson, type Sent } from './reply.ts';
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

type Call = (account: string, credentials: Credentials, accessToken: string) => Promise<Sent>;
/** Makes a call for an account with its token, which is renewed once if Microsoft calls it expired. */
type WithToken = (account: string, call: Call) => Promise<Sent>;

function openAccounts(accounts: Map<string, Credentials>, accessTokenOf: (credentials: Credentials) => AccessToken): WithToken {
  return async (account, call) => {
    const credentials = accounts.get(account);
    if (credentials === undefined) {
      const reason = `account ${account} has no credentials in DESTINATIONS_FILE`;
      return { ok: false, outcome: { kind: 'config', code: 'ACCOUNT_UNKNOWN', reason } };
    }
    const accessToken = accessTokenOf(credentials);
    const token = await accessToken.fetch();
    if (!token.ok) return token;
    const sent = await call(account, credentials, token.value);
    if (!sent.ok || !isTokenExpired(sent.reply)) return sent;
    const renewed = await accessToken.renew(token.value);
    return renewed.ok ? call(account, credentials, renewed.value) : renewed;
  };
}

/** Asks Microsoft a question; answers the JSON of its answer, or what stood in the way. */
async function ask(withToken: WithToken, api: MicrosoftApi, name: QueryName, account: string, question: object): Promise<Asked> {
  const sent = await withToken(account, (...of) => api.query(name, ...of, question));
  const failed = (outcome: Outcome): Asked => ({ ok: false, problem: `${name}: ${errorOf(outcome)}` });
  if (!sent.ok) return failed(sent.outcome);
  const answer = readAnswer(sent.reply, 0, Date.now());
  return answer.kind === 'answered' ? { ok: true, body: parseJson(sent.reply.body) } : failed(answer.outcome);
}

/** Microsoft Advertising as the delivery core sees it. Throws ConfigError when an account's credentials or the token file do not fit. */
export async function connectBing(config: BingSettings, log: Logger): Promise<Platform<OfflineConversion, OfflineConversionAdjustment>> {
  const accounts = readAccounts(config.DESTINATIONS_FILE);
  const destinations = readDestinations(config.DESTINATIONS_FILE).bing?.accounts ?? {};
  const api = connectMicrosoftApi(config, log);
  const withToken = openAccounts(accounts, openConsents(api, openRefreshTokens(config.MICROSOFT_TOKEN_FILE, log)));

  const uses = new GoalUses((account) => Object.values(destinations[account]?.actions ?? {}).flatMap((action) => action ?? []));
  const applyWith =
    <Row extends { ConversionName: string }>(
      apply: (account: string, credentials: Credentials, accessToken: string, rows: Row[]) => Promise<Sent>,
    ) =>
    async (account: string, rows: Row[]): Promise<Answer> => {
      const sent = await withToken(account, (...of) => apply(...of, rows));
      if (!sent.ok) return refused(sent.outcome);
      const answer = readAnswer(sent.reply, rows.length, Date.now());
      if (answer.kind === 'answered') {
        const isOfGoal = (outcome: Outcome | undefined) =>
          outcome?.kind === 'delivered' || (outcome?.kind === 'config' && outcome.concerns === 'action');
        uses.judged(
          account,
          rows.flatMap(({ ConversionName }, index) => (isOfGoal(answer.outcomes[index]) ? [ConversionName] : [])),
        );
      }
      return answer;
    };
  const adjustments: Route<OfflineConversionAdjustment> = {
    toItem: (conversion, now) => toAdjustment(conversion, now, config.MICROSOFT_MAX_AGE_DAYS),
    upload: applyWith(api.applyAdjustments),
  };
  const fetchReport = openGoalReport({
    ask: (...of) => ask(withToken, api, ...of),
    uses,
    tell: (problem) => raiseAlert(log, { name: 'goal-preflight', platform: 'bing', ...problem }),
  });

  return {
    name: 'bing',
    batchLimit,
    toItem: (conversion, now) => {
      const mapped = toOfflineConversion(conversion, now, config.MICROSOFT_MAX_AGE_DAYS);
      if (mapped.ok) uses.note(conversion);
      return mapped;
    },
    upload: applyWith(api.applyOfflineConversions),
    corrections: { restatement: adjustments, retraction: adjustments },
    // The limit is of a user and customer.
    budgetsOf: (account) => {
      const { customerId, clientId } = accounts.get(account) ?? {};
      const name = `minute of ${fingerprint([customerId ?? account, clientId ?? null]).slice(0, 12)}`;
      return [{ name, requests: config.MICROSOFT_REQUESTS_PER_MINUTE, windowMs: 60_000 }];
    },
    readBack: {
      ...{ kind: 'by-day', everyMs: config.MICROSOFT_REPORT_EVERY_MINUTES * 60_000, days: config.MICROSOFT_REPORT_DAYS },
      accounts: [...accounts.keys()],
      fetchReport,
    },
    toAudit,
  };
}
