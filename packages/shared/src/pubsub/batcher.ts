/** Collects items by lane and hands over each lane's items when they reach `size` or the oldest has waited `waitMs`. */
export class Batcher<T> {
  readonly #options: { size: number; waitMs: number; onBatch: (lane: string, items: T[]) => void };
  readonly #lanes = new Map<string, { items: T[]; timer: NodeJS.Timeout }>();

  constructor(options: { size: number; waitMs: number; onBatch: (lane: string, items: T[]) => void }) {
    this.#options = options;
  }

  add(lane: string, item: T): void {
    let open = this.#lanes.get(lane);
    if (open === undefined) {
      open = { items: [], timer: setTimeout(() => this.#flush(lane), this.#options.waitMs) };
      this.#lanes.set(lane, open);
    }
    open.items.push(item);
    if (open.items.length >= this.#options.size) this.#flush(lane);
  }

  /** Hands over everything that is still waiting. */
  flushAll(): void {
    for (const lane of [...this.#lanes.keys()]) this.#flush(lane);
  }

  #flush(lane: string): void {
    const open = this.#lanes.get(lane);
    if (open === undefined) return;
    clearTimeout(open.timer);
    this.#lanes.delete(lane);
    this.#options.onBatch(lane, open.items);
  }
}
