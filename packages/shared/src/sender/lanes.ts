import type { Outcome } from '../conversion/index.ts';

const firstConfigPauseMs = 60_000;
const longestConfigPauseMs = 15 * 60_000;

interface Pause {
  until: number;
  because: Extract<Outcome, { kind: 'throttled' | 'config' }>;
  configPauses: number;
}

/**
 * Remembers which accounts must not be called for a while. A throttle pauses for as long as the platform says; a fault of
 * configuration pauses for a minute, then longer each time, and the first batch after a pause is the probe.
 */
export class Lanes {
  readonly #pauses = new Map<string, Pause>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The outcome to settle with while the account is paused, or null when it may be called. */
  pausedOutcome(account: string): Outcome | null {
    const pause = this.#pauses.get(account);
    const leftMs = pause === undefined ? 0 : pause.until - this.#nowMs();
    if (pause === undefined || leftMs <= 0) return null;
    return { kind: 'throttled', code: pause.because.code, reason: `the account is paused: ${pause.because.reason}`, afterMs: leftMs };
  }

  /** Learns from a batch's outcomes; answers the outcome that began a pause, or null. */
  learn(account: string, outcomes: Outcome[]): Outcome | null {
    const throttled = outcomes.find((outcome) => outcome.kind === 'throttled');
    // One row with an unknown action is that row's trouble; only when no row gets through is it the account's.
    const because = throttled ?? (outcomes.every(({ kind }) => kind === 'config') ? outcomes[0] : undefined);
    if (because?.kind !== 'throttled' && because?.kind !== 'config') {
      this.#pauses.delete(account);
      return null;
    }
    const configPauses = because.kind === 'config' ? (this.#pauses.get(account)?.configPauses ?? 0) + 1 : 0;
    const ms = because.kind === 'config' ? Math.min(firstConfigPauseMs * 2 ** (configPauses - 1), longestConfigPauseMs) : because.afterMs;
    this.#pauses.set(account, { until: this.#nowMs() + ms, because, configPauses });
    return because;
  }
}
