import type { Conversion, Outcome } from '../conversion/index.ts';
import { actionLane, decidePauses, pausedOutcome, wantsProbe } from './decide-pauses.ts';
import type { Budget, Lanes, Pause, PauseReason } from './lanes.ts';
import type { Route } from './platform.ts';
import { type Row, type SentRows, sendRows } from './send-rows.ts';

export interface LaneSent extends Omit<SentRows, 'rest'> {
  /** What began a pause, if anything did. */
  began: PauseReason | null;
}

interface Lane<Item> {
  /** Its name; those of its actions follow from it. */
  name: string;
  route: Route<Item>;
  account: string;
  lanes: Lanes;
  budgets: Budget[];
  now: Date;
}

/** A probe is one request; this long nobody else makes it. */
const probeMs = 60_000;

/**
 * Maps conversions of one lane and uploads those that can be sent, unless the lane or their action stands still. After a pause for want of
 * configuration one conversion goes alone; the others follow if the platform took a look at it.
 */
export async function sendLane<Item>(lane: Lane<Item>, conversions: Conversion[]): Promise<LaneSent> {
  const { route, lanes, name } = lane;
  const mapped = conversions.map((conversion) => route.toItem(conversion, lane.now));
  const outcomes: (Outcome | null)[] = mapped.map((result) => (result.ok ? null : result.outcome));
  const rows = mapped.map((result, place): Row<Item> | null =>
    result.ok ? { action: (conversions[place] as Conversion).action, item: result.item } : null,
  );
  const actions = [...new Set(rows.flatMap((row) => row?.action ?? []))];
  const pauses = new Map<string, Pause>(actions.length === 0 ? [] : await lanes.find([name, ...actions.map((a) => actionLane(name, a))]));
  let calls = 0;
  let began: PauseReason | null = null;

  /** The pause that stands before an action, or else the one that wants a probe, with the lane that it is of. */
  const pauseOf = (action: string): { of: string; pause: Pause } | undefined => {
    const both = [name, actionLane(name, action)].flatMap((of) => {
      const pause = pauses.get(of);
      return pause === undefined ? [] : [{ of, pause }];
    });
    return both.find(({ pause }) => pausedOutcome(pause) !== null) ?? both.find(({ pause }) => wantsProbe(pause));
  };
  const isOpen = (place: number): boolean => rows[place] !== null && outcomes[place] === null;
  const open = (): number[] => rows.flatMap((_, place) => (isOpen(place) ? [place] : []));
  const pauseBefore = (place: number) => pauseOf((rows[place] as Row<Item>).action);
  const hold = (): void => {
    for (const place of open()) outcomes[place] = pausedOutcome(pauseBefore(place)?.pause);
  };
  const send = async (places: number[]): Promise<void> => {
    const chosen = places.map((place) => rows[place] as Row<Item>);
    const sent = await sendRows(lane, chosen);
    calls += sent.calls;
    for (const [index, place] of places.entries()) outcomes[place] = sent.outcomes[index] as Outcome;
    const tried = chosen.map(({ action }, index) => ({ action, outcome: sent.outcomes[index] as Outcome }));
    const changes = decidePauses(name, tried, pauses, sent.rest);
    if (changes.size > 0) await lanes.save(changes);
    for (const [changed, pause] of changes) {
      if (pause === null) pauses.delete(changed);
      else pauses.set(changed, pause);
      began ??= pause?.because ?? null;
    }
  };
  /** One row shows whether the lane is mended; where the platform did not look at it, those that wait for the same way wait on. */
  const probe = async (place: number, { of, pause }: { of: string; pause: Pause }): Promise<void> => {
    if (!(await lanes.claimProbe(of, probeMs))) return void pauses.set(of, { ...pause, leftMs: probeMs });
    await send([place]);
    const waiting = open().filter((other) => pauseBefore(other)?.pause === pause);
    for (const other of waiting) outcomes[other] = outcomes[place] as Outcome;
  };

  hold();
  for (;;) {
    const wanted = open().flatMap((place) => {
      const before = pauseBefore(place);
      return before === undefined ? [] : [{ place, before }];
    });
    const [next] = wanted;
    if (next === undefined) break;
    await probe(next.place, next.before);
    hold();
  }
  if (open().length > 0) await send(open());
  return { outcomes: outcomes as Outcome[], calls, began };
}
