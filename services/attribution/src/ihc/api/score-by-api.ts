import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Journey } from '../../journeys/journey.ts';
import { type BatchLimits, toBatches, trimJourney } from './batches.ts';
import { type CallEnding, fetchScores, type IhcEndpoint } from './fetch-scores.ts';
import { matchScores } from './match-scores.ts';

export interface ApiOptions {
  endpoint: IhcEndpoint;
  limits: BatchLimits;
  /** Calls at the same time. */
  parallelCalls: number;
  callsPerSecond: number;
  /** How often a call is made before it is given up. */
  attempts: number;
  /** The pause before attempt n + 1; an answer's own Retry-After makes it longer. */
  pauseMs: (attempt: number) => number;
  /** Told what a person may want to know: trimmed journeys, repeated calls. */
  say: (line: string) => void;
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

/** Doubles from a second to a minute, less up to a half by chance, so that parallel calls do not come back together. */
export const defaultPauseMs = (attempt: number): number => Math.min(60_000, 1_000 * 2 ** (attempt - 1)) * (1 - Math.random() / 2);

/**
 * Asks the IHC API for the credits of journeys: in batches, side by side, and once more for those that an answer left out. A batch found
 * invalid is halved until the journey at fault stands alone. When a call is given up, those that have not begun are given up with it.
 * Throws when the key is refused.
 */
export async function scoreByApi(journeys: Journey[], options: ApiOptions): Promise<ApiScores> {
  const { endpoint, limits, say } = options;
  const queue = new PQueue({ concurrency: options.parallelCalls, interval: 1_000, intervalCap: options.callsPerSecond, strict: true });
  const credits = new Map<string, number[]>();
  let givenUp: string | null = null;

  const call = async (batch: Journey[]): Promise<CallEnding> => {
    for (let attempt = 1; ; attempt++) {
      const ending = await queue.add(
        async (): Promise<CallEnding> => (givenUp === null ? fetchScores(batch, endpoint) : { kind: 'retry', reason: givenUp, afterMs: 0 }),
      );
      if (ending.kind === 'denied')
        throw new Error(`The IHC API refuses the key or the conversion type (IHC_API_KEY, --conv-type): ${ending.reason}`);
      if (ending.kind !== 'retry' || givenUp !== null) return ending;
      if (attempt >= options.attempts) {
        givenUp = `the IHC API was given up after ${attempt} calls: ${ending.reason}`;
        return { ...ending, reason: givenUp };
      }
      say(`the IHC API did not answer, attempt ${attempt} of ${options.attempts}: ${ending.reason}`);
      await delay(Math.max(options.pauseMs(attempt), Math.min(ending.afterMs, 300_000)));
    }
  };

  const ask = async (batch: Journey[]): Promise<Unanswered[]> => {
    const ending = await call(batch);
    if (ending.kind === 'answered') {
      const matched = matchScores(batch, ending.scores, ending.errors);
      for (const [conversionId, credit] of matched.credits) credits.set(conversionId, credit);
      return matched.missing.map((missing) => ({ ...missing, mayBeAskedAgain: true }));
    }
    if (ending.kind === 'invalid' && batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      return (await Promise.all([ask(batch.slice(0, middle)), ask(batch.slice(middle))])).flat();
    }
    return batch.map((journey) => ({ journey, reason: ending.reason, mayBeAskedAgain: false }));
  };

  const askAll = async (asked: Journey[]): Promise<Unanswered[]> => (await Promise.all(toBatches(asked, limits).map(ask))).flat();

  const sent = journeys.filter(({ touches }) => touches.length > 0).map((journey) => trimJourney(journey, limits));
  for (const { conversionId, touches } of journeys)
    if (touches.length > limits.sessions)
      say(`conversion ${conversionId}: of its ${touches.length} sessions the latest ${limits.sessions} are sent`);

  const unanswered = await askAll(sent);
  const again = unanswered.filter(({ mayBeAskedAgain }) => mayBeAskedAgain);
  if (again.length > 0) say(`${again.length} conversions were not answered and are asked again`);
  const failed = [...unanswered.filter(({ mayBeAskedAgain }) => !mayBeAskedAgain), ...(await askAll(again.map(({ journey }) => journey)))];
  for (const { conversionId, touches } of journeys) {
    const credit = credits.get(conversionId);
    if (credit !== undefined) credits.set(conversionId, [...Array<number>(touches.length - credit.length).fill(0), ...credit]);
  }
  return { credits, unscored: failed.map(({ journey, reason }) => ({ conversionId: journey.conversionId, reason })) };
}
