import type { ColumnarModel } from '../models/index.ts';
import type { ColumnCredits } from './credit-columns.ts';
import type { JourneyColumns } from './journey-columns.ts';

/** What a model credited each channel with, by the channel's number. */
export interface ChannelTotal {
  model: ColumnarModel;
  conversions: Float64Array;
  /** In minor units, not rounded. */
  values: Float64Array;
}

/** Sums credits up by channel, for journeys that arrive a chunk of columns at a time. */
export class ChannelTotals {
  readonly totals: readonly ChannelTotal[];

  constructor(models: readonly ColumnarModel[], channelCount: number) {
    this.totals = models.map((model) => ({ model, conversions: new Float64Array(channelCount), values: new Float64Array(channelCount) }));
  }

  add(columns: JourneyColumns, { journeys, credits }: ColumnCredits): void {
    for (const [place, total] of this.totals.entries()) addCredits(columns, journeys, credits[place] as Float64Array, total);
  }
}

function addCredits(columns: JourneyColumns, journeys: Uint32Array, credits: Float64Array, { conversions, values }: ChannelTotal): void {
  const { starts, channels } = columns;
  let place = 0;
  for (const journey of journeys) {
    const value = columns.values[journey] as number;
    const end = starts[journey + 1] as number;
    for (let touch = starts[journey] as number; touch < end; touch++, place++) {
      const channel = channels[touch] as number;
      const credit = credits[place] as number;
      conversions[channel] = (conversions[channel] as number) + credit;
      values[channel] = (values[channel] as number) + credit * value;
    }
  }
}
