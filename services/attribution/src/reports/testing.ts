import fc from 'fast-check';
import type { Journey } from '../journeys/journey.ts';
import type { PathCount } from '../models/index.ts';
import type { Corpus, Cost, JourneyGroup, Source } from './corpus.ts';

export const noon = Date.parse('2026-03-29T12:00:00Z');
export const dayMs = 86_400_000;
export const channels = ['Paid Search', 'Email', 'Direct Traffic', 'Referral'];

export const journeyOf = (id: string, walked: [channel: string, daysBefore: number][], valueMinor: bigint): Journey => ({
  ...{ conversionId: id, convertedAtMs: noon, valueMinor, currency: 'USD' },
  touches: walked
    .toSorted(([, left], [, right]) => right - left)
    .map(([channel, daysBefore], place) => ({
      ...{ id: `${id}.${place}`, atMs: noon - daysBefore * dayMs - 1, channel, campaign: place % 2 === 0 ? 'spring' : null },
      ...{ isHolder: false, isCloser: false, isImpression: false },
    })),
});
/** What a corpus is read from, laid open. */
export interface Parts {
  groups: JourneyGroup[];
  nulls: PathCount[];
  costs: Cost[];
}

export const partsOf = (journeys: Journey[], costs: Cost[] = []): Parts => ({
  ...{ nulls: [{ channels: ['Email'], conversions: 0, nulls: 3 }], costs },
  groups: journeys.map((journey) => ({ journey, conversions: 1 })),
});
export const toCorpus = ({ groups, nulls, costs }: Parts): Corpus => ({
  ...{ places: 2, currency: 'USD', hasTimes: true, refused: [] },
  ...{ journeys: () => groups, nulls: () => nulls, costs: () => costs },
});
export const corpusOf = (journeys: Journey[], costs: Cost[] = []): Corpus => toCorpus(partsOf(journeys, costs));

/** All that a source gives in one reading. */
export async function listOf<T>(source: Source<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source()) all.push(one);
  return all;
}

export const anyJourneys = fc
  .array(
    fc.tuple(
      fc.array(fc.tuple(fc.constantFrom(...channels), fc.integer({ min: 0, max: 60 })), { maxLength: 5 }),
      fc.bigInt({ min: -5_000n, max: 1_000_000n }),
    ),
    { maxLength: 8 },
  )
  .map((all) => all.map(([walked, value], place) => journeyOf(`c${place}`, walked, value)));
export const anyCosts = fc.array(
  fc.record({
    channel: fc.constantFrom(...channels, 'Podcast'),
    campaign: fc.constantFrom('spring', null),
    atMs: fc.integer({ min: noon - 2 * dayMs, max: noon + 2 * dayMs }),
    costMicros: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  }),
  { maxLength: 5 },
);
