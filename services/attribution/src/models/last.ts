import { creditOne, type JourneyModel } from './model.ts';

export const last: JourneyModel = {
  name: 'last',
  version: '1',
  definition: 'All credit to the last touch.',
  credit: ({ touches }) => creditOne(touches, touches.length - 1),
};
