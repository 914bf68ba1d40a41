import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { first28Days } from './first-28-days.ts';
import { anyJourney, journeyOf, shiftedBy } from './testing.ts';

const windowMs = 28 * 24 * 60 * 60_000;
/** A first touch and one of the last day before a conversion, at the instants told. */
const creditBetween = (touchedAt: string, convertedAt: string): number[] => {
  const convertedAtMs = Date.parse(convertedAt);
  const journey = shiftedBy(convertedAtMs - journeyOf().convertedAtMs, journeyOf(['search', 0], ['email', 1]));
  const [early, late] = journey.touches;
  return first28Days.credit({ ...journey, touches: [{ ...early!, atMs: Date.parse(touchedAt) }, late!] });
};

describe('first 28 days', () => {
  it.each([
    ['28 days to the millisecond are within', '2026-06-01T12:00:00.000Z', '2026-06-29T12:00:00.000Z', [1, 0]],
    ['a millisecond more is not', '2026-06-01T11:59:59.999Z', '2026-06-29T12:00:00.000Z', [0, 1]],
    ['28 days of Berlin, one of 23 hours, are within', '2026-03-10T12:00:00.000+01:00', '2026-04-07T12:00:00.000+02:00', [1, 0]],
    ['and an hour more of its clock', '2026-03-10T11:00:00.000+01:00', '2026-04-07T12:00:00.000+02:00', [1, 0]],
    ['but not a millisecond beyond', '2026-03-10T10:59:59.999+01:00', '2026-04-07T12:00:00.000+02:00', [0, 1]],
    ['28 days of Berlin, one of 25 hours, are not within', '2026-10-10T12:00:00.000+02:00', '2026-11-07T12:00:00.000+01:00', [0, 1]],
    ['but an hour less of its clock', '2026-10-10T13:00:00.000+02:00', '2026-11-07T12:00:00.000+01:00', [1, 0]],
    ['and not a millisecond before that', '2026-10-10T12:59:59.999+02:00', '2026-11-07T12:00:00.000+01:00', [0, 1]],
  ])('%s', (_sentence, touchedAt, convertedAt, expected) => {
    expect(creditBetween(touchedAt, convertedAt)).toEqual(expected);
  });

  it('gives all to the earliest touch of the window, and nothing where none is in it', () => {
    fc.assert(
      fc.property(anyJourney, fc.integer({ min: 0, max: 2 * windowMs }), (journey, laterMs) => {
        const late = { ...journey, convertedAtMs: journey.convertedAtMs + laterMs };
        const within = late.touches.filter(({ atMs }) => late.convertedAtMs - atMs <= windowMs);
        const credited = late.touches.filter((_, place) => first28Days.credit(late)[place] === 1);
        expect(credited).toEqual(within.slice(0, 1));
      }),
    );
  });
});
