/** How one attempt to deliver one conversion ended; every kind but the first carries the platform's code and a plain sentence. */
export type Outcome =
  | { kind: 'delivered'; reference: string | null }
  | { kind: 'duplicate'; code: string; reason: string }
  | { kind: 'rejected'; code: string; reason: string }
  | { kind: 'retry'; code: string; reason: string }
  | { kind: 'later'; code: string; reason: string; afterMs: number }
  | { kind: 'throttled'; code: string; reason: string; afterMs: number }
  | { kind: 'config'; code: string; reason: string }
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
