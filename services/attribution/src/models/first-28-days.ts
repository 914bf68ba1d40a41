import { creditOne, type JourneyModel } from './model.ts';

const windowMs = 28 * 24 * 60 * 60_000;

export const first28Days: JourneyModel = {
  name: 'first 28 days',
  version: '1',
  needsTimes: true,
  definition:
    'All credit to the first touch that is at most 28 days, of 24 hours, before the conversion; to none where there is none, whatever the clocks of the country do meanwhile.',
  credit: ({ touches, convertedAtMs }) =>
    creditOne(
      touches,
      touches.findIndex(({ atMs }) => convertedAtMs - atMs <= windowMs),
    ),
};
