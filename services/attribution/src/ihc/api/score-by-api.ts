import PQueue from 'p-queue';
import type { Journey } from '../../journeys/journey.ts';
import { type BatchLimits, toBatches, trimJourney } from './batches.ts';
import { type CallOptions, createCaller } from './call-api.ts';
import { matchScores } from './match-scores.ts';

export interface ApiOptions extends CallOptions {
  limits: BatchLimits;
  /** Batches at the same time. */
  parallelCalls: number;
}

export interface ApiScores {
  /** Conversion -> the credit of each touch of its journey; touches that were trimmed have 0. */
  credits: Map<string, number[]>;
  /** Conversions without credit, each with its reason. */
  unscored: { conversionId: string; reason: string }[];
}

interface Unanswered {
  journey: Journey;
  reason: string;
  /** Whether the call was answered without it, so that asking again may help. */
  mayBeAskedAgain: boolean;
}

/** So many journeys invalid on their own, and none answered: it is not the journeys. */
const invalidAlike = 10;

/**
 * Asks the IHC API for the credits of journeys: in batches, side by side, and once more for those that an answer left out. A batch found
 * invalid is halved until the journey at fault stands alone. Throws when nothing can be asked of the API as it is configured.
 */
export async function scoreByApi(journeys: Journey[], options: ApiOptions): Promise<ApiScores> {
  const { limits, say } = options;
  const caller = createCaller(options);
  const credits = new Map<string, number[]>();
  let answeredCalls = 0;
  let invalidAlone = 0;

  const ask = async (batch: Journey[]): Promise<Unanswered[]> => {
    const ending = await caller.call(batch);
    if (ending.kind === 'answered') {
      answeredCalls += 1;
      const matched = matchScores(batch, ending.scores, ending.errors);
      for (const [conversionId, credit] of matched.credits) credits.set(conversionId, credit);
      return matched.missing.map((missing) => ({ ...missing, mayBeAskedAgain: true }));
    }
    if (ending.kind === 'invalid' && batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      return [...(await ask(batch.slice(0, middle))), ...(await ask(batch.slice(middle)))];
    }
    if (ending.kind === 'invalid') {
      invalidAlone += 1;
      if (answeredCalls === 0 && invalidAlone >= invalidAlike) caller.giveUp(`the IHC API finds every journey invalid: ${ending.reason}`);
    }
    return batch.map((journey) => ({ journey, reason: ending.reason, mayBeAskedAgain: false }));
  };

  const askAll = async (asked: Journey[]): Promise<Unanswered[]> => {
    const queue = new PQueue({ concurrency: options.parallelCalls });
    return (await Promise.all(toBatches(asked, limits).map((batch) => queue.add(() => ask(batch))))).flat();
  };

  const sent = journeys.filter(({ touches }) => touches.length > 0).map((journey) => trimJourney(journey, limits));
  for (const { conversionId, touches } of journeys) {
    const { length } = touches;
    if (length > limits.sessions) say(`conversion ${conversionId}: of its ${length} sessions the latest ${limits.sessions} are sent`);
  }
  const unanswered = await askAll(sent);
  const again = unanswered.filter(({ mayBeAskedAgain }) => mayBeAskedAgain);
  if (again.length > 0) say(`conversions that were not answered, asked again: ${again.length}`);
  const failed = [...unanswered.filter(({ mayBeAskedAgain }) => !mayBeAskedAgain), ...(await askAll(again.map(({ journey }) => journey)))];
  return {
    credits: new Map(
      journeys.flatMap(({ conversionId, touches }) => {
        const credit = credits.get(conversionId);
        return credit === undefined ? [] : [[conversionId, [...Array<number>(touches.length - credit.length).fill(0), ...credit]]];
      }),
    ),
    unscored: failed.map(({ journey, reason }) => ({ conversionId: journey.conversionId, reason })),
  };
}
