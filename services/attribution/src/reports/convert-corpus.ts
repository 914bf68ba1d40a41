import { createConverter, type Rate } from '../money/convert-currency.ts';
import { placesOf } from '../money/decimal.ts';
import type { Corpus, JourneyGroup } from './corpus.ts';

/** Every conversion's value in another currency, by the rate of its day. Reading its journeys throws where that day has none. */
export function convertCorpus(corpus: Corpus, to: string, rates: Rate[], dayOf: (atMs: number) => string): Corpus {
  const convert = createConverter(rates);
  async function* journeys(): AsyncGenerator<JourneyGroup> {
    for await (const { journey, conversions } of corpus.journeys()) {
      const valueMinor = convert(journey.valueMinor, journey.currency, to, dayOf(journey.convertedAtMs));
      yield { journey: { ...journey, valueMinor, currency: to }, conversions };
    }
  }
  return { ...corpus, journeys, currency: to, places: placesOf(to) };
}
