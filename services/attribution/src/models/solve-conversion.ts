/** State -> next state -> how often; a state without a row absorbs. */
export type Transitions = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Chains of up to so many states are solved by elimination, larger ones by iteration to the last digits. */
const densest = 500;
const digits = 1e-15;
const mostRounds = 1_000_000;

interface Chain {
  /** Of each state, its next states that have a row, with their probabilities. */
  steps: { to: number; probability: number }[][];
  /** Of each state, the probability of the goal as the next step. */
  goal: number[];
  from: number;
}

function toChain(transitions: Transitions, start: string, goal: string): Chain {
  const places = new Map([...transitions.keys()].map((state, place) => [state, place]));
  const rows = [...transitions.values()].map((row) => {
    const total = [...row.values()].reduce((sum, count) => sum + count, 0);
    return { row, total };
  });
  return {
    steps: rows.map(({ row, total }) =>
      [...row].flatMap(([next, count]) => {
        const to = places.get(next);
        return to === undefined ? [] : [{ to, probability: count / total }];
      }),
    ),
    goal: rows.map(({ row, total }) => (row.get(goal) ?? 0) / total),
    from: places.get(start) ?? -1,
  };
}

/**
 * Takes the states out of the chain one after another, each time sending those before it straight to those after it (Grassmann, Taksar and Heyman):
 * no step subtracts nearly equal numbers, so that the digits stay right.
 */
function eliminate({ steps, goal, from }: Chain): number {
  const size = steps.length;
  const matrix = steps.map((row) => {
    const dense = new Float64Array(size);
    for (const { to, probability } of row) dense[to] = (dense[to] ?? 0) + probability;
    return dense;
  });
  const reached = Float64Array.from(goal);
  // What neither stays in the chain nor reaches the goal is lost, and needs no column.
  const lost = matrix.map((row, state) => Math.max(0, 1 - row.reduce((sum, probability) => sum + probability, 0) - (goal[state] ?? 0)));
  for (let state = 0; state < size; state++) {
    if (state === from) continue;
    const row = matrix[state] as Float64Array;
    let leaving = (reached[state] ?? 0) + (lost[state] ?? 0);
    for (let to = 0; to < size; to++) if (to > state || to === from) leaving += row[to] ?? 0;
    if (leaving === 0) continue;
    for (let before = 0; before < size; before++) {
      if (!(before > state || before === from)) continue;
      const target = matrix[before] as Float64Array;
      const share = (target[state] ?? 0) / leaving;
      if (share === 0) continue;
      for (let to = 0; to < size; to++) if (to > state || to === from) target[to] = (target[to] ?? 0) + share * (row[to] ?? 0);
      reached[before] = (reached[before] ?? 0) + share * (reached[state] ?? 0);
      lost[before] = (lost[before] ?? 0) + share * (lost[state] ?? 0);
    }
  }
  const ending = (reached[from] ?? 0) + (lost[from] ?? 0);
  return ending === 0 ? 0 : (reached[from] ?? 0) / ending;
}

/** Repeats value = goal + the values of the next steps until nothing changes in the last digits (Gauss and Seidel). */
function iterate({ steps, goal, from }: Chain): number {
  const value = Float64Array.from(goal);
  for (let round = 0; round < mostRounds; round++) {
    let change = 0;
    for (let state = steps.length - 1; state >= 0; state--) {
      let own = 0;
      let next = goal[state] ?? 0;
      for (const { to, probability } of steps[state] ?? []) {
        if (to === state) own = probability;
        else next += probability * (value[to] ?? 0);
      }
      next /= 1 - own;
      change = Math.max(change, Math.abs(next - (value[state] ?? 0)));
      value[state] = next;
    }
    if (change < digits) return value[from] ?? 0;
  }
  throw new Error(`The chain of ${steps.length} states does not come to rest; no journey of some states ever ends`);
}

/** The probability that a walk from `start` ends in `goal`; 0 where it never begins. */
export function solveConversion(transitions: Transitions, start: string, goal: string): number {
  const chain = toChain(transitions, start, goal);
  if (chain.from === -1) return 0;
  return chain.steps.length <= densest ? eliminate(chain) : iterate(chain);
}
