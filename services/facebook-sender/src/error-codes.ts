import type { Outcome } from '@waybill/shared/conversion';

/** Every ending but success. */
export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

interface Row {
  kind: 'rejected' | 'retry' | 'config' | 'throttled' | 'held';
  /** Inclusive range of Graph's codes. */
  codes: readonly [number, number];
  /** Inclusive range of subcodes, or none at all; unset: any or none. */
  subcodes?: readonly [number, number] | 'none';
  reason: string;
}

/** A code, or the first and the last of a range. */
type Codes = number | readonly [number, number];

const ofSubcode =
  (kind: Row['kind'], code: number) =>
  (subcodes: Codes, reason: string): Row => ({ kind, codes: [code, code], subcodes: toRange(subcodes), reason });
const ofCode =
  (kind: Row['kind']) =>
  (codes: Codes, reason: string): Row => ({ kind, codes: toRange(codes), reason });
const toRange = (codes: Codes): readonly [number, number] => (typeof codes === 'number' ? [codes, codes] : codes);

const [event, token] = [ofSubcode('rejected', 100), ofSubcode('config', 190)];
const [rejected, config, throttled, retry] = [ofCode('rejected'), ofCode('config'), ofCode('throttled'), ofCode('retry')];

/**
 * The first row that fits says what a code means. Meta publishes the codes of Graph, but not the subcodes of 100: those are known from answers
 * that were seen. https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
export const knownCodes: readonly Row[] = [
  event(2_804_001, 'the fbc has not the form that Meta expects; keep the cookie as the browser holds it'),
  event(2_804_003, 'the event is older than seven days; send it sooner'),
  event(2_804_009, 'a Purchase needs a value; give the conversion type one'),
  event(2_804_010, 'a Purchase needs a currency; give the value one'),
  event(2_804_036, 'the lead id is invalid or was deleted; look at where the lead comes from'),
  event(2_804_043, 'the app event lacks its device details; Waybill sends none, so use another action source'),
  event(2_804_050, 'there is too little user data to match a person by; add a click, an e-mail or a phone'),
  event(2_804_063, 'the messaging channel is missing; Waybill sends none, so use another action source'),
  event(2_804_066, 'Meta does not take this event name for messaging; mend the action in DESTINATIONS_FILE'),
  event(2_804_072, 'the page id is missing or wrong; Waybill sends none, so use another action source'),
  event(2_804_116, 'the page is not one that the dataset knows; link them in Events Manager'),
  event(2_804_087, 'the click id of the messaging ad is missing or wrong; Waybill sends none, so use another action source'),
  event(2_804_118, 'the WhatsApp account is not linked to the dataset; link them in Events Manager'),
  event(2_804_132, 'the WhatsApp account may not be used with the dataset; link them in Events Manager'),
  event([2_804_000, 2_804_999], 'Meta refuses the event for a reason that it does not document; look into Diagnostics in Events Manager'),
  ofSubcode('config', 100)(33, 'the pixel does not exist or the token may not use it; mend DESTINATIONS_FILE'),
  {
    kind: 'held',
    codes: [100, 100],
    subcodes: 'none',
    reason: 'Meta calls a parameter wrong or a permission missing and does not say which; try one event in the Graph API Explorer',
  },
  rejected(105, 'the event has more parameters than Meta takes; leave some out'),
  token(458, 'the person who made the access token has removed the app; make a new token in Events Manager'),
  token(459, 'the person who made the access token must sign in to Facebook and pass a check; then the token is good again'),
  token(460, 'the password behind the access token was changed; make a new token in Events Manager'),
  token(463, 'the access token has expired; make a new one in Events Manager'),
  token(464, 'the person who made the access token is not confirmed; confirm them, or make a token of a system user'),
  token(467, 'the access token was made invalid; make a new one in Events Manager'),
  token(492, 'the person who made the access token has lost their role; make a token of a system user'),
  config(190, 'the access token has expired or was revoked; make a new one in Events Manager'),
  config(102, 'the session of the access token is over; make a new token in Events Manager'),
  config(104, 'Meta wants a valid appsecret_proof; give the appSecret of the app that made the token'),
  config(3, 'the app may not make this call; give it the capability'),
  config(10, 'the token lacks a permission; make one in Events Manager'),
  config([200, 299], 'the token lacks a permission for this pixel; assign the pixel to its system user'),
  config(368, 'Meta has blocked the app for a breach of policy; look into Account Quality'),
  config(2_635, 'this version of the Graph API is no longer served; raise FACEBOOK_GRAPH_VERSION'),
  config(2_500, 'Graph does not know the path; look at FACEBOOK_GRAPH_URL and FACEBOOK_GRAPH_VERSION'),
  throttled(4, 'more calls than Meta allows to the app; they go on when the quota is back'),
  throttled(17, 'more calls than Meta allows to the user; they go on when the quota is back'),
  throttled(32, 'more calls than Meta allows to the page; they go on when the quota is back'),
  throttled(341, 'a limit of the app was reached; calls go on when the quota is back'),
  {
    kind: 'throttled',
    codes: [613, 613],
    subcodes: 'none',
    reason: 'Meta takes the calls for abuse; raise BATCH_WAIT_MS, so that fewer of them carry more',
  },
  throttled(613, 'more calls than Meta allows; they go on when the quota is back'),
  throttled([80_000, 80_014], 'more calls than Meta allows to the business; they go on when the quota is back'),
  retry([1, 2], 'a passing fault of Meta; it is tried again'),
  retry(21_009, 'the dataset is not ready yet; it is tried again'),
];

export const leastThrottleMs = 60_000;

const fits = ({ codes: [first, last], subcodes }: Row, code: number, subcode: number | null): boolean => {
  if (code < first || code > last) return false;
  if (subcodes === undefined) return true;
  if (subcodes === 'none' || subcode === null) return subcodes === 'none' && subcode === null;
  return subcode >= subcodes[0] && subcode <= subcodes[1];
};

/** What Graph's code and subcode mean; a pair that no row knows is held. */
export function toFailure(code: number, subcode: number | null, isTransient: boolean): Failure {
  const text = subcode === null ? String(code) : `${code}/${subcode}`;
  const row = knownCodes.find((each) => fits(each, code, subcode));
  // What Meta itself calls passing is never given up, whatever it says about the event.
  if (isTransient && (row === undefined || row.kind === 'rejected' || row.kind === 'held'))
    return { kind: 'retry', code: text, reason: 'Meta calls the fault a passing one' };
  if (row === undefined) return { kind: 'held', code: text, reason: `Meta answered ${text}, which the table of codes does not know` };
  const common = { code: text, reason: row.reason };
  return row.kind === 'throttled' ? { kind: row.kind, ...common, afterMs: leastThrottleMs } : { kind: row.kind, ...common };
}
