import type { Conversion, Correction, Outcome, OutcomeKind } from '../conversion/index.ts';

/** What a claim says of one conversion. */
export type Claim =
  /** It is ours until the lease ends; the attempt fences the settle. */
  | { kind: 'claimed'; attempt: number }
  /** Settled before, with the same content. */
  | { kind: 'settled' }
  /** The ledger keeps it: another worker holds it, or it waits for its time. */
  | { kind: 'kept' }
  /** The same event id came with another content. */
  | { kind: 'conflict' };

/** A row of the first seed's audit tables, written in the settle's transaction. */
export interface AuditRow {
  table: string;
  row: Record<string, unknown>;
}

export interface Settlement {
  conversion: Conversion;
  attempt: number;
  outcome: Outcome;
  /** Only for final outcomes. */
  audit: AuditRow | null;
}

/** A message that is published if, and only if, the transaction that wrote it commits. */
export interface OutboxMessage {
  topic: string;
  payload: string;
  attributes: Record<string, string>;
}

/** What the ledger holds of an original, or of one of its corrections. */
export interface LedgerEntry {
  eventId: string;
  /** Null for the original itself. */
  correction: Pick<Correction, 'kind' | 'sequence'> | null;
  isSettled: boolean;
  /** Of its latest attempt, with its code; null before one has ended. */
  outcome: OutcomeKind | null;
  code: string | null;
}

/** The idempotency ledger of one platform. */
export interface Ledger {
  /** Claims each conversion, in order of input; event ids within the input must differ. */
  claim(conversions: Conversion[]): Promise<Claim[]>;
  /** What is known of originals and of all their corrections, by the original's event id. */
  findHistories(originals: string[]): Promise<Map<string, LedgerEntry[]>>;
  /** Writes endings, attempts, audit rows and outbox in one transaction. Answers the event ids whose settle was not fenced off. */
  settle(settlements: Settlement[], messagesOf: (settled: Settlement) => OutboxMessage[]): Promise<Set<string>>;
  /** Puts messages into the outbox that belong to no settlement. */
  enqueue(messages: OutboxMessage[]): Promise<void>;
  /** Moves what is due (waiting over, lease lost) into the outbox as fresh messages; answers how many. */
  republishDue(topic: string, limit: number): Promise<number>;
}
