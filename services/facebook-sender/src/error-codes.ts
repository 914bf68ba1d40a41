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

export const knownCodes: readonly Row[] = [
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_001, 2_804_001], reason: 'the fbc has not the form that Meta expects' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_003, 2_804_003], reason: 'the event is older than seven days; send it sooner' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_009, 2_804_009], reason: 'a Purchase needs a value' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_010, 2_804_010], reason: 'a Purchase needs a currency' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_036, 2_804_036], reason: 'the lead id is invalid or was deleted' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_043, 2_804_043], reason: 'the app event lacks its device details' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_050, 2_804_050], reason: 'there is too little user data to match a person by' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_063, 2_804_063], reason: 'the messaging channel is missing' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_066, 2_804_066], reason: 'Meta does not take this event name for messaging' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_072, 2_804_072], reason: 'the page id is missing or wrong' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_116, 2_804_116], reason: 'the page id is missing or wrong' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_087, 2_804_087], reason: 'the click id of the messaging ad is missing or wrong' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_118, 2_804_118], reason: 'the WhatsApp account is not linked to the dataset' },
  { kind: 'rejected', codes: [100, 100], subcodes: [2_804_132, 2_804_132], reason: 'the WhatsApp account is not linked to the dataset' },
  {
    kind: 'rejected',
    codes: [100, 100],
    subcodes: [2_804_000, 2_804_999],
    reason: 'Meta refuses the event for a reason that it does not document; look into Diagnostics in Events Manager',
  },
  {
    kind: 'config',
    codes: [100, 100],
    subcodes: [33, 33],
    reason: 'the pixel does not exist or the token may not use it; mend DESTINATIONS_FILE',
  },
  {
    kind: 'held',
    codes: [100, 100],
    subcodes: 'none',
    reason: 'Meta calls a parameter wrong or a permission missing and does not say which; try one event in the Graph API Explorer',
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
