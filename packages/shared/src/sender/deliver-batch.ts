import type { Clock } from '../config/index.ts';
import { type Conversion, isFinal, type Outcome } from '../conversion/index.ts';
import type { Claim, Ledger, OutboxMessage, Settlement } from '../ledger/index.ts';
import { isolate } from './isolate.ts';
import type { Lanes } from './lanes.ts';
import { deadLetterCopy, outcomeMessage } from './messages.ts';
import type { Platform } from './platform.ts';

export interface Delivery<Item> {
  platform: Platform<Item>;
  ledger: Ledger;
  lanes: Lanes;
  clock: Clock;
}

export interface BatchReport {
  platform: string;
  account: string;
  counts: Record<string, number>;
  /** Requests made to the platform. */
  calls: number;
  /** The outcome that paused the account, or that no table of codes knows; null when neither happened. */
  alert: Outcome | null;
}

const conflict = {
  kind: 'rejected',
  code: 'PAYLOAD_CONFLICT',
  reason: 'the same event id came with another content; a change of a sent conversion must be an explicit restatement',
} as const satisfies Outcome;
const alreadySettled: Outcome = { kind: 'duplicate', code: 'ALREADY_SETTLED', reason: 'the ledger says that this conversion is settled' };

function uniqueByEventId(conversions: Conversion[]): { unique: Conversion[]; repeated: Conversion[] } {
  const unique = new Map<string, Conversion>();
  const repeated: Conversion[] = [];
  for (const conversion of conversions) {
    if (unique.has(conversion.eventId)) repeated.push(conversion);
    else unique.set(conversion.eventId, conversion);
  }
  return { unique: [...unique.values()], repeated };
}

/** What a message that is not ours to send leaves behind: a duplicate is told, a conflict is parked too, a kept one is silent. */
function messagesOfUnclaimed(conversion: Conversion, claim: Claim, now: Date): OutboxMessage[] {
  if (claim.kind === 'conflict') return [outcomeMessage(conversion, 0, conflict, now), deadLetterCopy(conversion, conflict)];
  return claim.kind === 'settled' ? [outcomeMessage(conversion, 0, alreadySettled, now)] : [];
}

/** Maps and uploads claimed conversions of one account; answers an outcome for each, in order. */
async function send<Item>({ platform, lanes, clock }: Delivery<Item>, account: string, conversions: Conversion[]) {
  const paused = lanes.pausedOutcome(account);
  if (paused !== null) return { outcomes: conversions.map(() => paused), calls: 0, began: null };
  const now = clock.now();
  const mapped = conversions.map((conversion) => platform.toItem(conversion, now));
  const items = mapped.flatMap((result) => (result.ok ? [result.item] : []));
  const { outcomes: uploaded, calls } = await isolate(items, (part) => platform.upload(account, part));
  const began = calls > 0 ? lanes.learn(account, uploaded) : null;
  let next = 0;
  const outcomes = mapped.map((result) => (result.ok ? (uploaded[next++] as Outcome) : result.outcome));
  return { outcomes, calls, began };
}

/**
 * Delivers one batch of one account: claim, map, upload, settle. When it resolves, the ledger owns every conversion of the batch, so
 * every message may be acknowledged; it throws only when the ledger could not be written.
 */
export async function deliverBatch<Item>(delivery: Delivery<Item>, account: string, conversions: Conversion[]): Promise<BatchReport> {
  const { platform, ledger, clock } = delivery;
  const { unique, repeated } = uniqueByEventId(conversions);
  const claims = await ledger.claim(unique);
  const pairs = unique.map((conversion, index) => ({ conversion, claim: claims[index] as Claim }));
  const mine = pairs.flatMap(({ conversion, claim }) => (claim.kind === 'claimed' ? [{ conversion, attempt: claim.attempt }] : []));

  const { outcomes, calls, began } = await send(
    delivery,
    account,
    mine.map(({ conversion }) => conversion),
  );
  const now = clock.now();
  const settlements = mine.map(({ conversion, attempt }, index): Settlement => {
    const outcome = outcomes[index] as Outcome;
    return { conversion, attempt, outcome, audit: isFinal(outcome) ? platform.toAudit(conversion, outcome, now) : null };
  });
  await ledger.settle(settlements, ({ conversion, attempt, outcome }) => [
    outcomeMessage(conversion, attempt, outcome, now),
    ...(outcome.kind === 'rejected' ? [deadLetterCopy(conversion, outcome)] : []),
  ]);

  const repeatedClaims = repeated.map((conversion) => ({ conversion, claim: { kind: 'settled' } as const }));
  await ledger.enqueue([...pairs, ...repeatedClaims].flatMap(({ conversion, claim }) => messagesOfUnclaimed(conversion, claim, now)));

  const told = [...outcomes.map(({ kind }) => kind), ...[...pairs, ...repeatedClaims].map(({ claim }) => claim.kind)].filter(
    (kind) => kind !== 'claimed',
  );
  const counts = Object.fromEntries([...Map.groupBy(told, (kind) => kind)].map(([kind, all]) => [kind, all.length]));
  return { platform: platform.name, account, counts, calls, alert: began ?? outcomes.find(({ kind }) => kind === 'held') ?? null };
}
