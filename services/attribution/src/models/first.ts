import { type ColumnarModel, creditOne } from './model.ts';

export const first: ColumnarModel = {
  name: 'first',
  version: '1',
  definition: 'All credit to the first touch.',
  credit: ({ touches }) => creditOne(touches, 0),
  weigh: (_, _from, _to, credits, place) => {
    credits[place] = 1;
  },
};
