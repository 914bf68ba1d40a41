import type { Model } from '../models/index.ts';
import { buildPaths } from './build-paths.ts';
import { createDayReader, type Grouping, sumCredits } from './build-rows.ts';
import { type Corpus, pathsOf } from './corpus.ts';
import { creditCorpus } from './credit-corpus.ts';
import type { Report } from './format-report.ts';

export interface ReportChoice {
  models: Model[];
  groupings: Grouping[];
  /** How many of the most common paths are shown; null: the paths are left out. */
  paths: number | null;
  timeZone: string;
}

function refuseOtherCurrencies({ groups, currency }: Corpus): void {
  const other = groups.find(({ journey }) => journey.currency !== currency)?.journey;
  if (other === undefined) return;
  throw new Error(
    `conversion ${other.conversionId} is in ${other.currency}, the report in ${currency}; convert it first, with --convert-to`,
  );
}

/** Credits a corpus by every model that its journeys allow, and sums it up. Throws where its values are of several currencies. */
export function buildReport(source: string, corpus: Corpus, { models, groupings, paths, timeZone }: ReportChoice): Report {
  refuseOtherCurrencies(corpus);
  const dayOf = createDayReader(timeZone);
  const usable = models.filter(({ needsTimes }) => corpus.hasTimes || needsTimes !== true);
  const told = groupings.filter((grouping) => grouping !== 'day' || corpus.hasTimes);
  const journeys = pathsOf(corpus);
  const summed = usable.map((model) => {
    const credited = creditCorpus(corpus, journeys, model);
    return { ...credited, ...sumCredits(corpus, credited, told, dayOf) };
  });
  const left = models.filter((model) => !usable.includes(model));
  return {
    source,
    corpus,
    totals: {
      conversions: corpus.groups.reduce((sum, { conversions }) => sum + conversions, 0),
      valueMinor: corpus.groups.reduce((sum, { journey }) => sum + journey.valueMinor, 0n),
      nulls: corpus.nulls.reduce((sum, { nulls }) => sum + nulls, 0),
      costMicros: corpus.costs.reduce((sum, { costMicros }) => sum + costMicros, 0n),
    },
    models: summed,
    leftOut: left.map(({ name }) => `${name}, which needs the times of touches; of these only the order is known`),
    groupings: told.map((grouping, place) => ({ grouping, rows: summed.flatMap((one) => one.groupings[place]?.rows ?? []) })),
    paths: paths === null ? null : buildPaths(corpus, paths),
  };
}
