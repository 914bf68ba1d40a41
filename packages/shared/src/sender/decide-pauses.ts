import { isFinal, type Outcome } from '../conversion/index.ts';
import type { Pause } from './lanes.ts';
import type { Rest } from './platform.ts';

const firstConfigPauseMs = 60_000;
const longestConfigPauseMs = 15 * 60_000;

/** The lane of a conversion action within that of its account. */
export const actionLane = (lane: string, action: string): string => `${lane}/${action}`;

/** A row that was uploaded, with what the platform said to it. */
export interface Tried {
  action: string;
  outcome: Outcome;
}

type Config = Extract<Outcome, { kind: 'config' }>;

const isConfig = (outcome: Outcome): outcome is Config => outcome.kind === 'config';

/** Pauses for want of configuration grow, from a minute to a quarter of an hour: each one ends with a probe. */
function pauseFor(because: Config, known: Pause | undefined): Pause {
  const configPauses = (known?.configPauses ?? 0) + 1;
  const { kind, code, reason } = because;
  const leftMs = Math.min(firstConfigPauseMs * 2 ** (configPauses - 1), longestConfigPauseMs);
  return { leftMs, because: { kind, code, reason }, configPauses };
}

/** Whether the platform has looked at the row for itself, so that the way to it is open. */
const wasJudged = ({ outcome }: Tried): boolean => isFinal(outcome) || outcome.kind === 'later' || outcome.kind === 'held';

/**
 * What an account's lane and those of its actions learn of the rows that were tried: a throttle pauses the account for as long as the platform
 * says; where every row of an action lacks the same configuration the action pauses, and where every row at all does and more than actions is to
 * be mended, the account. What got through opens its lane. A `rest` that the platform asks for beside what it took pauses the account too.
 * `known`: the pauses as they were.
 */
export function decidePauses(
  lane: string,
  tried: Tried[],
  known: ReadonlyMap<string, Pause>,
  rest: Rest | null = null,
): Map<string, Pause | null> {
  const changes = new Map<string, Pause | null>();
  const throttled = tried.map(({ outcome }) => outcome).find((outcome) => outcome.kind === 'throttled');
  if (throttled !== undefined) {
    const configPauses = known.get(lane)?.configPauses ?? 0;
    return changes.set(lane, { leftMs: throttled.afterMs, because: throttled, configPauses });
  }
  const ofAccount = tried.map(({ outcome }) => outcome).find((outcome) => isConfig(outcome) && outcome.concerns !== 'action');
  if (ofAccount !== undefined && isConfig(ofAccount) && tried.every(({ outcome }) => isConfig(outcome))) {
    return changes.set(lane, pauseFor(ofAccount, known.get(lane)));
  }
  // A fault of an action is told by a platform that takes the account.
  if (known.has(lane) && tried.some((row) => wasJudged(row) || isConfig(row.outcome))) changes.set(lane, null);
  for (const [action, rows] of Map.groupBy(tried, (row) => row.action)) {
    const name = actionLane(lane, action);
    const [first] = rows.map(({ outcome }) => outcome);
    if (first !== undefined && isConfig(first) && rows.every(({ outcome }) => isConfig(outcome))) {
      changes.set(name, pauseFor(first, known.get(name)));
    } else if (rows.some(wasJudged) && known.has(name)) changes.set(name, null);
  }
  if (rest !== null) changes.set(lane, { leftMs: rest.afterMs, because: rest, configPauses: 0 });
  return changes;
}

/** How a row ends that is not sent because its lane stands still; null where it may go. */
export function pausedOutcome(pause: Pause | undefined): Outcome | null {
  if (pause === undefined || pause.leftMs <= 0) return null;
  const { kind, code, reason } = pause.because;
  return { kind, code, reason: kind === 'config' ? reason : `the account is paused: ${reason}`, afterMs: pause.leftMs };
}

/** Whether one row must show that the lane's configuration is mended before the others go. */
export const wantsProbe = (pause: Pause | undefined): boolean =>
  pause !== undefined && pause.leftMs <= 0 && pause.because.kind === 'config';
