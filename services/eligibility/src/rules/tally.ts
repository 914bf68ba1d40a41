import type { Evaluated } from './evaluate.ts';

/** Conversions of one type and campaign, with their value by currency. */
export interface Tally {
  conversionType: string;
  campaign: string;
  conversions: number;
  value: Record<string, number>;
  /** Why they come or go, as the other catalogue says, with how often. */
  reasons: Record<string, number>;
}

export interface Difference {
  coming: Tally[];
  going: Tally[];
  /** Sent under both, for another value. */
  revalued: Tally[];
}

class Tallies {
  readonly #tallies = new Map<string, Tally>();

  add({ conversionType, campaign, value, currency }: Evaluated, reason: string, worth = value): void {
    const key = `${conversionType} ${campaign}`;
    const tally = this.#tallies.get(key) ?? { conversionType, campaign, conversions: 0, value: {}, reasons: {} };
    tally.conversions += 1;
    if (currency !== null) tally.value[currency] = (tally.value[currency] ?? 0) + worth;
    tally.reasons[reason] = (tally.reasons[reason] ?? 0) + 1;
    this.#tallies.set(key, tally);
  }

  /** The largest first. */
  list(): Tally[] {
    return [...this.#tallies.values()].sort(
      (one, other) =>
        other.conversions - one.conversions ||
        `${one.conversionType} ${one.campaign}`.localeCompare(`${other.conversionType} ${other.campaign}`),
    );
  }
}

const keyOf = ({ conversionType, entity }: Evaluated): string => `${conversionType} ${entity}`;

/** Gathers what would come and go between two catalogues, a page at a time. */
export function createDifference(): { addPage(before: Evaluated[], after: Evaluated[]): void; difference(): Difference } {
  const [coming, going, revalued] = [new Tallies(), new Tallies(), new Tallies()];
  return {
    addPage: (before, after) => {
      const [old, changed] = [before, after].map((page) => new Map(page.map((one) => [keyOf(one), one]))) as [
        Map<string, Evaluated>,
        Map<string, Evaluated>,
      ];
      for (const [key, one] of changed) {
        const was = old.get(key);
        if (one.reason !== 'eligible') continue;
        if (was?.reason !== 'eligible') coming.add(one, was?.reason ?? 'not looked at');
        else if (was.value !== one.value) revalued.add(one, 'another value', one.value - was.value);
      }
      for (const [key, was] of old) {
        if (was.reason !== 'eligible') continue;
        const is = changed.get(key);
        if (is?.reason !== 'eligible') going.add(was, is?.reason ?? 'not looked at');
      }
    },
    difference: () => ({ coming: coming.list(), going: going.list(), revalued: revalued.list() }),
  };
}

/** What a run of now would decide of one type. */
export interface Preview {
  conversionType: string;
  considered: number;
  eligible: number;
  /** Of the eligible those of which no candidate is written yet. */
  fresh: number;
  /** Of the fresh ones, by currency. */
  value: Record<string, number>;
  reasons: Record<string, number>;
}

export function createPreview(names: string[]): { addPage(page: Evaluated[]): void; preview(): Preview[] } {
  const previews = new Map(
    names.map((conversionType): [string, Preview] => [
      conversionType,
      { conversionType, considered: 0, eligible: 0, fresh: 0, value: {}, reasons: {} },
    ]),
  );
  return {
    addPage: (page) => {
      for (const { conversionType, reason, isKnown, value, currency } of page) {
        const preview = previews.get(conversionType);
        if (preview === undefined) continue;
        preview.considered += 1;
        if (reason !== 'eligible') preview.reasons[reason] = (preview.reasons[reason] ?? 0) + 1;
        else {
          preview.eligible += 1;
          preview.fresh += isKnown ? 0 : 1;
          if (!isKnown && currency !== null) preview.value[currency] = (preview.value[currency] ?? 0) + value;
        }
      }
    },
    preview: () => [...previews.values()],
  };
}
