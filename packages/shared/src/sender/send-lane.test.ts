import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../conversion/index.ts';
import { buildConversion } from '../testing/builders.ts';
import { MemoryLanes, type Pause } from './lanes.ts';
import type { Answer, Route } from './platform.ts';
import { sendLane } from './send-lane.ts';

const delivered: Outcome = { kind: 'delivered', reference: null };
const rejected: Outcome = { kind: 'rejected', code: 'BAD', reason: 'the row is bad' };
const token: Outcome = { kind: 'config', code: '190', reason: 'the token was revoked' };
const unknownAction: Outcome = { kind: 'config', code: '5606', reason: 'no such goal', concerns: 'action' };
const reset: Outcome = { kind: 'retry', code: 'ECONNRESET', reason: 'reset' };
const throttled: Outcome = { kind: 'throttled', code: '429', reason: 'quota', afterMs: 60_000 };

const account = '1';
const paused = (leftMs: number, because: Outcome = token): Pause => ({ leftMs, because: because as Pause['because'], configPauses: 1 });

let lanes: MemoryLanes;
let requests: string[][];
beforeEach(() => {
  lanes = new MemoryLanes(() => 0);
  requests = [];
});

/** Sends one conversion of each action, through a platform that answers by `outcomeOf`; answers the kinds they ended with. */
async function send(actions: string[], outcomeOf: (action: string) => Outcome): Promise<string[]> {
  const route: Route<string> = {
    toItem: ({ action }) => (action === 'unmappable' ? { ok: false, outcome: rejected as never } : { ok: true, item: action }),
    upload: async (_account, items): Promise<Answer> => {
      requests.push(items);
      return { kind: 'answered', outcomes: items.map(outcomeOf) };
    },
  };
  const conversions = actions.map((action) => buildConversion({ action }));
  const { outcomes } = await sendLane({ name: account, route, account, lanes, budgets: [], now: new Date(0) }, conversions);
  return outcomes.map((outcome) => outcome.kind);
}

describe('a lane that is open', () => {
  it('sends everything in one request', async () => {
    expect(await send(['a', 'b', 'a'], () => delivered)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(requests).toEqual([['a', 'b', 'a']]);
  });

  it('pauses an action that every row of it lacks, and goes on with the others', async () => {
    const outcomeOf = (action: string) => (action === 'a' ? unknownAction : delivered);
    await send(['a', 'b', 'a'], outcomeOf);
    expect(await send(['a', 'b'], outcomeOf)).toEqual(['config', 'delivered']);
    expect(requests).toEqual([['a', 'b', 'a'], ['b']]);
  });
});

it('rests when the platform asks for it beside what it took, and goes on by itself when the rest is over', async () => {
  let nowMs = 0;
  lanes = new MemoryLanes(() => nowMs);
  const rest = { kind: 'throttled', code: 'USAGE', reason: 'used up', afterMs: 180_000 } as const;
  const route: Route<string> = {
    toItem: ({ action }) => ({ ok: true, item: action }),
    upload: async (_account, items): Promise<Answer> => {
      requests.push(items);
      return { kind: 'answered', outcomes: items.map(() => delivered), rest };
    },
  };
  const one = () => sendLane({ name: account, route, account, lanes, budgets: [], now: new Date(0) }, [buildConversion({ action: 'a' })]);
  expect(await one()).toEqual({ outcomes: [delivered], calls: 1, began: rest });
  nowMs = 179_000;
  expect(await one()).toMatchObject({ outcomes: [{ kind: 'throttled', code: 'USAGE', afterMs: 1_000 }], calls: 0, began: null });
  nowMs = 180_000;
  expect(await one()).toMatchObject({ outcomes: [delivered], calls: 1 });
});

describe('a lane that stands still', () => {
  it('sends nothing and tells why and for how long', async () => {
    await lanes.save(new Map([[account, paused(5_000)]]));
    expect(await send(['a', 'b'], () => delivered)).toEqual(['config', 'config']);
    expect(requests).toEqual([]);
  });

  it('still rejects what could never be sent', async () => {
    await lanes.save(new Map([[account, paused(5_000)]]));
    expect(await send(['unmappable', 'b'], () => delivered)).toEqual(['rejected', 'config']);
  });
});

describe('a lane whose pause is over', () => {
  beforeEach(() => lanes.save(new Map([[account, paused(0)]])));

  it.each<[string, Outcome, string[], string[][]]>([
    ['sends one, and the others when it is taken', delivered, ['delivered', 'delivered', 'delivered'], [['a'], ['b', 'c']]],
    ['and when it is rejected for itself: the platform took a look', rejected, ['rejected', 'rejected', 'rejected'], [['a'], ['b', 'c']]],
    ['keeps the others when it fails as before', token, ['config', 'config', 'config'], [['a']]],
    ['keeps the others when nothing came of it', reset, ['retry', 'retry', 'retry'], [['a']]],
    ['keeps the others when it is throttled', throttled, ['throttled', 'throttled', 'throttled'], [['a']]],
  ])('%s', async (_sentence, outcome, expected, made) => {
    expect(await send(['a', 'b', 'c'], () => outcome)).toEqual(expected);
    expect(requests).toEqual(made);
  });

  it('is open for the other actions when its probe shows that one action is unknown', async () => {
    const outcomeOf = (action: string) => (action === 'a' ? unknownAction : delivered);
    expect(await send(['a', 'a', 'b'], outcomeOf)).toEqual(['config', 'config', 'delivered']);
    expect(requests).toEqual([['a'], ['b']]);
  });

  it('waits while another instance makes the probe', async () => {
    await lanes.claimProbe(account, 60_000);
    expect(await send(['a', 'b'], () => delivered)).toEqual(['config', 'config']);
    expect(requests).toEqual([]);
  });

  it('needs no probe after a throttle', async () => {
    await lanes.save(new Map([[account, paused(0, throttled)]]));
    expect(await send(['a', 'b'], () => delivered)).toEqual(['delivered', 'delivered']);
    expect(requests).toEqual([['a', 'b']]);
  });
});

it('each action whose pause is over makes a probe of its own, and those that are open wait for none', async () => {
  await lanes.save(
    new Map([
      ['1/a', paused(0, unknownAction)],
      ['1/b', paused(0, unknownAction)],
    ]),
  );
  const outcomeOf = (action: string) => (action === 'b' ? unknownAction : delivered);
  expect(await send(['a', 'b', 'c', 'a', 'b', 'c'], outcomeOf)).toEqual([
    ...['delivered', 'config', 'delivered', 'delivered', 'config', 'delivered'],
  ]);
  expect(requests).toEqual([['a'], ['b'], ['c', 'a', 'c']]);
});
