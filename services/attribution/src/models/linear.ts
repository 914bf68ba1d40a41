import type { JourneyModel } from './model.ts';

export const linear: JourneyModel = {
  name: 'linear',
  version: '1',
  definition: 'The same credit to every touch.',
  credit: ({ touches }) => touches.map(() => 1 / touches.length),
};
