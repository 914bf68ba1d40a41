import type { Journey } from '../journeys/journey.ts';
import { placesOf } from '../money/decimal.ts';
import type { ApiScores } from './api/score-by-api.ts';
import { type Comparison, compareCredits } from './compare-credits.ts';
import type { IhcModel } from './model/ihc-model.ts';
import { readJourneys } from './read-journeys.ts';
import type { ReportRow } from './report.ts';
import { type Refusal, uniqueRefusals } from './rows.ts';
import type { Credit, DayRange, IhcStore } from './store/ihc-store.ts';
import { writeCredits } from './write-credits.ts';

export interface IhcOptions {
  range: DayRange;
  /** ISO 4217; all revenue and cost is in it. */
  currency: string;
  model: IhcModel;
  /** Asks the IHC API for credits; null: the model gives them. */
  askApi: ((journeys: Journey[]) => Promise<ApiScores>) | null;
}

/** Conversions that ended in the same way, and their revenue. */
export interface Tally {
  conversions: number;
  revenueMinor: bigint;
}

export interface IhcRun {
  conversionsRead: number;
  sessionsRead: number;
  attributed: Tally;
  /** No session is known of them. */
  unattributed: Tally;
  /** The API gave no credit for them; what was stored of them stays. */
  unscored: Tally;
  unscoredReasons: { conversionId: string; reason: string }[];
  /** How the API's credits, the one, differ from the model's, the other; null where the API was not asked. */
  comparison: Comparison | null;
  refused: Refusal[];
  report: ReportRow[];
}

const tally = (journeys: Journey[]): Tally => ({
  conversions: journeys.length,
  revenueMinor: journeys.reduce((sum, { valueMinor }) => sum + valueMinor, 0n),
});

const toCredits = (journeys: Journey[], credits: Map<string, number[]>): Credit[] =>
  journeys.flatMap(({ conversionId, touches }) =>
    touches.map(({ id }, index) => ({ conversionId, sessionId: id, ihc: credits.get(conversionId)?.[index] ?? 0 })),
  );

/** Credits the conversions of a range to their sessions, stores the credits and the report of the days concerned, and tells what became of every row. */
export async function runIhc(store: IhcStore, { range, currency, model, askApi }: IhcOptions): Promise<IhcRun> {
  const { journeys, conversionIds, refused, ...read } = await readJourneys(store, range, currency);
  const telling = journeys.filter(({ touches }) => touches.length > 0);
  const local = new Map(telling.map((journey) => [journey.conversionId, model.credit(journey)]));
  const { credits, unscored }: ApiScores = askApi === null ? { credits: local, unscored: [] } : await askApi(telling);
  const isUnscored = new Set(unscored.map(({ conversionId }) => conversionId));
  const attributed = telling.filter(({ conversionId }) => !isUnscored.has(conversionId));
  const written = await writeCredits(store, {
    range,
    conversionIds: conversionIds.filter((id) => !isUnscored.has(id)),
    credits: toCredits(attributed, credits),
    places: placesOf(currency),
  });
  return {
    ...read,
    attributed: tally(attributed),
    unattributed: tally(journeys.filter(({ touches }) => touches.length === 0)),
    unscored: tally(telling.filter(({ conversionId }) => isUnscored.has(conversionId))),
    unscoredReasons: unscored,
    comparison: askApi === null ? null : compareCredits(telling, credits, local),
    refused: uniqueRefusals([...refused, ...written.refused]),
    report: written.report,
  };
}
