import type { Outcome } from '../conversion/index.ts';

/** So many requests of a platform in any window of that length, shared by all that name the budget. */
export interface Budget {
  name: string;
  requests: number;
  windowMs: number;
}

/** Why a lane stands still. */
export type PauseReason = Extract<Outcome, { kind: 'throttled' | 'config' }>;

/** A lane that stands still, or that waits for a probe since its pause is over. */
export interface Pause {
  /** How long it still lasts; 0 or less when it is over. */
  leftMs: number;
  because: PauseReason;
  /** Pauses for want of configuration since the last time that anything got through. */
  configPauses: number;
}

/**
 * What all instances of a sender know together: which lanes must not be used for a while, and how much is left of the budgets.
 * A lane is an account, an account's corrections of a kind, or a conversion action within one of them.
 */
export interface Lanes {
  /** The pauses of these lanes; a lane that is open is not among them. */
  find(lanes: string[]): Promise<ReadonlyMap<string, Pause>>;
  /** Pauses lanes for `leftMs`; null opens one. */
  save(changes: ReadonlyMap<string, Pause | null>): Promise<void>;
  /** Whether the probe of a lane whose pause is over is ours; for all others the pause goes on for `forMs`, the time of a probe. */
  claimProbe(lane: string, forMs: number): Promise<boolean>;
  /** Takes a request from each budget, or from none; answers for how many ms none is left in one of them, 0 when they were taken. */
  spend(budgets: Budget[]): Promise<number>;
}

/** A budget is counted in so many slots of its window, so that no window of its length, wherever it begins, holds more requests. */
export const slotsOfWindow = 60;

/** Lanes in memory, for one process; a test holds them equal to those in Postgres. */
export class MemoryLanes implements Lanes {
  readonly #pauses = new Map<string, { until: number; pause: Pause }>();
  readonly #slots = new Map<string, Map<number, number>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  async find(lanes: string[]): Promise<ReadonlyMap<string, Pause>> {
    const now = this.#nowMs();
    return new Map(
      lanes.flatMap((lane) => {
        const known = this.#pauses.get(lane);
        return known === undefined ? [] : [[lane, { ...known.pause, leftMs: known.until - now }] as const];
      }),
    );
  }

  async save(changes: ReadonlyMap<string, Pause | null>): Promise<void> {
    for (const [lane, pause] of changes) {
      if (pause === null) this.#pauses.delete(lane);
      else this.#pauses.set(lane, { until: this.#nowMs() + pause.leftMs, pause });
    }
  }

  async claimProbe(lane: string, forMs: number): Promise<boolean> {
    const known = this.#pauses.get(lane);
    if (known === undefined || known.until > this.#nowMs()) return false;
    known.until = this.#nowMs() + forMs;
    return true;
  }

  async spend(budgets: Budget[]): Promise<number> {
    const spent = budgets.map((budget) => this.#judge(budget));
    const waitMs = Math.max(0, ...spent.map((judged) => judged.waitMs));
    if (waitMs === 0) for (const { slots, slot } of spent) slots.set(slot, (slots.get(slot) ?? 0) + 1);
    return waitMs;
  }

  #judge({ name, requests, windowMs }: Budget): { slots: Map<number, number>; slot: number; waitMs: number } {
    const slotMs = windowMs / slotsOfWindow;
    const slot = Math.floor(this.#nowMs() / slotMs);
    const slots = this.#slots.get(name) ?? new Map<number, number>();
    this.#slots.set(name, slots);
    for (const old of slots.keys()) if (old < slot - slotsOfWindow) slots.delete(old);
    const used = [...slots.values()].reduce((sum, count) => sum + count, 0);
    const oldest = Math.min(...slots.keys());
    return { slots, slot, waitMs: used < requests ? 0 : Math.ceil((oldest + slotsOfWindow + 1) * slotMs - this.#nowMs()) };
  }
}
