import { createConverter, type Rate } from '../money/convert-currency.ts';
import { placesOf } from '../money/decimal.ts';
import type { Corpus } from './corpus.ts';

/** Every conversion's value in another currency, by the rate of its day. Throws where that day has none. */
export function convertCorpus(corpus: Corpus, to: string, rates: Rate[], dayOf: (atMs: number) => string): Corpus {
  const convert = createConverter(rates);
  const groups = corpus.groups.map(({ journey, conversions }) => {
    const valueMinor = convert(journey.valueMinor, journey.currency, to, dayOf(journey.convertedAtMs));
    return { journey: { ...journey, valueMinor, currency: to }, conversions };
  });
  return { ...corpus, groups, currency: to, places: placesOf(to) };
}
