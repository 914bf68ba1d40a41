import type { Touch } from '../journeys/journey.ts';
import type { Fitted, Model } from '../models/index.ts';
import { splitValue } from '../money/split-value.ts';
import type { Cost, JourneyGroup } from './corpus.ts';
import type { TouchCredit } from './credit-journey.ts';

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

/** A channel's sum is its share of all, where the model tells that better than the sum of its credits. */
function byShares(shares: ReadonlyMap<string, number>, { conversions, valueMinor }: Tally): Map<string, Tally> {
  const values = splitValue(valueMinor, [...shares.values()]);
  return new Map(
    [...shares].map(([channel, share], place) => [channel, { conversions: share * conversions, valueMinor: values[place] ?? 0n }]),
  );
}

interface Sums {
  grouping: Grouping;
  keys: Keys;
  /** What each model credits, by key. */
  byModel: Map<string, Tally>[];
  costs: Map<string, bigint>;
}

function addTo(sums: Map<string, Tally>, key: string, { conversions, valueMinor }: Tally): void {
  const tally = sums.get(key) ?? { conversions: 0, valueMinor: 0n };
  add(tally, conversions, valueMinor);
  sums.set(key, tally);
}

/** The lines in order of their keys. Costs stand beside, once each, whatever they led to: a channel that cost and brought nothing has a line. */
const toRows = (model: string, sums: Map<string, Tally>, costs: Map<string, bigint>): ReportRow[] =>
  [...new Set([...sums.keys(), ...costs.keys()])]
    .sort()
    .map((key): ReportRow => ({ model, key, ...(sums.get(key) ?? { conversions: 0, valueMinor: 0n }), costMicros: costs.get(key) ?? 0n }));

/**
 * Sums up what several models credit, journey by journey, by several groupings. What it holds grows with the channels, campaigns and days, not
 * with the journeys.
 */
export class CreditSums {
  /** What each model credits in all. */
  readonly totals: { attributed: Tally; unattributed: Tally }[];
  readonly #groupings: Sums[];

  constructor(models: number, groupings: Grouping[], dayOf: (atMs: number) => string) {
    const ofEach = <T>(make: () => T): T[] => Array.from({ length: models }, make);
    this.totals = ofEach(() => ({ attributed: { conversions: 0, valueMinor: 0n }, unattributed: { conversions: 0, valueMinor: 0n } }));
    this.#groupings = groupings.map((grouping) => ({
      ...{ grouping, keys: keysOf(grouping, dayOf), costs: new Map() },
      byModel: ofEach(() => new Map()),
    }));
  }

  addCost(cost: Cost): void {
    for (const { keys, costs } of this.#groupings) costs.set(keys.ofCost(cost), (costs.get(keys.ofCost(cost)) ?? 0n) + cost.costMicros);
  }

  /** Adds what each model credits the touches of a journey with. */
  add({ journey, conversions }: JourneyGroup, credited: TouchCredit[][]): void {
    for (const [place, credits] of credited.entries()) {
      const { attributed, unattributed } = this.totals[place] as (typeof this.totals)[number];
      add(credits.length > 0 ? attributed : unattributed, conversions, journey.valueMinor);
    }
    for (const { keys, byModel } of this.#groupings) {
      // Once for all models: telling the day of a touch takes longer than crediting it.
      const keyOf = journey.touches.map((touch) => keys.ofTouch(touch));
      for (const [place, credits] of credited.entries()) {
        for (const credit of credits) addTo(byModel[place] as Map<string, Tally>, keyOf[credit.place] as string, credit);
      }
    }
  }

  /** The lines of each grouping, model by model; last of each model stands what no touch is credited with. */
  toGroupings(models: Pick<Model, 'name'>[], fitted: Fitted[]): { grouping: Grouping; rows: ReportRow[] }[] {
    return this.#groupings.map(({ grouping, byModel, costs }) => {
      const rows = models.flatMap(({ name }, place) => {
        const { attributed, unattributed } = this.totals[place] as (typeof this.totals)[number];
        const shares = grouping === 'channel' ? (fitted[place]?.shares ?? null) : null;
        const told = shares === null ? (byModel[place] as Map<string, Tally>) : byShares(shares, attributed);
        const isAll = unattributed.conversions === 0 && unattributed.valueMinor === 0n;
        const last: ReportRow[] = isAll ? [] : [{ model: name, key: null, ...unattributed, costMicros: 0n }];
        return [...toRows(name, told, costs), ...last];
      });
      return { grouping, rows };
    });
  }
}

/** Undefined, hence null, where the denominator is 0. */
const ratio = (numerator: number, denominator: number): number | null => (denominator === 0 ? null : numerator / denominator);

/** Cost for one conversion. */
export const costPerOrder = ({ costMicros, conversions }: ReportRow): number | null => ratio(Number(costMicros) / 1e6, conversions);

/** Value for one unit of cost, in the same currency. */
export const returnOnAdSpend = ({ costMicros, valueMinor }: ReportRow, places: number): number | null =>
  ratio(Number(valueMinor) / 10 ** places, Number(costMicros) / 1e6);
