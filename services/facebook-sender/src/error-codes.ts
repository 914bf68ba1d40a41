import type { Outcome } from '@waybill/shared/conversion';

/** Every ending but success. */
export type Failure = Exclude<Outcome, { kind: 'delivered' }>;

interface Row {
  kind: 'rejected' | 'retry' | 'config' | 'throttled';
  /** Inclusive range of Graph's codes. */
  codes: readonly [number, number];
  /** Only with this subcode; rows with a subcode stand before those without. */
  subcode?: number;
  reason: string;
}

/** Codes of the Graph API and subcodes of the Conversions API, the first row that fits decides. https://developers.facebook.com/docs/graph-api/guides/error-handling */
const table: readonly Row[] = [
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_001, reason: 'the fbc has not the form that Meta expects' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_003, reason: 'the event is older than seven days; send it sooner' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_009, reason: 'a Purchase needs a value' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_010, reason: 'a Purchase needs a currency' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_036, reason: 'the lead id is invalid or was deleted' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_043, reason: 'the app event lacks its device details' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_050, reason: 'there is too little user data to match a person by' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_063, reason: 'the messaging channel is missing' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_066, reason: 'Meta does not take this event name for messaging' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_072, reason: 'the page id is missing or wrong' },
  { kind: 'rejected', codes: [100, 100], subcode: 2_804_087, reason: 'the click id of the messaging ad is missing or wrong' },
  {
    kind: 'config',
    codes: [100, 100],
    subcode: 33,
    reason: 'the pixel does not exist or the token may not use it; mend DESTINATIONS_FILE',
  },
  { kind: 'rejected', codes: [105, 105], reason: 'the event has more parameters than Meta takes' },
  { kind: 'config', codes: [190, 190], reason: 'the access token has expired or was revoked; make a new one in Events Manager' },
  { kind: 'config', codes: [102, 102], reason: 'the session of the access token is over; make a new token' },
  { kind: 'config', codes: [104, 104], reason: 'Meta wants a valid appsecret_proof; give the appSecret of the app that made the token' },
  { kind: 'config', codes: [3, 3], reason: 'the app may not make this call; give it the capability' },
  { kind: 'config', codes: [10, 10], reason: 'the token lacks a permission; make one in Events Manager' },
  { kind: 'config', codes: [200, 299], reason: 'the token lacks a permission for this pixel; assign the pixel to its system user' },
  { kind: 'config', codes: [368, 368], reason: 'Meta has blocked the app for a breach of policy; look into Account Quality' },
  { kind: 'config', codes: [2_635, 2_635], reason: 'this version of the Graph API is no longer served; raise FACEBOOK_GRAPH_VERSION' },
  { kind: 'config', codes: [2_500, 2_500], reason: 'Graph does not know the path; look at FACEBOOK_GRAPH_URL and FACEBOOK_GRAPH_VERSION' },
  { kind: 'throttled', codes: [4, 4], reason: 'more calls than Meta allows to the app' },
  { kind: 'throttled', codes: [17, 17], reason: 'more calls than Meta allows to the user' },
  { kind: 'throttled', codes: [32, 32], reason: 'more calls than Meta allows to the page' },
  { kind: 'throttled', codes: [341, 341], reason: 'a limit of the app was reached' },
  { kind: 'throttled', codes: [613, 613], reason: 'more calls than Meta allows' },
  { kind: 'throttled', codes: [80_000, 80_014], reason: 'more calls than Meta allows to the business' },
  { kind: 'retry', codes: [1, 2], reason: 'a passing fault of Meta' },
  { kind: 'retry', codes: [21_009, 21_009], reason: 'the dataset is not ready yet' },
];

export const leastThrottleMs = 60_000;

/** What Graph's code and subcode mean; a pair that no row knows is held. */
export function toFailure(code: number, subcode: number | null, isTransient: boolean): Failure {
  const text = subcode === null ? String(code) : `${code}/${subcode}`;
  const row = table.find(
    ({ codes: [from, to], subcode: wanted }) => code >= from && code <= to && (wanted === undefined || wanted === subcode),
  );
  if (row === undefined && isTransient) return { kind: 'retry', code: text, reason: 'Meta calls the fault a passing one' };
  if (row === undefined) return { kind: 'held', code: text, reason: `Meta answered ${text}, which the table of codes does not know` };
  const common = { code: text, reason: row.reason };
  return row.kind === 'throttled' ? { kind: row.kind, ...common, afterMs: leastThrottleMs } : { kind: row.kind, ...common };
}
