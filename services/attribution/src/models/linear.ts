import type { ColumnarModel } from './model.ts';

export const linear: ColumnarModel = {
  name: 'linear',
  version: '1',
  definition: 'The same credit to every touch.',
  credit: ({ touches }) => touches.map(() => 1 / touches.length),
  weigh: (_, from, to, credits, place) => {
    const end = place + to - from;
    const even = 1 / (to - from);
    for (let at = place; at < end; at++) credits[at] = even;
  },
};
