import { creditOne, type JourneyModel } from './model.ts';

export const first: JourneyModel = {
  name: 'first',
  version: '1',
  definition: 'All credit to the first touch.',
  credit: ({ touches }) => creditOne(touches, 0),
};
