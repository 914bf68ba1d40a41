import { type JourneyModel, toCredits } from './model.ts';

/** Where the visitor first engaged on the way, or the middle of it. */
function milestoneOf(touches: { isHolder: boolean }[]): number {
  const engaged = touches.findIndex(({ isHolder }, place) => isHolder && place > 0 && place < touches.length - 1);
  return engaged === -1 ? Math.floor((touches.length - 1) / 2) : engaged;
}

export const wShaped: JourneyModel = {
  name: 'w-shaped',
  version: '1',
  definition:
    '30 % each to the first touch, the milestone and the last, the rest evenly to the others. The milestone is the first touch between them on which the visitor engaged, the middle one where there is none; of two touches, half to each.',
  credit: ({ touches }) => {
    const marked = new Set([0, touches.length - 1, ...(touches.length > 2 ? [milestoneOf(touches)] : [])]);
    const others = touches.length - marked.size;
    return toCredits(touches.map((_, place) => (marked.has(place) ? 0.3 : 0.1 / others)));
  },
};
