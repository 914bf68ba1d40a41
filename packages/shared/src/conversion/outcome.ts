/** How one attempt to deliver one conversion ended; every kind but the first carries the platform's code and a plain sentence. */
export type Outcome =
  | { kind: 'delivered'; reference: string | null }
  | { kind: 'duplicate'; code: string; reason: string }
  | { kind: 'rejected'; code: string; reason: string }
  | { kind: 'retry'; code: string; reason: string }
  | { kind: 'later'; code: string; reason: string; afterMs: number }
  | { kind: 'throttled'; code: string; reason: string; afterMs: number }
  /** `concerns`: the conversion action alone is to be mended; else the account. `afterMs`: when it is tried again; unset: the ledger decides. */
  | { kind: 'config'; code: string; reason: string; concerns?: 'action'; afterMs?: number }
  /** A code that no table knows: never success, kept and alerted. */
  | { kind: 'held'; code: string; reason: string };

export type OutcomeKind = Outcome['kind'];

export const outcomeKinds = [
  'delivered',
  'duplicate',
  'rejected',
  'retry',
  'later',
  'throttled',
  'config',
  'held',
] as const satisfies OutcomeKind[];

const finalKinds: ReadonlySet<OutcomeKind> = new Set(['delivered', 'duplicate', 'rejected']);

/** Whether the conversion's life on this platform is over with that outcome. */
export const isFinal = (outcome: { kind: OutcomeKind }): boolean => finalKinds.has(outcome.kind);

/** The code of a correction that ends unsent, because a later one of the same conversion says all that it would. */
export const supersededCode = 'SUPERSEDED';

/** Whether the platform has what ended so: it has a duplicate too, but not a correction that was superseded. */
export const wasTaken = (kind: OutcomeKind | null, code: string | null): boolean =>
  kind === 'delivered' || (kind === 'duplicate' && code !== supersededCode);

/** For the audit: why the platform does not have a conversion whose life there is over, or null where it has it. */
export const errorOf = (outcome: Outcome): string | null =>
  outcome.kind === 'delivered' || wasTaken(outcome.kind, outcome.code) ? null : `${outcome.code}: ${outcome.reason}`;
