import { type Fitted, learnerOf, type Model, needsCorpus } from '../models/index.ts';
import { PathSums } from './build-paths.ts';
import { CreditSums, createDayReader, type Grouping } from './build-rows.ts';
import { type Corpus, type JourneyGroup, pathOf } from './corpus.ts';
import { type CreditedJourney, creditJourney } from './credit-journey.ts';
import type { Report } from './format-report.ts';

export interface ReportChoice {
  models: Model[];
  groupings: Grouping[];
  /** How many of the most common paths are shown; null: the paths are left out. */
  paths: number | null;
  timeZone: string;
}

/** Takes the credits of a journey before the next is credited: the credits of a corpus are more than memory should hold. */
export type TakeCredits = (credited: CreditedJourney) => Promise<void>;

async function* journeysOf({ journeys, currency }: Corpus): AsyncGenerator<JourneyGroup> {
  for await (const group of journeys()) {
    const { conversionId, currency: own } = group.journey;
    if (own !== currency)
      throw new Error(`conversion ${conversionId} is in ${own}, the report in ${currency}; convert it first, with --convert-to`);
    yield group;
  }
}

/** What the models that a corpus allows have learned of it. */
export interface Learned {
  models: Model[];
  fitted: Fitted[];
  /** How many journeys led nowhere. */
  nulls: number;
}

/** The first pass over a corpus: has every model learn what it needs. Throws where its values are of several currencies. */
export async function learnCorpus(corpus: Corpus, { models: asked }: ReportChoice): Promise<Learned> {
  const models = asked.filter(({ needsTimes }) => corpus.hasTimes || needsTimes !== true);
  const learners = models.map(learnerOf);
  if (models.some(needsCorpus)) {
    for await (const group of journeysOf(corpus)) {
      const path = pathOf(group);
      for (const learner of learners) learner.add(path);
    }
  }
  let nulls = 0;
  for await (const path of corpus.nulls()) {
    nulls += path.nulls;
    for (const learner of learners) learner.add(path);
  }
  return { models, fitted: learners.map((learner) => learner.fit()), nulls };
}

/** The second pass: credits each journey by all models at once, and sums it up. One journey is held at a time. Throws as the first. */
export async function creditCorpus(
  source: string,
  corpus: Corpus,
  choice: ReportChoice,
  learned: Learned,
  take?: TakeCredits,
): Promise<Report> {
  const { models, fitted, nulls } = learned;
  const told = choice.groupings.filter((grouping) => grouping !== 'day' || corpus.hasTimes);
  const sums = new CreditSums(models.length, told, createDayReader(choice.timeZone));
  const paths = choice.paths === null ? null : new PathSums(corpus.hasTimes);
  const totals = { conversions: 0, valueMinor: 0n, nulls, costMicros: 0n };
  for await (const cost of corpus.costs()) {
    sums.addCost(cost);
    totals.costMicros += cost.costMicros;
  }
  for await (const group of journeysOf(corpus)) {
    const credited = fitted.map((one) => creditJourney(group, one));
    sums.add(group, credited);
    paths?.add(group);
    totals.conversions += group.conversions;
    totals.valueMinor += group.journey.valueMinor;
    await take?.({ journey: group.journey, byModel: models.map((model, place) => ({ model, credits: credited[place] ?? [] })) });
  }
  const left = choice.models.filter((model) => !models.includes(model));
  return {
    ...{ source, corpus, totals },
    models: models.map(({ name, version, definition }, place) => ({
      model: { name, version, definition },
      ...(sums.totals[place] as (typeof sums.totals)[number]),
    })),
    leftOut: left.map(({ name }) => `${name}, which needs the times of touches; of these only the order is known`),
    groupings: sums.toGroupings(models, fitted),
    paths: paths === null || choice.paths === null ? null : paths.toReport(choice.paths),
  };
}

/** Both passes. */
export const buildReport = async (source: string, corpus: Corpus, choice: ReportChoice): Promise<Report> =>
  creditCorpus(source, corpus, choice, await learnCorpus(corpus, choice));
