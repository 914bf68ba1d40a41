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
  action: string;
  amount: string | null;
  isBad: boolean;
}

/** What it allows of requests, and how many actions one of them may hold. */
export const allowed = { requests: 40, windowMs: 60_000, actions: 2 };
/** A broken account may be asked so often, by the batches under way when it broke and by probes. */
const mostCallsWhileBroken = 60;

const delivered: Outcome = { kind: 'delivered', reference: null };
const actionUnknown: Outcome = { kind: 'config', code: 'ACTION', reason: 'there is no such action', concerns: 'action' };
const refusal = ({ eventId }: Item): Outcome => ({ kind: 'rejected', code: `BAD_${eventId}`, reason: 'the row is bad' });
const refused = (outcome: Outcome): Answer => ({ kind: 'refused', outcome, blamed: new Map() });

/** A platform with every fault that a platform has, by chance; it knows a conversion that it took by its key, as the real ones do. */
export class SimulatedPlatform {
  /** Key -> the value that stands there now; null: retracted. */
  readonly taken = new Map<string, string | null>();
  /** Event ids that the ledger had settled as delivered before they were sent again. */
  readonly sentAgain: string[] = [];
  /** What the core did that it must not do, a sentence each. */
  readonly rudeness: string[] = [];
  calls = 0;
  readonly #isBad: (conversion: Conversion) => boolean;
  readonly #settled: (eventId: string) => boolean;
  readonly #chance: Chance;
  readonly #time: VirtualTime;
  readonly #manner: Manner;
  /** Account -> until when its configuration is broken, and how often it was asked since. */
  readonly #broken = new Map<string, { untilMs: number; calls: number }>();
  /** Action -> until when the platform does not know it. */
  readonly #unknown = new Map<string, number>();
  readonly #calledAt: number[] = [];

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
        const { eventId, correction, action, value } = conversion;
        const item = { eventId, key: correction?.of ?? eventId, action, amount: value?.amount ?? null, isBad: this.#isBad(conversion) };
        return { ok: true, item };
      },
      upload: (account, items) => this.#answer(account, items),
      groups: { of: ({ action }) => action, most: allowed.actions },
    };
    return {
      ...{ name: 'google', batchLimit, ...route, corrections: { restatement: route, retraction: route }, readBack: null },
      budgetsOf: () => [{ name: 'minute', ...allowed }],
      toAudit: (conversion, outcome) => ({ table: 'audit', row: { event_id: conversion.eventId, outcome: outcome.kind } }),
    };
  }

  #fault(account: string): Answer | null {
    const now = this.#time.nowMs();
    const broken = this.#broken.get(account);
    if (broken !== undefined && broken.untilMs > now) {
      broken.calls += 1;
      if (broken.calls === mostCallsWhileBroken) this.rudeness.push(`account ${account} was asked on and on while it was broken`);
      return refused({ kind: 'config', code: 'TOKEN', reason: 'the token was revoked' });
    }
    const fault = this.#chance.pick(['none', 'none', 'none', 'none', 'none', 'reset', '503', 'throttled', 'config'] as const);
    if (fault === 'reset' || fault === '503') return refused({ kind: 'retry', code: fault, reason: 'down' });
    if (fault === 'throttled') return refused({ kind: 'throttled', code: '429', reason: 'quota', afterMs: this.#chance.upTo(3_600_000) });
    if (fault !== 'config' || !this.#chance.oneIn(5)) return null;
    this.#broken.set(account, { untilMs: now + this.#chance.upTo(7_200_000), calls: 0 });
    return refused({ kind: 'config', code: 'TOKEN', reason: 'the token was revoked' });
  }

  #watch(items: Item[]): void {
    this.calls += 1;
    const now = this.#time.nowMs();
    this.#calledAt.push(now);
    while ((this.#calledAt[0] as number) <= now - allowed.windowMs) this.#calledAt.shift();
    if (this.#calledAt.length > allowed.requests) this.rudeness.push(`${this.#calledAt.length} requests within ${allowed.windowMs} ms`);
    const actions = new Set(items.map(({ action }) => action)).size;
    if (actions > allowed.actions) this.rudeness.push(`a request held ${actions} actions`);
  }

  /** An action that the platform does not know for a while: it says so of its rows, or of the whole request. */
  #unknownAction(items: Item[]): { answer: Answer; isUnknown(item: Item): boolean } | null {
    const now = this.#time.nowMs();
    if (this.#chance.oneIn(40)) this.#unknown.set((items[0] as Item).action, now + this.#chance.upTo(7_200_000));
    const isUnknown = ({ action }: Item): boolean => (this.#unknown.get(action) ?? 0) > now;
    if (!items.some(isUnknown)) return null;
    const blamed = new Map(items.flatMap((item, place) => (isUnknown(item) ? [[place, actionUnknown] as const] : [])));
    return { answer: { kind: 'refused', outcome: actionUnknown, blamed: this.#manner === 'names none' ? new Map() : blamed }, isUnknown };
  }

  async #answer(account: string, items: Item[]): Promise<Answer> {
    this.#watch(items);
    await this.#time.sleep(this.#chance.upTo(3_000));
    const fault = this.#fault(account);
    if (fault !== null) return fault;
    const unknown = this.#unknownAction(items);
    if (unknown !== null && this.#manner !== 'takes the others') return unknown.answer;
    return this.#take(items, (item) => (unknown?.isUnknown(item) ? actionUnknown : item.isBad ? refusal(item) : delivered));
  }

  #take(items: Item[], outcomeOf: (item: Item) => Outcome): Answer {
    const bad = items.filter(({ isBad }) => isBad);
    if (bad.length > 0 && this.#manner !== 'takes the others') {
      const blamed = new Map(
        items.flatMap((item, place) => (item.isBad && this.#manner === 'names the rows' ? [[place, refusal(item)] as const] : [])),
      );
      return { kind: 'refused', outcome: refusal(bad[0] as Item), blamed };
    }
    for (const item of items) {
      if (this.#settled(item.eventId)) this.sentAgain.push(item.eventId);
      if (outcomeOf(item) === delivered) this.taken.set(item.key, item.amount);
    }
    // It took them, and the answer is lost on its way.
    if (this.#chance.oneIn(12)) return refused({ kind: 'retry', code: 'ECONNRESET', reason: 'reset after it was taken' });
    return { kind: 'answered', outcomes: items.map(outcomeOf) };
  }
}
