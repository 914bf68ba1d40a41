import type { Clock } from '../config/index.ts';
import { type Conversion, type Correction, fingerprint, isFinal, type Outcome } from '../conversion/index.ts';
import type { Claim, Ledger, LedgerEntry, OutboxMessage, Settlement } from '../ledger/index.ts';
import { decideCorrections } from './decide-corrections.ts';
import type { Lanes } from './lanes.ts';
import { deadLetterCopy, outcomeMessage } from './messages.ts';
import type { Platform, Route } from './platform.ts';
import { type LaneSent, sendLane } from './send-lane.ts';
import { settleApart } from './settle-apart.ts';

export interface Delivery<Item, Restated, Retracted> {
  platform: Platform<Item, Restated, Retracted>;
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
  /** What somebody must look at: the outcome that began a pause, that no table of codes knows, or that waits for a configuration. */
  alert: Outcome | null;
}

const conflict = {
  kind: 'rejected',
  code: 'PAYLOAD_CONFLICT',
  reason: 'the same event id came with another content; a change of a sent conversion must be an explicit restatement',
} as const satisfies Outcome;
const alreadySettled: Outcome = { kind: 'duplicate', code: 'ALREADY_SETTLED', reason: 'the ledger says that this conversion is settled' };

interface Repeated {
  conversion: Conversion;
  /** The one of the same content that came before it. */
  of: Conversion;
}

/** Rounds of which none holds an event id twice: what comes again with another content is claimed after the first, so that the ledger compares them. */
function splitRounds(conversions: Conversion[]): { rounds: Conversion[][]; repeated: Repeated[] } {
  const contents = Map.groupBy(conversions, ({ eventId }) => eventId);
  const rounds: Conversion[][] = [];
  const repeated: Repeated[] = [];
  for (const same of contents.values()) {
    const distinct = new Map<string, Conversion>();
    for (const conversion of same) {
      // Most event ids come once: nothing is to be compared.
      const content = same.length === 1 ? '' : fingerprint(conversion);
      const of = distinct.get(content);
      if (of === undefined) distinct.set(content, conversion);
      else repeated.push({ conversion, of });
    }
    for (const [round, conversion] of [...distinct.values()].entries()) {
      rounds[round] ??= [];
      rounds[round].push(conversion);
    }
  }
  return { rounds, repeated };
}

/** What a message that is not ours to send leaves behind: a duplicate is told, a conflict is parked too, a kept one is silent. */
function messagesOfUnclaimed(conversion: Conversion, claim: Claim, now: Date): OutboxMessage[] {
  if (claim.kind === 'conflict') return [outcomeMessage(conversion, 0, conflict, now), deadLetterCopy(conversion, conflict)];
  return claim.kind === 'settled' ? [outcomeMessage(conversion, 0, alreadySettled, now)] : [];
}

const noCorrections: Route<never> = {
  toItem: () => ({ ok: false, outcome: { kind: 'rejected', code: 'NO_CORRECTIONS', reason: 'the platform takes no corrections' } }),
  upload: async () => ({ kind: 'answered', outcomes: [] }),
};

/** Sends claimed conversions of one account, and each kind of correction in requests of its own. */
async function send<Item, Restated, Retracted>(
  { platform, ledger, lanes, clock }: Delivery<Item, Restated, Retracted>,
  account: string,
  conversions: Conversion[],
): Promise<LaneSent> {
  const originals = [...new Set(conversions.flatMap(({ correction }) => correction?.of ?? []))];
  const histories: Map<string, LedgerEntry[]> = originals.length === 0 ? new Map() : await ledger.findHistories(originals);
  const outcomes: (Outcome | null)[] = decideCorrections(conversions, histories);
  let calls = 0;
  let began: LaneSent['began'] = null;
  const go = async <I>(route: Route<I>, kind: Correction['kind'] | undefined): Promise<void> => {
    const places = conversions.flatMap(({ correction }, place) => (outcomes[place] === null && correction?.kind === kind ? [place] : []));
    if (places.length === 0) return;
    // Corrections may go by an API of their own: what pauses them says nothing about the conversions.
    const name = kind === undefined ? account : `${account} ${kind}`;
    const sent = await sendLane(
      { name, route, account, lanes, budgets: platform.budgetsOf(account), now: clock.now() },
      places.map((place) => conversions[place] as Conversion),
    );
    began ??= sent.began;
    calls += sent.calls;
    for (const [index, place] of places.entries()) outcomes[place] = sent.outcomes[index] as Outcome;
  };
  await go(platform, undefined);
  if (originals.length > 0) {
    await go<Restated>(platform.corrections?.restatement ?? noCorrections, 'restatement');
    await go<Retracted>(platform.corrections?.retraction ?? noCorrections, 'retraction');
  }
  return { outcomes: outcomes as Outcome[], calls, began };
}

