import fc from 'fast-check';
import { compareTouches, type Journey, type Touch } from '../journeys/journey.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 1);

/** A touch that is engaged in every way, so many hours after the start of the year. */
export const touchAt = (hours: number, changes: Partial<Touch> = {}): Touch => ({
  id: `s${hours}`,
  atMs: startMs + Math.round(hours * hourMs),
  channel: 'Organic',
  campaign: null,
  isHolder: true,
  isCloser: true,
  isImpression: false,
  ...changes,
});

/** A journey of these touches whose conversion follows the last one by a second. */
export const journeyOf = (touches: Touch[], changes: Partial<Journey> = {}): Journey => ({
  conversionId: 'c1',
  convertedAtMs: (touches.at(-1)?.atMs ?? startMs) + 1_000,
  valueMinor: 10_000n,
  currency: 'USD',
  touches,
  ...changes,
});

const anyTouch = fc.record({
  hours: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.double({ min: 0, max: 30, noNaN: true })),
  channel: fc.constantFrom('Direct', 'Organic', 'Paid Search', 'Email', 'constructor'),
  isHolder: fc.boolean(),
  isCloser: fc.boolean(),
});

/** Journeys of one to `most` touches at whole seconds, many of them at equal instants, engaged in every mixture. */
export const anyJourney = (most = 30): fc.Arbitrary<Journey> =>
  fc.array(anyTouch, { minLength: 1, maxLength: most }).map((touches) =>
    journeyOf(
      touches
        .map(({ hours, ...touch }, index) => ({
          ...touchAt(0),
          ...touch,
          id: `s${index}`,
          atMs: startMs + Math.round(hours * 3_600) * 1_000,
        }))
        .sort(compareTouches),
    ),
  );

/** Several journeys, each with ids of its own. */
export const anyJourneys = (mostJourneys = 12, mostTouches = 12): fc.Arbitrary<Journey[]> =>
  fc.array(anyJourney(mostTouches), { minLength: 1, maxLength: mostJourneys }).map((journeys) =>
    journeys.map((journey, index) => ({
      ...journey,
      conversionId: `c${index}`,
      touches: journey.touches.map((touch) => ({ ...touch, id: `c${index}.${touch.id}` })),
    })),
  );
