import type { Conversion, Outcome } from '../../conversion/index.ts';
import type { Answer, Platform, Route } from '../../sender/index.ts';
import type { Chance } from './chance.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How the platform answers when a row of a request is bad. */
export type Manner = 'names the rows' | 'names none' | 'takes the others';

export interface Item {
  eventId: string;
  /** Of the original, where it corrects one. */
  key: string;
  amount: string | null;
  isBad: boolean;
}

const delivered: Outcome = { kind: 'delivered', reference: null };
const refusal = ({ eventId }: Item): Outcome => ({ kind: 'rejected', code: `BAD_${eventId}`, reason: 'the row is bad' });
const refused = (outcome: Outcome): Answer => ({ kind: 'refused', outcome, blamed: new Map() });

/** A platform with every fault that a platform has, by chance; it knows a conversion that it took by its key, as the real ones do. */
export class SimulatedPlatform {
  /** Key -> the value that stands there now; null: retracted. */
  readonly taken = new Map<string, string | null>();
  /** Event ids that the ledger had settled as delivered before they were sent again. */
  readonly sentAgain: string[] = [];
  calls = 0;
  readonly #isBad: (conversion: Conversion) => boolean;
  readonly #settled: (eventId: string) => boolean;
  readonly #chance: Chance;
  readonly #time: VirtualTime;
  readonly #manner: Manner;
  /** Account -> until when its configuration is broken. */
  readonly #broken = new Map<string, number>();

  constructor(options: {
    isBad(conversion: Conversion): boolean;
    settled(eventId: string): boolean;
    chance: Chance;
    time: VirtualTime;
    manner: Manner;
  }) {
    this.#isBad = options.isBad;
    this.#settled = options.settled;
    this.#chance = options.chance;
    this.#time = options.time;
    this.#manner = options.manner;
  }

  platform(batchLimit: number): Platform<Item> {
    const route: Route<Item> = {
      toItem: (conversion) => {
        const { eventId, correction, value } = conversion;
        return {
          ok: true,
          item: { eventId, key: correction?.of ?? eventId, amount: value?.amount ?? null, isBad: this.#isBad(conversion) },
        };
      },
      upload: (account, items) => this.#answer(account, items),
    };
    return {
      ...{ name: 'google', batchLimit, ...route, corrections: { restatement: route, retraction: route } },
      toAudit: (conversion, outcome) => ({ table: 'audit', row: { event_id: conversion.eventId, outcome: outcome.kind } }),
    };
  }

  #fault(account: string): Answer | null {
    const now = this.#time.nowMs();
    if ((this.#broken.get(account) ?? 0) > now) return refused({ kind: 'config', code: 'TOKEN', reason: 'the token was revoked' });
    const fault = this.#chance.pick(['none', 'none', 'none', 'none', 'none', 'reset', '503', 'throttled', 'config'] as const);
    if (fault === 'reset' || fault === '503') return refused({ kind: 'retry', code: fault, reason: 'down' });
    if (fault === 'throttled') return refused({ kind: 'throttled', code: '429', reason: 'quota', afterMs: this.#chance.upTo(3_600_000) });
    if (fault !== 'config' || !this.#chance.oneIn(5)) return null;
    this.#broken.set(account, now + this.#chance.upTo(7_200_000));
    return refused({ kind: 'config', code: 'TOKEN', reason: 'the token was revoked' });
  }

  async #answer(account: string, items: Item[]): Promise<Answer> {
    this.calls += 1;
    await this.#time.sleep(this.#chance.upTo(3_000));
    const fault = this.#fault(account);
    if (fault !== null) return fault;
    const bad = items.filter(({ isBad }) => isBad);
    if (bad.length > 0 && this.#manner !== 'takes the others') {
      const blamed = new Map(
        items.flatMap((item, place) => (item.isBad && this.#manner === 'names the rows' ? [[place, refusal(item)] as const] : [])),
      );
      return { kind: 'refused', outcome: refusal(bad[0] as Item), blamed };
    }
    for (const { eventId, key, amount, isBad } of items) {
      if (this.#settled(eventId)) this.sentAgain.push(eventId);
      if (!isBad) this.taken.set(key, amount);
    }
    // It took them, and the answer is lost on its way.
    if (this.#chance.oneIn(12)) return refused({ kind: 'retry', code: 'ECONNRESET', reason: 'reset after it was taken' });
    return { kind: 'answered', outcomes: items.map((item) => (item.isBad ? refusal(item) : delivered)) };
  }
}
