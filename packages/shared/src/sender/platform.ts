import type { Conversion, Outcome } from '../conversion/index.ts';
import type { AuditRow } from '../ledger/index.ts';
import type { Budget } from './lanes.ts';

/** For how long an account is to make no calls, and why. */
export type Rest = Extract<Outcome, { kind: 'throttled' }>;

/** What a platform said to one request. `rest`: beside it the platform asks for no calls for a while, whatever became of this one. */
export type Answer =
  /** An outcome for each item, in order. */
  | { kind: 'answered'; outcomes: Outcome[]; rest?: Rest }
  /**
   * Nothing of the request was taken. `blamed` holds the items that the answer names, by index, each with its own outcome;
   * where it names none, `outcome` tells what happened to the whole request. A `rejected` one is taken for some row's fault, any other for
   * the request's. `mayBeRows`: it may be either's, so that rows are asked apart, and are held where none of them is taken.
   */
  | { kind: 'refused'; outcome: Outcome; blamed: ReadonlyMap<number, Outcome>; mayBeRows?: true; rest?: Rest };

/** A conversion in the platform's own words, or the reason why it cannot be sent, or not yet. */
export type Mapped<Item> = { ok: true; item: Item } | { ok: false; outcome: Extract<Outcome, { kind: 'rejected' | 'later' | 'config' }> };

/** One way to a platform: how a conversion is put into its words, and the request that carries it. */
export interface Route<Item> {
  /** Pure: the conversion in the platform's words at business time `now`. */
  toItem(conversion: Conversion, now: Date): Mapped<Item>;
  /** One request for one account. Answers for every ending the platform can give; a throw is a bug. */
  upload(account: string, items: Item[]): Promise<Answer>;
  /** Where a request may not mix too much, whatever its size: which group an item is of, and the most groups that one request holds. */
  groups?: { of(item: Item): string; most: number };
}

/** The ways of corrections, each kind in requests of its own; what they carry has its `correction` set. */
export interface CorrectionRoutes<Restated, Retracted> {
  restatement: Route<Restated>;
  retraction: Route<Retracted>;
}

/** How much a platform counted of one action, and how many it left out for which of its reasons, each with a plain sentence. */
export interface ActionCount {
  action: string;
  counted: number;
  reasons: { code: string; reason: string; count: number }[];
}

/** The same for one day; `day` is the one on which the platform took them, `YYYY-MM-DD` in UTC. */
export interface DayCount extends ActionCount {
  day: string;
}

/** What a platform told of its counting; `pending` where it has not finished, to be asked again. */
export type Told<Count> = { kind: 'told'; counts: Count[] } | { kind: 'pending' } | { kind: 'unknown'; problem: string };

/** How to learn what a platform counted of that which it took. */
export type ReadBack =
  /** The answer to the upload tells: what was delivered is counted. */
  | { kind: 'at-once' }
  /** Each request may be asked about by its reference, first after so long. */
  | { kind: 'by-request'; firstAfterMs: number; fetchStatus(account: string, reference: string): Promise<Told<ActionCount>> }
  /** A report of an account by day, over the last `days`, worth reading every so often. */
  | {
      kind: 'by-day';
      everyMs: number;
      days: number;
      accounts: string[];
      fetchReport(account: string, from: string, to: string): Promise<Told<DayCount>>;
    };

/** An ad platform as the delivery core sees it; the folder of each sender holds one. */
export interface Platform<Item, Restated = Item, Retracted = Restated> extends Route<Item> {
  name: string;
  /** The most items one request may carry. */
  batchLimit: number;
  /** What the platform allows to an account and whatever shares its quota. */
  budgetsOf(account: string): Budget[];
  /** Null where the platform takes no corrections. */
  corrections: CorrectionRoutes<Restated, Retracted> | null;
  /** Null where the platform tells nothing after the upload. */
  readBack: ReadBack | null;
  /** Pure: the audit row of a conversion that was delivered, was a duplicate there, or was rejected. */
  toAudit(conversion: Conversion, outcome: Outcome, now: Date): AuditRow;
}
