import type { Outcome } from '@waybill/shared/conversion';

/** Every ending but success. */
export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

type Ending = { kind: 'config'; concerns?: 'action' } | { kind: 'retry' } | { kind: 'rejected' } | { kind: 'throttled'; afterMs: number };

/** LinkedIn publishes no shorter pause; its limits are by the minute and by the day. */
export const leastThrottleMs = 60_000;

/**
 * Codes of LinkedIn's errors and, where an answer has none, its HTTP status; each with what happened and how to mend it.
 * https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling
 */
const table: { ending: Ending; rows: Record<string, string> }[] = [
  {
    ending: { kind: 'config' },
    rows: {
      REVOKED_ACCESS_TOKEN: 'the member has revoked the access token; consent again and renew it in DESTINATIONS_FILE',
      INVALID_ACCESS_TOKEN: 'LinkedIn does not know the access token; renew it in DESTINATIONS_FILE',
      EXPIRED_ACCESS_TOKEN: 'the access token has expired, as it does after two months; renew it in DESTINATIONS_FILE',
      EMPTY_ACCESS_TOKEN: 'no access token was sent; give one in DESTINATIONS_FILE',
      ACCESS_DENIED: 'the token lacks the scope rw_conversions, or its member a role in the account; grant both',
      NONEXISTENT_VERSION: 'this version of the API is no longer served; raise LINKEDIN_VERSION',
      VERSION_MISSING: 'the version of the API was not sent; this is a fault of the sender',
      HTTP_401: 'LinkedIn refused the access token; renew it in DESTINATIONS_FILE',
      HTTP_403: 'LinkedIn forbids the call; check the scope of the token and the role of its member in the account',
      HTTP_404: 'nothing answers at this address; check LINKEDIN_API_URL',
      HTTP_426: 'this version of the API is no longer served; raise LINKEDIN_VERSION',
    },
  },
  {
    ending: { kind: 'config', concerns: 'action' },
    rows: {
      WRONG_CONVERSION_METHOD: 'the conversion rule does not take events of the Conversions API; make one of method CONVERSIONS_API',
      CONVERSION_UNKNOWN: 'LinkedIn does not know the conversion rule, or the token may not use it; mend the action in DESTINATIONS_FILE',
    },
  },
  {
    ending: { kind: 'rejected' },
    rows: { FIELD_INVALID: 'LinkedIn refused a field of the event', ELEMENT_REFUSED: 'LinkedIn refused the event' },
  },
  {
    ending: { kind: 'retry' },
    rows: {
      INTERNAL_SERVER_ERROR: 'an internal error of LinkedIn',
      GATEWAY_TIMEOUT: 'LinkedIn took too long',
      HTTP_408: 'LinkedIn gave up waiting',
    },
  },
  {
    ending: { kind: 'throttled', afterMs: leastThrottleMs },
    rows: { TOO_MANY_REQUESTS: 'more requests than LinkedIn allows', HTTP_429: 'more requests than LinkedIn allows' },
  },
];

const outcomes = new Map<string, Failure>(
  table.flatMap(({ ending, rows }) => Object.entries(rows).map(([code, reason]) => [code, { ...ending, code, reason }])),
);

/** What the table says of a code, or null. */
export const findFailure = (code: string): Failure | null => outcomes.get(code) ?? null;

/** What a code of LinkedIn means; one that no table knows is held. */
export const toFailure = (code: string): Failure =>
  findFailure(code) ?? { kind: 'held', code, reason: `LinkedIn answered ${code}, which the table of codes does not know` };
