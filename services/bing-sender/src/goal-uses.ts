import type { Conversion } from '@waybill/shared/conversion';

/** How a goal is used. */
export interface GoalUse {
  name: string;
  /** Whether conversions with hashed identifiers came for it. */
  sendsHashes: boolean;
  /** The longest time from a click to its conversion. */
  longestDays: number;
}

const dayMs = 24 * 60 * 60_000;

/** What this process has seen go to each account's goals. DESTINATIONS_FILE may leave their names to the catalogue, so that they show only then. */
export class GoalUses {
  readonly #named: (account: string) => string[];
  readonly #seen = new Map<string, GoalUse>();
  readonly #sent = new Map<string, Set<string>>();

  /** `named`: the goals that the configuration names for an account. */
  constructor(named: (account: string) => string[]) {
    this.#named = named;
  }

  note({ account, action: name, occurredAt, click, person }: Conversion): void {
    const key = JSON.stringify([account, name]);
    const { sendsHashes, longestDays } = this.#seen.get(key) ?? { sendsHashes: false, longestDays: 0 };
    const sinceClickDays = click === null ? 0 : (Date.parse(occurredAt) - Date.parse(click.clickedAt)) / dayMs;
    const hasHashes = person.email.length > 0 || person.phone.length > 0;
    this.#seen.set(key, { name, sendsHashes: sendsHashes || hasHashes, longestDays: Math.max(longestDays, sinceClickDays) });
  }

  /** Microsoft took conversions for these goals, or said that the goals are at fault. */
  judged(account: string, names: string[]): void {
    const sent = this.#sent.get(account) ?? new Set();
    for (const name of names) sent.add(name);
    this.#sent.set(account, sent);
  }

  /** Those that are named, and those that were sent to. */
  of(account: string): GoalUse[] {
    const names = new Set([...this.#named(account), ...(this.#sent.get(account) ?? [])]);
    return [...names].map((name) => this.#seen.get(JSON.stringify([account, name])) ?? { name, sendsHashes: false, longestDays: 0 });
  }
}
