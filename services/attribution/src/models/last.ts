import { type ColumnarModel, creditOne } from './model.ts';

export const last: ColumnarModel = {
  name: 'last',
  version: '1',
  definition: 'All credit to the last touch.',
  credit: ({ touches }) => creditOne(touches, touches.length - 1),
  weigh: (_, from, to, credits, place) => {
    credits[place + to - from - 1] = 1;
  },
};
