const slotMs = 50;

/** Items that fall due at a time, at O(1) for each change; due never early and at most 50 ms late. */
export class Agenda<T> {
  #slots = new Map<number, Set<T>>();
  #slotOf = new Map<T, number>();

  /** Sets or moves the time at which the item is due. */
  set(item: T, dueAt: number): void {
    this.delete(item);
    const slot = Math.ceil(dueAt / slotMs);
    this.#slotOf.set(item, slot);
    const items = this.#slots.get(slot);
    if (items === undefined) this.#slots.set(slot, new Set([item]));
    else items.add(item);
  }

  delete(item: T): void {
    const slot = this.#slotOf.get(item);
    if (slot === undefined) return;
    this.#slotOf.delete(item);
    const items = this.#slots.get(slot);
    items?.delete(item);
    if (items?.size === 0) this.#slots.delete(slot);
  }

  /** Removes and returns what is due, earliest first. */
  takeDue(now: number): T[] {
    const dueSlots = [...this.#slots.keys()].filter((slot) => slot * slotMs <= now).sort((a, b) => a - b);
    return dueSlots.flatMap((slot) => {
      const items = [...(this.#slots.get(slot) ?? [])];
      for (const item of items) this.delete(item);
      return items;
    });
  }
}
