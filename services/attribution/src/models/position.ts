import { type ColumnarModel, toCredits } from './model.ts';

export const position: ColumnarModel = {
  name: 'position',
  version: '1',
  definition: '40 % to the first touch, 40 % to the last, the rest evenly to those between; of two, half to each.',
  credit: ({ touches }) => {
    const lastPlace = touches.length - 1;
    const between = touches.length - 2;
    return toCredits(touches.map((_, place) => (place === 0 || place === lastPlace ? 0.4 : 0.2 / between)));
  },
  weigh: (_, from, to, credits, place) => {
    const lastPlace = place + to - from - 1;
    const between = to - from - 2;
    const even = 0.2 / between;
    for (let at = place + 1; at < lastPlace; at++) credits[at] = even;
    credits[place] = credits[lastPlace] = between > 0 ? 0.4 : 1 / (to - from);
  },
};
