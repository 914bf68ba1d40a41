import type { Outcome } from '../conversion/index.ts';
import { isolate } from './isolate.ts';
import type { Budget, Lanes } from './lanes.ts';
import type { Answer, Rest, Route } from './platform.ts';

/** A conversion in the platform's words. */
export interface Row<Item> {
  action: string;
  item: Item;
}

export interface SentRows {
  /** One for each row, in order. */
  outcomes: Outcome[];
  calls: number;
  /** What the platform asked for beside an answer; null where it did not. */
  rest: Rest | null;
}

interface Way<Item> {
  route: Route<Item>;
  account: string;
  lanes: Lanes;
  budgets: Budget[];
}

/** Splits rows, by their places, so that no part holds more groups than one request may. */
export function splitByGroups<Item>(rows: Row<Item>[], groups: Route<Item>['groups']): number[][] {
  const places = rows.map((_, place) => place);
  if (groups === undefined) return places.length === 0 ? [] : [places];
  const byGroup = [...Map.groupBy(places, (place) => groups.of((rows[place] as Row<Item>).item)).values()];
  const parts = Math.ceil(byGroup.length / groups.most);
  return Array.from({ length: parts }, (_, part) => byGroup.slice(part * groups.most, (part + 1) * groups.most).flat());
}

/** An upload that asks the budgets first; a request that they do not allow is not made. */
const withinBudget =
  <Item>({ route, account, lanes, budgets }: Way<Item>, onCall: () => void) =>
  async (items: Item[]): Promise<Answer> => {
    const afterMs = await lanes.spend(budgets);
    if (afterMs > 0) {
      const reason = `the requests that the platform allows are used up (${budgets.map(({ name, requests }) => `${name}: ${requests}`).join(', ')})`;
      return { kind: 'refused', outcome: { kind: 'throttled', code: 'BUDGET_USED_UP', reason, afterMs }, blamed: new Map() };
    }
    onCall();
    return route.upload(account, items);
  };

const blamesAction = (outcome: Outcome): boolean => outcome.kind === 'config' && outcome.concerns === 'action';

/** Endings of a whole request that the next one would have as well. */
const stopsAll = (outcome: Outcome): boolean =>
  outcome.kind === 'throttled' || outcome.kind === 'retry' || (outcome.kind === 'config' && !blamesAction(outcome));

/**
 * Uploads rows of one account in as few requests as the platform's limits allow; one bad row costs itself, and a bad conversion action, which
 * a platform may refuse the whole request for without naming it, costs its own rows.
 */
export async function sendRows<Item>(way: Way<Item>, rows: Row<Item>[]): Promise<SentRows> {
  const outcomes: Outcome[] = new Array(rows.length);
  let calls = 0;
  let rest: Rest | null = null;
  const upload = withinBudget(way, () => {
    calls += 1;
  });
  const sendPart = async (places: number[]): Promise<Outcome[]> => {
    const { outcomes: ofPart, rest: ofAnswer } = await isolate(
      places.map((place) => (rows[place] as Row<Item>).item),
      upload,
    );
    for (const [index, place] of places.entries()) outcomes[place] = ofPart[index] as Outcome;
    rest = ofAnswer ?? rest;
    return ofPart;
  };
  let stopped = null as Outcome | null;
  for (const places of splitByGroups(rows, way.route.groups)) {
    if (stopped !== null) {
      for (const place of places) outcomes[place] = stopped;
      continue;
    }
    const ofPart = await sendPart(places);
    const byAction = Map.groupBy(places, (place) => (rows[place] as Row<Item>).action);
    const mayBeOneAction = byAction.size > 1 && ofPart.every(blamesAction);
    if (mayBeOneAction) for (const ofAction of byAction.values()) if (rest === null) await sendPart(ofAction);
    const last = outcomes[places.at(-1) as number] as Outcome;
    stopped = rest ?? (places.every((place) => stopsAll(outcomes[place] as Outcome)) ? last : null);
  }
  return { outcomes, calls, rest };
}
