import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Journey } from '../../journeys/journey.ts';
import { anyJourneys, journeyOf, touchAt } from '../testing.ts';
import { toBatches, trimJourney } from './batches.ts';

const journeyOfLength = (conversionId: string, length: number): Journey =>
  journeyOf(
    Array.from({ length }, (_, index) => touchAt(index)),
    { conversionId },
  );
const lengths = (batches: Journey[][]): number[][] => batches.map((batch) => batch.map(({ touches }) => touches.length));

describe('batches', () => {
  it.each([
    ['fills up to the limit of sessions', [3, 3, 4, 1], { journeys: 100, sessions: 10 }, [[3, 3, 4], [1]]],
    ['fills up to the limit of journeys', [1, 1, 1], { journeys: 2, sessions: 10 }, [[1, 1], [1]]],
    ['begins another batch rather than cut a journey', [6, 6], { journeys: 100, sessions: 10 }, [[6], [6]]],
    ['lets a journey as long as a call go alone', [1, 10, 1], { journeys: 100, sessions: 10 }, [[1], [10], [1]]],
    ['makes none of nothing', [], { journeys: 100, sessions: 10 }, []],
  ])('%s', (_sentence, given, limits, expected) => {
    const journeys = given.map((length, index) => journeyOfLength(`c${index}`, length));
    expect(lengths(toBatches(journeys, limits))).toEqual(expected);
  });

  it('keeps the latest sessions of a journey that is too long', () => {
    const trimmed = trimJourney(journeyOfLength('c', 5), { journeys: 1, sessions: 2 });
    expect(trimmed.touches.map(({ id }) => id)).toEqual(['s3', 's4']);
  });

  it('holds each journey once, whole and in order, and no batch beyond a limit', () => {
    const anyLimits = fc.record({ journeys: fc.integer({ min: 1, max: 5 }), sessions: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(anyJourneys(), anyLimits, (journeys, limits) => {
        const trimmed = journeys.map((journey) => trimJourney(journey, limits));
        const batches = toBatches(trimmed, limits);
        expect(batches.flat()).toEqual(trimmed);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(limits.journeys);
          expect(batch.flatMap(({ touches }) => touches).length).toBeLessThanOrEqual(limits.sessions);
        }
      }),
    );
  });
});
