import type { Outcome } from '../conversion/index.ts';
import type { Answer } from './platform.ts';

export interface Isolated {
  /** One for each item, in order. */
  outcomes: Outcome[];
  calls: number;
}

/**
 * Uploads items so that a bad one costs only itself: rows that an answer names are taken out, and where it names none the request is
 * halved until the bad rows stand alone. No item that was taken is sent again; k bad rows of n cost O(k·log n) calls.
 * An answer that is about the account or the connection, not about rows, ends the search for the rest of the batch.
 */
export async function isolate<Item>(items: Item[], upload: (items: Item[]) => Promise<Answer>): Promise<Isolated> {
  const outcomes: Outcome[] = new Array(items.length);
  let calls = 0;
  let halted: Outcome | null = null;

  const assign = (indices: number[], outcome: Outcome): void => {
    for (const index of indices) outcomes[index] = outcome;
  };

  /** Answers whether a bad row was found. `knownBad`: the rows were refused together before, so asking again would tell nothing. */
  const settle = async (indices: number[], knownBad: boolean): Promise<boolean> => {
    if (indices.length === 0) return false;
    if (halted !== null) {
      assign(indices, halted);
      return false;
    }
    if (knownBad && indices.length > 1) return halve(indices);

    calls += 1;
    const answer = await upload(indices.map((index) => items[index] as Item));
    if (answer.kind === 'answered') {
      indices.forEach((index, position) => {
        outcomes[index] = answer.outcomes[position] as Outcome;
      });
      return false;
    }
    if (answer.blamed.size > 0) {
      for (const [position, outcome] of answer.blamed) assign(indices.slice(position, position + 1), outcome);
      await settle(
        indices.filter((_, position) => !answer.blamed.has(position)),
        false,
      );
      return true;
    }
    if (answer.outcome.kind !== 'rejected') {
      halted = answer.outcome;
      assign(indices, answer.outcome);
      return false;
    }
    if (indices.length === 1) {
      assign(indices, answer.outcome);
      return true;
    }
    return halve(indices);
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
  return { outcomes, calls };
}
