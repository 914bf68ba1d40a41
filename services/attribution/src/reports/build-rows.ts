import { splitValue } from '../money/split-value.ts';
import type { Corpus, Cost } from './corpus.ts';
import type { Credited, TouchCredit } from './credit-corpus.ts';

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
  ofTouch(credit: TouchCredit): string;
  ofCost(cost: Cost): string;
}

function keysOf(grouping: Grouping, dayOf: (atMs: number) => string): Keys {
  if (grouping === 'channel') return { ofTouch: ({ touch }) => touch.channel, ofCost: ({ channel }) => channel };
  if (grouping === 'day') return { ofTouch: ({ touch }) => dayOf(touch.atMs), ofCost: ({ atMs }) => dayOf(atMs) };
  return {
    ofTouch: ({ touch }) => campaignKey(touch.channel, touch.campaign),
    ofCost: ({ channel, campaign }) => campaignKey(channel, campaign),
  };
}

/** By shares where the model tells them, else by the sum of credits. */
function sumByKey(
  { credits, shares, attributed }: Credited,
  grouping: Grouping,
  keys: Keys,
): Map<string, { conversions: number; valueMinor: bigint }> {
  if (grouping === 'channel' && shares !== null) {
    const values = splitValue(attributed.valueMinor, [...shares.values()]);
    return new Map(
      [...shares].map(([channel, share], place) => [
        channel,
        { conversions: share * attributed.conversions, valueMinor: values[place] ?? 0n },
      ]),
    );
  }
  const sums = new Map<string, { conversions: number; valueMinor: bigint }>();
  for (const credit of credits) {
    const key = keys.ofTouch(credit);
    const sum = sums.get(key) ?? { conversions: 0, valueMinor: 0n };
    sum.conversions += credit.conversions;
    sum.valueMinor += credit.valueMinor;
    sums.set(key, sum);
  }
  return sums;
}

/**
 * The lines of one model, in order of their keys, and last that of what is unattributed. Costs stand beside, once each, whatever they led to: a
 * channel that cost and brought nothing has a line.
 */
export function buildRows(corpus: Corpus, credited: Credited, grouping: Grouping, dayOf: (atMs: number) => string): ReportRow[] {
  const keys = keysOf(grouping, dayOf);
  const sums = sumByKey(credited, grouping, keys);
  const costs = new Map<string, bigint>();
  for (const cost of corpus.costs) costs.set(keys.ofCost(cost), (costs.get(keys.ofCost(cost)) ?? 0n) + cost.costMicros);
  const model = credited.model.name;
  const rows = [...new Set([...sums.keys(), ...costs.keys()])]
    .sort()
    .map((key): ReportRow => ({ model, key, ...(sums.get(key) ?? { conversions: 0, valueMinor: 0n }), costMicros: costs.get(key) ?? 0n }));
  const { unattributed } = credited;
  return unattributed.conversions === 0 && unattributed.valueMinor === 0n
    ? rows
    : [...rows, { model, key: null, ...unattributed, costMicros: 0n }];
}

/** Undefined, hence null, where the denominator is 0. */
const ratio = (numerator: number, denominator: number): number | null => (denominator === 0 ? null : numerator / denominator);

/** Cost for one conversion. */
export const costPerOrder = ({ costMicros, conversions }: ReportRow): number | null => ratio(Number(costMicros) / 1e6, conversions);

/** Value for one unit of cost, in the same currency. */
export const returnOnAdSpend = ({ costMicros, valueMinor }: ReportRow, places: number): number | null =>
  ratio(Number(valueMinor) / 10 ** places, Number(costMicros) / 1e6);
