import type { Journey, Touch } from '../journeys/journey.ts';
import type { Fitted, Model } from '../models/index.ts';
import { splitValue } from '../money/split-value.ts';
import type { JourneyGroup } from './corpus.ts';

/** What one touch of a journey is credited with; one that is credited with nothing is not told. */
export interface TouchCredit {
  touch: Touch;
  /** Which touch of the journey it is, from 0. */
  place: number;
  conversions: number;
  valueMinor: bigint;
}

/** A journey with what each model credits its touches with. */
export interface CreditedJourney {
  journey: Journey;
  /** None of a model that credits no touch. */
  byModel: { model: Model; credits: TouchCredit[] }[];
}

/** Credits the touches of journeys alike by one model; their value is split to the last unit. */
export function creditJourney({ journey, conversions }: JourneyGroup, fitted: Fitted): TouchCredit[] {
  const weights = fitted.credit(journey);
  const values = splitValue(journey.valueMinor, weights);
  const credits: TouchCredit[] = [];
  for (const [place, touch] of journey.touches.entries()) {
    const weight = weights[place] ?? 0;
    if (weight > 0) credits.push({ touch, place, conversions: weight * conversions, valueMinor: values[place] ?? 0n });
  }
  return credits;
}
