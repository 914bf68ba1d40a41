import { readDestinations } from '@waybill/shared/config';
import { fingerprint } from '@waybill/shared/conversion';
import type { Answer, DayCount, Platform, Route, Told } from '@waybill/shared/sender';
import { type Logger, raiseAlert } from '@waybill/shared/telemetry';
import { AccessToken } from './access-token.ts';
import type { BingSettings } from './config.ts';
import { type Credentials, readAccounts } from './credentials.ts';
import type { Failure } from './error-codes.ts';
import { allGoals, decideGoalProblems, type Goal, readAutoTagging, readGoals, taggingProperty } from './goals.ts';
import { connectMicrosoftApi, type MicrosoftApi, type QueryName } from './microsoft-api.ts';
import { isTokenExpired, readAnswer } from './read-answer.ts';
import { askReport, readReport } from './read-report.ts';
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
  if (!sent.ok) return { ok: false, problem: `${name}: ${sent.outcome.code}: ${sent.outcome.reason}` };
  const body = parseJson(sent.reply.body);
  if (sent.reply.status !== 200 || body === undefined)
    return { ok: false, problem: `${name}: Microsoft answered HTTP ${sent.reply.status}` };
  return { ok: true, body };
}
type Asked = { ok: true; body: unknown } | { ok: false; problem: string };

/** Microsoft Advertising as the delivery core sees it. Throws ConfigError when an account's credentials or the token file do not fit. */
export async function connectBing(config: BingSettings, log: Logger): Promise<Platform<OfflineConversion, OfflineConversionAdjustment>> {
  const accounts = readAccounts(config.DESTINATIONS_FILE);
  const destinations = readDestinations(config.DESTINATIONS_FILE).bing?.accounts ?? {};
  const api = connectMicrosoftApi(config, log);
  const withToken = openAccounts(accounts, openConsents(api, openRefreshTokens(config.MICROSOFT_TOKEN_FILE, log)));

  /** The goals that conversions were sent to; DESTINATIONS_FILE may leave their names to the catalogue. */
  const used = new Map<string, Set<string>>();
  const applyWith =
    <Row extends { ConversionName: string }>(
      apply: (account: string, credentials: Credentials, accessToken: string, rows: Row[]) => Promise<Sent>,
    ) =>
    async (account: string, rows: Row[]): Promise<Answer> => {
      used.set(account, new Set([...(used.get(account) ?? []), ...rows.map(({ ConversionName }) => ConversionName)]));
      const sent = await withToken(account, (...of) => apply(...of, rows));
      return sent.ok ? readAnswer(sent.reply, rows.length, Date.now()) : refused(sent.outcome);
    };
  const adjustments: Route<OfflineConversionAdjustment> = {
    toItem: (conversion, now) => toAdjustment(conversion, now, config.MICROSOFT_MAX_AGE_DAYS),
    upload: applyWith(api.applyAdjustments),
  };

  /** Reads the goals of an account, and tells of those that will cost conversions. */
  const fetchGoals = async (account: string): Promise<{ ok: true; goals: Goal[] } | { ok: false; problem: string }> => {
    const asked = await ask(withToken, api, 'ConversionGoals/QueryByIds', account, allGoals);
    if (!asked.ok) return asked;
    const goals = readGoals(asked.body);
    if (goals === null) return { ok: false, problem: 'the goals of the account came in a form that is not known' };
    const tagging = await ask(withToken, api, 'AccountProperties/Query', account, taggingProperty);
    const isTagging = tagging.ok ? readAutoTagging(tagging.body) : null;
    const wanted = [
      ...new Set([...Object.values(destinations[account]?.actions ?? {}).flatMap((action) => action ?? []), ...(used.get(account) ?? [])]),
    ];
    for (const problem of decideGoalProblems(account, wanted, goals, isTagging))
      raiseAlert(log, { name: 'goal-preflight', platform: 'bing', ...problem });
    return { ok: true, goals };
  };
  const fetchReport = async (account: string, from: string, to: string): Promise<Told<DayCount>> => {
    const fetched = await fetchGoals(account);
    if (!fetched.ok) return { kind: 'unknown', problem: fetched.problem };
    if (fetched.goals.length === 0) return { kind: 'told', counts: [] };
    const asked = await ask(withToken, api, 'OfflineConversionReport/QueryByGoalIds', account, askReport(fetched.goals, from, to));
    return asked.ok ? readReport(asked.body, fetched.goals, from, to) : { kind: 'unknown', problem: asked.problem };
  };

  return {
    name: 'bing',
    batchLimit,
    toItem: (conversion, now) => toOfflineConversion(conversion, now, config.MICROSOFT_MAX_AGE_DAYS),
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
