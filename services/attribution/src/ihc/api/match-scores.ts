import type { Journey } from '../../journeys/journey.ts';
import { toShares } from '../model/shares.ts';
import type { IhcScore } from './wire.ts';

export interface Matched {
  /** Conversion -> the credit of each of its touches, scaled to the sum of 1 that rounding has taken from it. */
  credits: Map<string, number[]>;
  /** Journeys that were not answered as they were asked, each with what is wrong. */
  missing: { journey: Journey; reason: string }[];
}

/** Four decimals lose at most this much on each touch. */
const lostByRounding = 0.000_05;
const tolerated = 0.001;

function matchJourney({ touches }: Journey, scores: Map<string, number>): number[] | string {
  if (scores.size === 0) return 'the API gave no credit for it';
  const credits = touches.map(({ id }) => scores.get(id));
  const answered = credits.filter((credit) => credit !== undefined);
  if (answered.length < touches.length) return `the API gave credit to ${answered.length} of its ${touches.length} sessions`;
  const sum = answered.reduce((total, credit) => total + credit, 0);
  if (sum === 0 || Math.abs(sum - 1) > tolerated + lostByRounding * touches.length) return `the API's credits add up to ${sum}, not to 1`;
  return toShares(answered);
}

/** Finds the scores of each journey. An error is told with the journey it names, wherever in its text that stands. */
export function matchScores(journeys: Journey[], scores: IhcScore[], errors: string[]): Matched {
  const byConversion = Map.groupBy(scores, ({ conversion_id }) => conversion_id);
  const matched: Matched = { credits: new Map(), missing: [] };
  for (const journey of journeys) {
    const own = byConversion.get(journey.conversionId) ?? [];
    const result = matchJourney(journey, new Map(own.map(({ session_id, ihc }) => [session_id, ihc])));
    if (typeof result !== 'string') matched.credits.set(journey.conversionId, result);
    else {
      const error = errors.find((text) => text.includes(JSON.stringify(journey.conversionId).slice(1, -1)));
      matched.missing.push({ journey, reason: error === undefined ? result : `${result}: ${error.slice(0, 200)}` });
    }
  }
  return matched;
}
