import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  Accepted,
  type AcceptedConversion,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
  startStandIn,
} from '@waybill/shared/stand-in';
import { BingReport, goalsQuestionSchema, reportQuestionSchema } from './bing-report.ts';
import {
  adjustmentsSchema,
  errorsOfAdjustment,
  errorsOfRow,
  type Goal,
  type RowError,
  requestSchema,
  toAccepted,
  toChange,
} from './bing-rows.ts';
import { type BingApplication, BingTokens } from './bing-tokens.ts';

export interface BingStandInOptions {
  port: number;
  /** Where it keeps what it took between starts. */
  folder?: string;
  /** The clock of its age checks. */
  now?: () => Date;
  /** The goals of every account; left out, every name is a goal. */
  goals?: Goal[];
  /** When Microsoft recorded a click; it takes a conversion of an unknown one and does not count it. Left out, it counts them all. */
  clickedAt?: (clickId: string) => Date | null;
  application?: BingApplication;
  /** Whether the account writes msclkid into its addresses. */
  isTagging?: boolean;
}

export interface BingStandIn extends StandIn {
  accepted: Accepted;
  /** Where MICROSOFT_OAUTH_TOKEN_URL points. */
  tokenUrl: string;
  tokens: BingTokens;
}

const applyPath = '/CampaignManagement/v13/OfflineConversions/Apply';
const adjustPath = '/CampaignManagement/v13/OfflineConversionAdjustments/Apply';
const goalsPath = '/CampaignManagement/v13/ConversionGoals/QueryByIds';
const propertiesPath = '/CampaignManagement/v13/AccountProperties/Query';
const reportPath = '/CampaignManagement/v13/OfflineConversionReport/QueryByGoalIds';
const tokenPath = '/token';
const rowLimit = 1_000;
const local: BingApplication = { clientId: 'local', clientSecret: 'local', refreshToken: 'local', developerToken: 'local' };

const toError = ([Code, ErrorCode]: RowError, index?: number) => ({
  Code,
  ErrorCode,
  Message: `${ErrorCode}, says the stand-in.`,
  Details: null,
  ...(index === undefined ? {} : { Index: index, FieldPath: null, Type: 'BatchError' }),
});

function fault(status: number, ...errors: RowError[]): StandInAnswer {
  const trackingId = randomUUID();
  const body = { TrackingId: trackingId, Type: 'AdApiFaultDetail', Errors: errors.map((error) => toError(error)) };
  return { status, headers: { TrackingId: trackingId }, body };
}

function refusalOfHeaders({ headers }: StandInRequest, tokens: BingTokens, application: BingApplication): StandInAnswer | null {
  const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (token === undefined || headers.developertoken === undefined) return fault(400, [116, 'RequestMissingHeaders']);
  if (headers.customerid === undefined) return fault(400, [1029, 'CampaignServiceCustomerIdHasToBeSpecified']);
  if (headers.customeraccountid === undefined) return fault(400, [1030, 'CampaignServiceAccountIdHasToBeSpecified']);
  if (headers.developertoken !== application.developerToken) return fault(401, [105, 'InvalidCredentials']);
  return tokens.isGoodAccess(token) ? null : fault(401, [109, 'AuthenticationTokenExpired']);
}

const invalid = fault(400, [201, 'ApiInputValidationError']);

/** A time that cannot be read costs the whole call, and the answer names no row. */
function readRows<Row>(schema: { parse(json: unknown): Row }, body: string): Row | 'unreadable' {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    return 'unreadable';
  }
}

/**
 * Stands in for Microsoft Advertising's REST interface and for its token endpoint. Faults befall uploads only. Beside those of every
 * stand-in: `throttled` (117), `expired-token` (109), `server-error`, `unknown-code`, and `partial-internal`, which takes a call but for
 * every third row.
 */
