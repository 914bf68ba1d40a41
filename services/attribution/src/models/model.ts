import type { Journey, Touch } from '../journeys/journey.ts';

interface Described {
  /** Lower case, in words: what a report calls it. */
  name: string;
  /** Raised whenever the same journeys would be credited otherwise. */
  version: string;
  /** One sentence that tells how credit is given. */
  definition: string;
  /** Left out for journeys whose touches have an order and no times. */
  needsTimes?: true;
}

/** A model that needs nothing but the journey. */
export interface JourneyModel extends Described {
  /** A credit for each touch, in their order: none below 0, their sum 1; all 0 where the model credits no touch of the journey. */
  credit(journey: Journey): number[];
}

/** A model that also credits journeys that lie beside each other in columns. */
export interface ColumnarModel extends JourneyModel {
  /**
   * As `credit`, for the touches from `from` up to and without `to`, at least one, at these times in milliseconds:
   * fills their credits in from `place` on, where zeros are.
   */
  weigh(atMs: Float64Array, from: number, to: number, credits: Float64Array, place: number): void;
}

/** So many journeys alike: the channels of their touches in order, how many converted and how many did not. */
export interface PathCount {
  channels: string[];
  conversions: number;
  nulls: number;
}

/** What a model has learned of all journeys. */
export interface Fitted {
  credit(journey: Journey): number[];
  /** The share of each channel in all conversions, where the model tells it better than the sum of its credits; they sum to 1. */
  shares: ReadonlyMap<string, number> | null;
}

/** What learns from journeys, path by path in any order; it keeps what it counts of them, not the paths. */
export interface Learner {
  add(path: PathCount): void;
  /** What was learned of all that was added. */
  fit(): Fitted;
}

/** A model that looks at all journeys, those that led nowhere too, before it credits one. */
export interface CorpusModel extends Described {
  /** Begins to learn, of nothing yet. */
  learn(): Learner;
}

export type Model = JourneyModel | CorpusModel;

/** Whether a model must see all journeys before it credits one. */
export const needsCorpus = (model: Model): model is CorpusModel => 'learn' in model;

/** The learner of any model; that of a model which needs nothing but the journey learns nothing. */
export const learnerOf = (model: Model): Learner =>
  needsCorpus(model) ? model.learn() : { add: () => {}, fit: () => ({ credit: model.credit, shares: null }) };

/** A model ready to credit journeys. */
export function fit(model: Model, paths: Iterable<PathCount>): Fitted {
  const learner = learnerOf(model);
  for (const path of paths) learner.add(path);
  return learner.fit();
}

/** Weights as credits; all 0 where they are. */
export function toCredits(weights: number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total === 0 ? weights : weights.map((weight) => weight / total);
}

/** All of the credit to the touch at a place; none where the place is -1. */
export const creditOne = (touches: Touch[], place: number): number[] => touches.map((_, index) => (index === place ? 1 : 0));

const direct = /^\(?direct\)?( traffic)?$/i;

/** Whether a visit came by no channel that is known. */
export const isDirect = ({ channel }: Touch): boolean => direct.test(channel);
