import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A conversion as the platform took it, in the words that all stand-ins share. */
export interface AcceptedConversion {
  account: string;
  /** Conversion action id, event name or goal name. */
  action: string;
  /** What the platform tells conversions apart by. */
  key: string;
  eventId: string | null;
  clickId: string | null;
  occurredAt: string;
  value: string | null;
  currency: string | null;
  /** The values that stood before, the first one first; absent where it was never restated. */
  history?: FormerValue[];
  /** Retracted since; it counts no more. */
  isRetracted?: true;
}

interface FormerValue {
  value: string | null;
  currency: string | null;
  /** When the restatement that followed was made. */
  until: string;
}

export type Adjustment = { kind: 'restatement'; value: string | null; currency: string | null; at: string } | { kind: 'retraction' };

function adjusted(known: AcceptedConversion, adjustment: Adjustment): AcceptedConversion {
  if (adjustment.kind === 'retraction') return { ...known, isRetracted: true };
  const { value, currency, at } = adjustment;
  const former = { value: known.value, currency: known.currency, until: at };
  return { ...known, value, currency, history: [...(known.history ?? []), former] };
}

interface Count {
  account: string;
  action: string;
  accepted: number;
  value: string;
}

/** What a stand-in took, once for each key; kept in a file between starts when one is given. */
export class Accepted {
  readonly #byKey = new Map<string, AcceptedConversion>();
  readonly #file: string | undefined;
  #duplicates = 0;

  constructor(file?: string) {
    this.#file = file;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      // A line cut off by a kill is one conversion that was never answered for.
      if (!line.endsWith('}')) continue;
      const conversion = JSON.parse(line) as AcceptedConversion;
      this.#byKey.set(conversion.key, conversion);
    }
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Takes conversions; those whose key is known are counted as duplicates and change nothing. */
  take(conversions: AcceptedConversion[]): void {
    const fresh = conversions.filter((conversion) => {
      const known = this.#byKey.has(conversion.key);
      if (known) this.#duplicates += 1;
      else this.#byKey.set(conversion.key, conversion);
      return !known;
    });
    if (this.#file === undefined || fresh.length === 0) return;
    appendFileSync(this.#file, fresh.map((conversion) => `${JSON.stringify(conversion)}\n`).join(''));
  }

  find(key: string): AcceptedConversion | undefined {
    return this.#byKey.get(key);
  }

  /** Restates or retracts what was taken under a key; the last line of a key in the file is the one that counts. */
  adjust(key: string, adjustment: Adjustment): void {
    const known = this.#byKey.get(key);
    if (known === undefined) return;
    const now = adjusted(known, adjustment);
    this.#byKey.set(key, now);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(now)}\n`);
  }

  list(): AcceptedConversion[] {
    return [...this.#byKey.values()];
  }

  /** Counts and exact sums of value per account and action, of what stands: with restated values and without what was retracted. */
  counts(): { accepted: number; duplicates: number; restated: number; retracted: number; byAction: Count[] } {
    const counted = [...this.#byKey.values()].filter(({ isRetracted }) => isRetracted !== true);
    const groups = Map.groupBy(counted, ({ account, action }) => `${account} ${action}`);
    const byAction = [...groups.values()].map((group): Count => {
      const { account, action } = group[0] as AcceptedConversion;
      return { account, action, accepted: group.length, value: sumDecimals(group.map(({ value }) => value ?? '0')) };
    });
    const restated = counted.filter(({ history }) => history !== undefined).length;
    const retracted = this.#byKey.size - counted.length;
    return { accepted: counted.length, duplicates: this.#duplicates, restated, retracted, byAction };
  }
}

const microUnits = 6;

function toMicros(decimal: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  const micros = BigInt(whole + fraction.slice(0, microUnits).padEnd(microUnits, '0'));
  return sign === '-' ? -micros : micros;
}

/** Adds decimal strings exactly, to six places, and trims trailing zeros down to two. */
export function sumDecimals(decimals: string[]): string {
  const total = decimals.reduce((sum, decimal) => sum + toMicros(decimal), 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(microUnits + 1, '0');
  const fraction = digits.slice(-microUnits).replace(/0{1,4}$/, '');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -microUnits)}.${fraction}`;
}
