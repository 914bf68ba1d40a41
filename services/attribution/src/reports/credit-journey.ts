import type { Journey, Touch } from '../journeys/journey.ts';
import { type Fitted, fit, type Model, type PathCount } from '../models/index.ts';
import { splitValue } from '../money/split-value.ts';
import type { Corpus } from './corpus.ts';

/** What one touch of a journey is credited with; one that is credited with nothing is not told. */
export interface TouchCredit {
  touch: Touch;
  conversions: number;
  valueMinor: bigint;
}

export interface CreditedJourney {
  journey: Journey;
  conversions: number;
  /** None where the model credits no touch. */
  credits: TouchCredit[];
}

/** What a model makes of a corpus. */
export interface Credited {
  model: Pick<Model, 'name' | 'version' | 'definition'>;
  shares: Fitted['shares'];
  /** Credits journey after journey, anew each time it is asked: the credits of a corpus are more than memory should hold. */
  journeys(): Iterable<CreditedJourney>;
}

/** The value of each journey is split to the last unit. */
function* creditJourneys({ groups }: Corpus, fitted: Fitted): Generator<CreditedJourney> {
  for (const { journey, conversions } of groups) {
    const weights = fitted.credit(journey);
    const values = splitValue(journey.valueMinor, weights);
    const credits: TouchCredit[] = [];
    for (const [place, touch] of journey.touches.entries()) {
      const weight = weights[place] ?? 0;
      if (weight > 0) credits.push({ touch, conversions: weight * conversions, valueMinor: values[place] ?? 0n });
    }
    yield { journey, conversions, credits };
  }
}

/** Has a model learn from all journeys of a corpus, as `paths` tells them, to credit those that converted. */
export function creditCorpus(corpus: Corpus, paths: PathCount[], model: Model): Credited {
  const fitted = fit(model, paths);
  const { name, version, definition } = model;
  return { model: { name, version, definition }, shares: fitted.shares, journeys: () => creditJourneys(corpus, fitted) };
}