export async function startBingStandIn(options: BingStandInOptions): Promise<BingStandIn> {
  const application = options.application ?? local;
  const accepted = new Accepted(options.folder === undefined ? undefined : join(options.folder, 'bing.ndjson'));
  const tokens = new BingTokens(application);
  const clickedAt = options.clickedAt ?? (() => null);

  const report = new BingReport(
    accepted,
    options.goals,
    options.folder === undefined ? undefined : join(options.folder, 'bing-report.ndjson'),
  );
  const hasClick = ({ clickId }: AcceptedConversion): boolean =>
    options.clickedAt === undefined || clickId === null || options.clickedAt(clickId) !== null;

  const apply = (request: StandInRequest, failing: (index: number) => boolean, lostRows = 0): StandInAnswer => {
    const refusal = refusalOfHeaders(request, tokens, application);
    if (refusal !== null) return refusal;
    const read = readRows(requestSchema, request.body);
    if (read === 'unreadable') return fault(400);
    const rows = read.OfflineConversions;
    if (!rows || rows.length === 0) return fault(400, [5600, 'OfflineConversionsNullOrEmpty']);
    if (rows.length > rowLimit) return fault(400, [5601, 'OfflineConversionsLimitExceeded']);
    const rules = { now: options.now?.() ?? new Date(), goals: options.goals, clickedAt };
    const judged = rows.map((row, index) => ({
      row,
      errors: failing(index) ? [[5612, 'OfflineConversionsApplyFailed'] as const] : errorsOfRow(row, rules),
    }));
    const account = String(request.headers.customeraccountid);
    // Microsoft ignores a duplicate without a word.
    const good = judged.flatMap(({ row, errors }) => (errors.length === 0 && row !== null ? [toAccepted(account, row)] : []));
    report.note(account, good.slice(lostRows), hasClick);
    accepted.take(good.slice(lostRows));
    const PartialErrors = judged.flatMap(({ errors }, index) => errors.map((error) => toError(error, index)));
    return {
      status: 200,
      headers: { TrackingId: randomUUID() },
      body: { PartialErrors: PartialErrors.length === 0 ? null : PartialErrors },
    };
  };

  const adjust = (request: StandInRequest): StandInAnswer => {
    const refusal = refusalOfHeaders(request, tokens, application);
    if (refusal !== null) return refusal;
    const read = readRows(adjustmentsSchema, request.body);
    if (read === 'unreadable') return fault(400);
    const account = String(request.headers.customeraccountid);
    const PartialErrors = read.OfflineConversionAdjustments.flatMap((row, index) => {
      const errors = errorsOfAdjustment(row, options.now?.() ?? new Date());
      if (errors.length > 0) return errors.map((error) => toError(error, index));
      const { key, action } = toAccepted(account, row);
      const known = accepted.find(key);
      if (known === undefined) report.noteAdjustment(account, action, 'AdjustmentOriginalNotFound');
      else if (known.isRetracted === true) report.noteAdjustment(account, action, 'ConversionAlreadyRetracted');
      else accepted.adjust(key, toChange(row));
      return [];
    });
    const body = { PartialErrors: PartialErrors.length === 0 ? null : PartialErrors };
    return { status: 200, headers: { TrackingId: randomUUID() }, body };
  };

  /** What an account may be asked about: its goals, whether it tags, and the report of goals. */
  const query = (request: StandInRequest): StandInAnswer => {
    const refusal = refusalOfHeaders(request, tokens, application);
    if (refusal !== null) return refusal;
    const account = String(request.headers.customeraccountid);
    const headers = { TrackingId: randomUUID() };
    const { pathname } = request.url;
    if (pathname === goalsPath) {
      const asked = readRows(goalsQuestionSchema, request.body);
      return asked === 'unreadable' ? invalid : { status: 200, headers, body: report.describeGoals(asked) };
    }
    if (pathname === propertiesPath) {
      const value = String(options.isTagging ?? true);
      return { status: 200, headers, body: { AccountProperties: [{ Name: 'MSCLKIDAutoTaggingEnabled', Value: value }] } };
    }
    const read = readRows(reportQuestionSchema, request.body);
    return read === 'unreadable' ? invalid : { status: 200, headers, body: report.describe(account, read) };
  };

  const standIn = await startStandIn({
    name: 'bing',
    port: options.port,
    accepted,
    isFaulty: ({ url }, { kind }) => url.pathname === (kind === 'adjustment-refused' ? adjustPath : applyPath),
    faultAnswers: {
      throttled: fault(429, [117, 'CallRateExceeded']),
      'too-many-requests': ({ ms }) => ({ status: 429, headers: { 'Retry-After': `${ms / 1_000}` }, body: '' }),
      'expired-token': fault(401, [109, 'AuthenticationTokenExpired']),
      'server-error': fault(500, [0, 'InternalError']),
      'unknown-code': fault(400, [99_999, 'SomethingNobodyHasSeen']),
      'adjustment-refused': (_fault, { body }) => {
        const rows = (JSON.parse(body) as { OfflineConversionAdjustments: unknown[] }).OfflineConversionAdjustments;
        const errors = rows.map((_row, index) => toError([5627, 'OfflineConversionRestateRetractNotSupported'], index));
        return { status: 200, headers: { TrackingId: randomUUID() }, body: { PartialErrors: errors } };
      },
      'partial-internal': (_fault, request) => apply(request, (index) => index % 3 === 2),
    },
    handle: async (request, lostRows) => {
      if (request.url.pathname === tokenPath) return tokens.grant(request);
      if (request.url.pathname === applyPath && request.method === 'POST') return apply(request, () => false, lostRows);
      if (request.url.pathname === adjustPath && request.method === 'POST') return adjust(request);
      if ([goalsPath, propertiesPath, reportPath].includes(request.url.pathname) && request.method === 'POST') return query(request);
      return { status: 404, body: { Message: `No HTTP resource was found that matches ${request.method} ${request.url.pathname}.` } };
    },
  });
  return Object.assign(standIn, { accepted, tokens, tokenUrl: `${standIn.url}${tokenPath}` });
}
