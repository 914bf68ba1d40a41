/** First in, first out at O(1) amortised; every item keeps the position it was pushed at. */
export class Queue<T> {
  #items: T[] = [];
  #head = 0;
  #dropped = 0;

  get start(): number {
    return this.#dropped + this.#head;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  at(position: number): T | undefined {
    return position < this.start ? undefined : this.#items[position - this.#dropped];
  }

  /** Returns the position of the item. */
  push(item: T): number {
    return this.#dropped + this.#items.push(item) - 1;
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head++];
    if (this.#head > 256 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#dropped += this.#head;
      this.#head = 0;
    }
    return item;
  }

  *[Symbol.iterator](): Generator<T> {
    yield* this.#items.slice(this.#head);
  }
}
