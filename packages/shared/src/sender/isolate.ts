import { isFinal, type Outcome } from '../conversion/index.ts';
import type { Answer, Rest } from './platform.ts';

export interface Isolated {
  /** One for each item, in order. */
  outcomes: Outcome[];
  calls: number;
  /** What the platform asked for beside an answer; null where it did not. */
  rest: Rest | null;
}

/** So many rows refused alone, and none taken, make the request itself the suspect; as many more are then asked from all over it. */
const suspicious = 4;

type Refused = Extract<Answer, { kind: 'refused' }>;
const isAboutRows = ({ outcome, mayBeRows }: Refused): boolean => outcome.kind === 'rejected' || mayBeRows === true;

/** A refusal of all that was asked, which no row need have caused. */
function toHeld(outcome: Outcome): Outcome {
  if (outcome.kind !== 'rejected') return outcome;
  const reason = `no row was taken and none is named, so it may not be the rows' fault: ${outcome.reason}`;
  return { kind: 'held', code: outcome.code, reason };
}

/**
 * Uploads items so that a bad one costs only itself: rows that an answer names are taken out, and where it names none the request is
 * halved until the bad rows stand alone. No item that was taken is sent again; k bad rows of n cost O(k·log n) calls.
 * An answer that is about the account or the connection, not about rows, ends the search for the rest of the batch; so does one that every
 * row gets alike, and then nothing is rejected for it. A batch of one is rejected where the code is a row's, and held where it may be the
 * request's.
 */
export async function isolate<Item>(items: Item[], upload: (items: Item[]) => Promise<Answer>): Promise<Isolated> {
  const outcomes: Outcome[] = new Array(items.length);
  let calls = 0;
  let halted: Outcome | null = null;
  /** Whether the platform has judged any row for itself. */
  let anyJudged = false;
  let mayBeRequest = false;
  /** Rows that were refused alone, without being named. */
  const alone: number[] = [];

  const assign = (indices: number[], outcome: Outcome): void => {
    for (const index of indices) outcomes[index] = outcome;
  };
  let rest: Rest | null = null;
  const call = async (indices: number[]): Promise<Answer> => {
    calls += 1;
    const answer = await upload(indices.map((index) => items[index] as Item));
    if (answer.rest !== undefined) {
      rest = answer.rest;
      // What is not asked yet waits for as long.
      halted = rest;
    }
    return answer;
  };
  const take = (indices: number[], taken: Outcome[]): void => {
    anyJudged ||= taken.some(isFinal);
    indices.forEach((index, position) => {
      outcomes[index] = taken[position] as Outcome;
    });
  };
  const blame = (indices: number[], blamed: ReadonlyMap<number, Outcome>): void => {
    anyJudged = true;
    for (const [position, outcome] of blamed) assign(indices.slice(position, position + 1), outcome);
  };
  const isEveryRowAlike = (least: number): boolean =>
    !anyJudged && alone.length >= least && new Set(alone.map((index) => (outcomes[index] as { code: string }).code)).size === 1;

  /** Asks rows from all over the batch, each alone, until one is taken. */
  const probe = async (): Promise<void> => {
    const untried = items.flatMap((_, index) => (outcomes[index] === undefined ? [index] : []));
    const step = Math.max(1, Math.floor(untried.length / suspicious));
    for (const index of untried.filter((_, place) => place % step === step - 1)) {
      if (halted !== null) return;
      const answer = await call([index]);
      if (answer.kind === 'answered') return take([index], answer.outcomes);
      if (answer.blamed.size > 0) return blame([index], answer.blamed);
      if (!isAboutRows(answer)) {
        halted = answer.outcome;
        return;
      }
      outcomes[index] = answer.outcome;
      alone.push(index);
    }
    if (isEveryRowAlike(suspicious)) halted = toHeld(outcomes[alone[0] as number] as Outcome);
  };

  const refuseAlone = async (index: number, { outcome, mayBeRows }: Refused): Promise<void> => {
    outcomes[index] = outcome;
    alone.push(index);
    mayBeRequest ||= mayBeRows === true;
    if (alone.length === suspicious && isEveryRowAlike(suspicious)) await probe();
  };

  /** Answers whether a bad row was found. `knownBad`: the rows were refused together before, so asking again would tell nothing. */
  const settle = async (all: number[], knownBad: boolean): Promise<boolean> => {
    const indices = all.filter((index) => outcomes[index] === undefined);
    const wereAllOpen = indices.length === all.length;
    if (indices.length === 0) return !wereAllOpen;
    if (halted !== null) {
      assign(indices, halted);
      return false;
    }
    if (knownBad && wereAllOpen && indices.length > 1) return halve(indices);

    const answer = await call(indices);
    if (answer.kind === 'answered') {
      take(indices, answer.outcomes);
      return !wereAllOpen;
    }
    if (answer.blamed.size > 0) {
      blame(indices, answer.blamed);
      await settle(
        indices.filter((_, position) => !answer.blamed.has(position)),
        false,
      );
      return true;
    }
    if (!isAboutRows(answer)) {
      halted = answer.outcome;
      assign(indices, answer.outcome);
      return false;
    }
    if (indices.length > 1) return halve(indices);
    await refuseAlone(indices[0] as number, answer);
    return true;
  };

  const halve = async (indices: number[]): Promise<boolean> => {
    const middle = Math.ceil(indices.length / 2);
    const leftWasBad = await settle(indices.slice(0, middle), false);
    await settle(indices.slice(middle), !leftWasBad && halted === null);
    return true;
  };

  await settle(
    items.map((_, index) => index),
    false,
  );
  if (isEveryRowAlike(mayBeRequest ? 1 : 2)) for (const index of alone) outcomes[index] = toHeld(outcomes[index] as Outcome);
  return { outcomes, calls, rest };
}
