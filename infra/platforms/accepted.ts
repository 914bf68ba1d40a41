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
  /** Retracted since; it counts no more. */
  isRetracted?: boolean;
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

  /** Changes what was taken under a key; the last line of a key is the one that counts. */
  adjust(key: string, change: Pick<AcceptedConversion, 'value' | 'currency'> | { isRetracted: true }): void {
    const known = this.#byKey.get(key);
    if (known === undefined) return;
    const adjusted = { ...known, ...change };
    this.#byKey.set(key, adjusted);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(adjusted)}\n`);
  }

  list(): AcceptedConversion[] {
    return [...this.#byKey.values()];
  }

  /** Counts and exact sums of value per account and action. */
  counts(): { accepted: number; duplicates: number; byAction: Count[] } {
    const counted = [...this.#byKey.values()].filter(({ isRetracted }) => isRetracted !== true);
    const groups = Map.groupBy(counted, ({ account, action }) => `${account} ${action}`);
    const byAction = [...groups.values()].map((group): Count => {
      const { account, action } = group[0] as AcceptedConversion;
      return { account, action, accepted: group.length, value: sumDecimals(group.map(({ value }) => value ?? '0')) };
    });
    return { accepted: counted.length, duplicates: this.#duplicates, byAction };
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
