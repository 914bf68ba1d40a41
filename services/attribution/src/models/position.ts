import { type JourneyModel, toCredits } from './model.ts';

export const position: JourneyModel = {
  name: 'position',
  version: '1',
  definition: '40 % to the first touch, 40 % to the last, the rest evenly to those between; of two, half to each.',
  credit: ({ touches }) => {
    const lastPlace = touches.length - 1;
    const between = touches.length - 2;
    return toCredits(touches.map((_, place) => (place === 0 || place === lastPlace ? 0.4 : 0.2 / between)));
  },
};