/** So often a conversion is tried again while others beside it get through; then it is a person's to look at. */
const patientAttempts = 10;

/** A retry that goes on and on while the platform takes other rows of the batch is no outage: the conversion is held. */
function withPatience(outcome: Outcome, attempt: number, anyTaken: boolean): Outcome {
  if (outcome.kind !== 'retry' || attempt < patientAttempts || !anyTaken) return outcome;
  return { kind: 'held', code: outcome.code, reason: `after ${attempt} attempts, while others got through: ${outcome.reason}` };
}

/** What a paused lane waits for was told when the pause began. */
const needsSomebody = (outcome: Outcome): boolean =>
  outcome.kind === 'held' || (outcome.kind === 'config' && outcome.afterMs === undefined);

/**
 * Delivers one batch of one account: claim, map, upload, settle. When it resolves, the ledger owns every conversion of the batch, so
 * every message may be acknowledged; it throws only when the ledger could not be written.
 */
export async function deliverBatch<Item, Restated, Retracted>(
  delivery: Delivery<Item, Restated, Retracted>,
  account: string,
  conversions: Conversion[],
): Promise<BatchReport> {
  const { platform, ledger, clock } = delivery;
  const { rounds, repeated } = splitRounds(conversions);
  const claimOf = new Map<Conversion, Claim>();
  for (const round of rounds) {
    const claims = await ledger.claim(round);
    for (const [index, conversion] of round.entries()) claimOf.set(conversion, claims[index] as Claim);
  }
  const pairs = [...claimOf].map(([conversion, claim]) => ({ conversion, claim }));
  const mine = pairs.flatMap(({ conversion, claim }) => (claim.kind === 'claimed' ? [{ conversion, attempt: claim.attempt }] : []));

  const { outcomes, calls, began } = await send(
    delivery,
    account,
    mine.map(({ conversion }) => conversion),
  );
  const now = clock.now();
  const anyTaken = outcomes.some(({ kind }) => kind === 'delivered' || kind === 'duplicate');
  const settlements = mine.map(({ conversion, attempt }, index): Settlement => {
    const outcome = withPatience(outcomes[index] as Outcome, attempt, anyTaken);
    return { conversion, attempt, outcome, audit: isFinal(outcome) ? platform.toAudit(conversion, outcome, now) : null };
  });
  const written = await settleApart(ledger, settlements, ({ conversion, attempt, outcome }) => [
    outcomeMessage(conversion, attempt, outcome, now),
    ...(outcome.kind === 'rejected' ? [deadLetterCopy(conversion, outcome)] : []),
  ]);

  // What came twice in the batch is told as one that comes later: by then the first is settled.
  const repeatedClaims = repeated.map(({ conversion, of }) => {
    const claim = claimOf.get(of) as Claim;
    return { conversion, claim: claim.kind === 'claimed' ? ({ kind: 'settled' } as const) : claim };
  });
  await ledger.enqueue([...pairs, ...repeatedClaims].flatMap(({ conversion, claim }) => messagesOfUnclaimed(conversion, claim, now)));

  const settled = written.map(({ outcome }) => outcome);
  const told = [...settled.map(({ kind }) => kind), ...[...pairs, ...repeatedClaims].map(({ claim }) => claim.kind)].filter(
    (kind) => kind !== 'claimed',
  );
  const counts = Object.fromEntries([...Map.groupBy(told, (kind) => kind)].map(([kind, all]) => [kind, all.length]));
  return {
    platform: platform.name,
    account,
    counts,
    calls,
    alert: began ?? settled.find(needsSomebody) ?? null,
  };
}
