import { type ColumnarModel, toCredits } from './model.ts';

const dayMs = 24 * 60 * 60_000;

/** Credit that halves with every `halfLifeDays` by which a touch is older than the last one. */
export const timeDecayOf = (halfLifeDays: number, name = `time decay ${halfLifeDays} d`): ColumnarModel => ({
  ...{ name, version: '1', needsTimes: true },
  definition: `Credit halves with every ${halfLifeDays} days, of 24 hours, that a touch is older than the last one.`,
  credit: ({ touches }) => {
    // Counted from the last touch, so that the largest weight is 1 and nothing underflows that would matter.
    const lastAtMs = touches.at(-1)?.atMs ?? 0;
    return toCredits(touches.map(({ atMs }) => 2 ** ((atMs - lastAtMs) / (halfLifeDays * dayMs))));
  },
  weigh: (atMs, from, to, credits, place) => {
    const lastPlace = place + to - from - 1;
    const lastAtMs = atMs[to - 1] as number;
    let total = 1;
    for (let at = place, touch = from; at < lastPlace; at++, touch++) {
      const weight = 2 ** (((atMs[touch] as number) - lastAtMs) / (halfLifeDays * dayMs));
      credits[at] = weight;
      total += weight;
    }
    credits[lastPlace] = 1;
    for (let at = place; at <= lastPlace; at++) credits[at] = (credits[at] as number) / total;
  },
});

export const timeDecay = timeDecayOf(7, 'time decay');
