/** Time that passes only when nothing can happen any more without it; instants are milliseconds. */
export class VirtualTime {
  #nowMs: number;
  #order = 0;
  readonly #waiting: { atMs: number; order: number; act: () => void }[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  /** Acts once that much time has passed; of two at the same instant the one that was asked for first. */
  after(ms: number, act: () => void): void {
    this.#waiting.push({ atMs: this.#nowMs + ms, order: this.#order++, act });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets everything happen until nothing is waiting, or time is up. Answers whether it came to rest by itself. */
  async run(untilMs: number): Promise<boolean> {
    for (;;) {
      // All that can go on without time goes on first.
      await new Promise(setImmediate);
      this.#waiting.sort((one, other) => one.atMs - other.atMs || one.order - other.order);
      const next = this.#waiting.shift();
      if (next === undefined) return true;
      if (next.atMs > untilMs) return false;
      this.#nowMs = next.atMs;
      next.act();
    }
  }
}
