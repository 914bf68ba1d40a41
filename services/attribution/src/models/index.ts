import { createIhcModel } from '../ihc/model/ihc-model.ts';
import { first } from './first.ts';
import { first28Days } from './first-28-days.ts';
import { last } from './last.ts';
import { lastNonDirect } from './last-non-direct.ts';
import { linear } from './linear.ts';
import { markovOf } from './markov.ts';
import type { Model } from './model.ts';
import { position } from './position.ts';
import { shapley } from './shapley.ts';
import { timeDecay } from './time-decay.ts';
import { wShaped } from './w-shaped.ts';

const { name, version, definition, credit } = createIhcModel();

/** Every model, side by side; a new one is a file and a line here. */
export const models: Model[] = [
  ...[first, last, lastNonDirect, linear, timeDecay, position, wShaped, first28Days],
  ...[markovOf(1), markovOf(2), markovOf(3), shapley, { name, version, definition, credit, needsTimes: true as const }],
];

export {
  type ColumnarModel,
  type CorpusModel,
  type Fitted,
  fit,
  isDirect,
  type JourneyModel,
  type Learner,
  learnerOf,
  type Model,
  needsCorpus,
  type PathCount,
  toCredits,
} from './model.ts';
