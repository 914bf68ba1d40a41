import type { Touch } from '../journeys/journey.ts';
import { splitValue } from '../money/split-value.ts';
import type { Corpus, Cost } from './corpus.ts';
import type { Credited } from './credit-corpus.ts';

/** A line of a report: what one model credits to one channel, campaign or day, beside its cost. */
export interface ReportRow {
  model: string;
  /** Null on the line of what no touch is credited with. */
  key: string | null;
  conversions: number;
  valueMinor: bigint;
  costMicros: bigint;
}

export type Grouping = 'channel' | 'campaign' | 'day';

/** The day of an instant where the report is read: days have 23, 24 or 25 hours there. */
export function createDayReader(timeZone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (atMs) => format.format(atMs);
}

const campaignKey = (channel: string, campaign: string | null): string => (campaign === null ? channel : `${channel} / ${campaign}`);

interface Keys {
  ofTouch(touch: Touch): string;
  ofCost(cost: Cost): string;
}

function keysOf(grouping: Grouping, dayOf: (atMs: number) => string): Keys {
  if (grouping === 'channel') return { ofTouch: ({ channel }) => channel, ofCost: ({ channel }) => channel };
  if (grouping === 'day') return { ofTouch: ({ atMs }) => dayOf(atMs), ofCost: ({ atMs }) => dayOf(atMs) };
  return {
    ofTouch: ({ channel, campaign }) => campaignKey(channel, campaign),
    ofCost: ({ channel, campaign }) => campaignKey(channel, campaign),
  };
}

export interface Tally {
  conversions: number;
  valueMinor: bigint;
}

const add = (tally: Tally, conversions: number, valueMinor: bigint): void => {
  tally.conversions += conversions;
  tally.valueMinor += valueMinor;
};

/** What a model credits in all, and to whom. */
export interface Summed {
  attributed: Tally;
  unattributed: Tally;
  groupings: { grouping: Grouping; rows: ReportRow[] }[];
}

/** A channel's sum is its share of all, where the model tells that better than the sum of its credits. */
function byShares(shares: ReadonlyMap<string, number>, { conversions, valueMinor }: Tally): Map<string, Tally> {
  const values = splitValue(valueMinor, [...shares.values()]);
  return new Map(
    [...shares].map(([channel, share], place) => [channel, { conversions: share * conversions, valueMinor: values[place] ?? 0n }]),
  );
}

/** The lines in order of their keys. Costs stand beside, once each, whatever they led to: a channel that cost and brought nothing has a line. */
function toRows(model: string, sums: Map<string, Tally>, costs: Cost[], { ofCost }: Keys): ReportRow[] {
  const costOf = new Map<string, bigint>();
  for (const cost of costs) costOf.set(ofCost(cost), (costOf.get(ofCost(cost)) ?? 0n) + cost.costMicros);
  return [...new Set([...sums.keys(), ...costOf.keys()])]
    .sort()
    .map((key): ReportRow => ({ model, key, ...(sums.get(key) ?? { conversions: 0, valueMinor: 0n }), costMicros: costOf.get(key) ?? 0n }));
}

/** Sums up what one model credits, by each grouping, in one pass; last in each stands what no touch is credited with. */
export function sumCredits(corpus: Corpus, credited: Credited, groupings: Grouping[], dayOf: (atMs: number) => string): Summed {
  const attributed = { conversions: 0, valueMinor: 0n };
  const unattributed = { conversions: 0, valueMinor: 0n };
  const sums = groupings.map((grouping) => ({ grouping, keys: keysOf(grouping, dayOf), byKey: new Map<string, Tally>() }));
  for (const { journey, conversions, credits } of credited.journeys()) {
    add(credits.length > 0 ? attributed : unattributed, conversions, journey.valueMinor);
    for (const { keys, byKey } of sums) {
      for (const credit of credits) {
        const key = keys.ofTouch(credit.touch);
        const tally = byKey.get(key) ?? { conversions: 0, valueMinor: 0n };
        add(tally, credit.conversions, credit.valueMinor);
        byKey.set(key, tally);
      }
    }
  }
  const { shares, model } = credited;
  const isAll = unattributed.conversions === 0 && unattributed.valueMinor === 0n;
  const last: ReportRow[] = isAll ? [] : [{ model: model.name, key: null, ...unattributed, costMicros: 0n }];
  return {
    ...{ attributed, unattributed },
    groupings: sums.map(({ grouping, keys, byKey }) => {
      const told = grouping === 'channel' && shares !== null ? byShares(shares, attributed) : byKey;
      return { grouping, rows: [...toRows(model.name, told, corpus.costs, keys), ...last] };
    }),
  };
}

/** Undefined, hence null, where the denominator is 0. */
const ratio = (numerator: number, denominator: number): number | null => (denominator === 0 ? null : numerator / denominator);

/** Cost for one conversion. */
export const costPerOrder = ({ costMicros, conversions }: ReportRow): number | null => ratio(Number(costMicros) / 1e6, conversions);

/** Value for one unit of cost, in the same currency. */
export const returnOnAdSpend = ({ costMicros, valueMinor }: ReportRow, places: number): number | null =>
  ratio(Number(valueMinor) / 10 ** places, Number(costMicros) / 1e6);
