import type { JourneyModel } from './model.ts';

/**
 * The game: its players are the channels, and a set of channels is worth the conversions whose journeys touched no other. Each journey is then
 * a player's worth only together with all of its channels, so that its Shapley values are the conversion split evenly among them, for
 * any number of channels exactly: no sampling is needed. A channel's part goes evenly to its touches.
 */
export const shapley: JourneyModel = {
  name: 'shapley',
  version: '1',
  definition:
    "The Shapley values of a game in which a set of channels is worth the conversions whose journeys touched no other channel; a channel's part is split evenly among its touches.",
  credit: ({ touches }) => {
    const count = new Map<string, number>();
    for (const { channel } of touches) count.set(channel, (count.get(channel) ?? 0) + 1);
    return touches.map(({ channel }) => 1 / count.size / (count.get(channel) ?? 1));
  },
};
