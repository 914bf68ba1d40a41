import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Journey } from '../../journeys/journey.ts';
import { type CallEnding, fetchScores, type IhcEndpoint } from './fetch-scores.ts';

export interface CallOptions {
  endpoint: IhcEndpoint;
  callsPerSecond: number;
  /** How often a call is made before it is given up. */
  attempts: number;
  /** The pause before attempt n + 1; an answer's own Retry-After makes it longer. */
  pauseMs: (attempt: number) => number;
  /** Told of each call that is to be repeated. */
  say: (line: string) => void;
}

export interface IhcCaller {
  /** Asks until there is an answer. Throws when nothing can be asked of the API as it is configured. */
  call(journeys: Journey[]): Promise<CallEnding>;
  /** From here on no call is made, each ends with this reason. */
  giveUp(reason: string): void;
}

const longestPauseMs = 300_000;

/** Doubles from a second to a minute, less up to a half by chance, so that parallel calls do not come back together. */
export const defaultPauseMs = (attempt: number): number => Math.min(60_000, 1_000 * 2 ** (attempt - 1)) * (1 - Math.random() / 2);

/** Calls the API within its rate, again where that may help. Once a call has failed at every attempt, those that have not begun fail with it. */
export function createCaller({ endpoint, callsPerSecond, attempts, pauseMs, say }: CallOptions): IhcCaller {
  const rate = new PQueue({ interval: 1_000, intervalCap: callsPerSecond, strict: true });
  let givenUp: CallEnding | null = null;
  const giveUp = (reason: string): CallEnding => {
    givenUp ??= { kind: 'retry', reason, afterMs: 0 };
    return givenUp;
  };

  const call = async (journeys: Journey[]): Promise<CallEnding> => {
    for (let attempt = 1; ; attempt++) {
      const ending: CallEnding = givenUp ?? (await rate.add(() => fetchScores(journeys, endpoint)));
      if (ending.kind === 'denied') {
        giveUp(ending.reason);
        throw new Error(`The IHC API takes nothing from here; mend IHC_API_KEY, IHC_API_URL or --conv-type: ${ending.reason}`);
      }
      if (ending.kind !== 'retry' || ending === givenUp) return ending;
      if (attempt >= attempts) return giveUp(`the IHC API was given up after ${attempt} calls: ${ending.reason}`);
      say(`the IHC API did not answer, attempt ${attempt} of ${attempts}: ${ending.reason}`);
      await delay(Math.max(pauseMs(attempt), Math.min(ending.afterMs, longestPauseMs)));
    }
  };
  return { call, giveUp };
}
