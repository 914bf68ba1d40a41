import fc from 'fast-check';
import type { Journey, Touch } from '../journeys/journey.ts';
import { fit, type Model, type PathCount } from './index.ts';

export const dayMs = 24 * 60 * 60_000;
export const endMs = Date.parse('2026-11-20T12:00:00.000Z');
export const channels = ['search', 'social', 'email', 'direct', 'affiliate'];

const touchOf = (channel: string, atMs: number, place: number, changes: Partial<Touch> = {}): Touch => ({
  ...{ id: `t${String(place).padStart(5, '0')}`, atMs, channel, campaign: null, isHolder: false, isCloser: false, isImpression: false },
  ...changes,
});
/** Touches so many days before the conversion, in order. */
export const journeyOf = (...touches: [channel: string, daysBefore: number, changes?: Partial<Touch>][]): Journey => ({
  ...{ conversionId: 'c', convertedAtMs: endMs, valueMinor: 10_000n, currency: 'USD' },
  touches: touches.map(([channel, days, changes], place) => touchOf(channel, endMs - Math.round(days * dayMs), place, changes)),
});
const pathsOf = (journeys: Journey[]): PathCount[] =>
  journeys.map(({ touches }) => ({ channels: touches.map(({ channel }) => channel), conversions: 1, nulls: 1 }));
export const creditOf = (model: Model, journey: Journey, others: Journey[] = []): number[] =>
  fit(model, pathsOf([journey, ...others])).credit(journey);

export const anyJourney = fc
  .array(
    fc.record({
      channel: fc.constantFrom(...channels),
      hours: fc.integer({ min: 1, max: 27 * 24 }),
      isHolder: fc.boolean(),
      isCloser: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((touches): Journey => {
    const ordered = touches.toSorted((left, right) => right.hours - left.hours);
    return journeyOf(
      ...ordered.map(
        ({ channel, hours, isHolder, isCloser }) => [channel, hours / 24, { isHolder, isCloser }] as [string, number, Partial<Touch>],
      ),
    );
  });

/** The same journey so much later, or earlier. */
export const shiftedBy = (shiftMs: number, journey: Journey): Journey => ({
  ...journey,
  convertedAtMs: journey.convertedAtMs + shiftMs,
  touches: journey.touches.map((touch) => ({ ...touch, atMs: touch.atMs + shiftMs })),
});

export const sum = (credits: number[]): number => credits.reduce((total, credit) => total + credit, 0);
/** The credit of each channel in a journey. */
export const byChannel = (journey: Journey, credits: number[]): Record<string, number> => {
  const totals: Record<string, number> = {};
  for (const [place, { channel }] of journey.touches.entries()) totals[channel] = (totals[channel] ?? 0) + (credits[place] ?? 0);
  return totals;
};
