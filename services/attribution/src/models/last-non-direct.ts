import { creditOne, isDirect, type JourneyModel } from './model.ts';

export const lastNonDirect: JourneyModel = {
  name: 'last non-direct',
  version: '1',
  definition: 'All credit to the last touch that is not direct; to the last one where all are.',
  credit: ({ touches }) => {
    const place = touches.findLastIndex((touch) => !isDirect(touch));
    return creditOne(touches, place === -1 ? touches.length - 1 : place);
  },
};
