import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../conversion/index.ts';
import { decidePauses, pausedOutcome, type Tried, wantsProbe } from './decide-pauses.ts';
import type { Pause } from './lanes.ts';
import type { Rest } from './platform.ts';

const delivered: Outcome = { kind: 'delivered', reference: null };
const throttled: Outcome = { kind: 'throttled', code: '429', reason: 'quota', afterMs: 40_591_000 };
const token: Outcome = { kind: 'config', code: '190', reason: 'the token was revoked' };
const unknownAction: Outcome = { kind: 'config', code: '5606', reason: 'no such goal', concerns: 'action' };
const reset: Outcome = { kind: 'retry', code: 'ECONNRESET', reason: 'reset' };
const held: Outcome = { kind: 'held', code: 'x', reason: 'nobody knows' };
const over = (code: string, configPauses = 1): Pause => ({ leftMs: 0, because: { kind: 'config', code, reason: '' }, configPauses });

const row = (action: string, outcome: Outcome): Tried => ({ action, outcome });
const told = (tried: Tried[], known: Record<string, Pause> = {}, rest: Rest | null = null) =>
  [...decidePauses('1', tried, new Map(Object.entries(known)), rest)].map(([lane, pause]) =>
    pause === null ? `${lane} opens` : `${lane} waits ${pause.leftMs / 1_000} s for ${pause.because.code}`,
  );

describe('lanes', () => {
  it.each<[string, Tried[], Record<string, Pause>, string[]]>([
    ['that were never paused stay open', [row('a', delivered)], {}, []],
    [
      'pause with a throttle for as long as the platform says, hours too',
      [row('a', delivered), row('a', throttled)],
      {},
      ['1 waits 40591 s for 429'],
    ],
    ['of an account pause when all of its rows lack the same', [row('a', token), row('b', token)], {}, ['1 waits 60 s for 190']],
    ['of an account do not pause for one row among others', [row('a', token), row('a', delivered)], {}, []],
    [
      'of an action pause alone when all of its rows lack it',
      [row('a', unknownAction), row('a', unknownAction), row('b', delivered)],
      {},
      ['1/a waits 60 s for 5606'],
    ],
    ['of an action pause alone even when there are no other rows', [row('a', unknownAction)], {}, ['1/a waits 60 s for 5606']],
    [
      'of an account pause when actions are wrong and more than actions',
      [row('a', unknownAction), row('b', token)],
      {},
      ['1 waits 60 s for 190'],
    ],
    ['open when the probe is taken', [row('a', delivered)], { '1': over('190'), '1/a': over('5606') }, ['1 opens', '1/a opens']],
    ['open when the probe is judged, if not known', [row('a', held)], { '1': over('190') }, ['1 opens']],
    ['stay as they are when the platform did not look at the probe', [row('a', reset)], { '1': over('190') }, []],
    [
      'of an account open when its probe shows that an action is wrong',
      [row('a', unknownAction)],
      { '1': over('190') },
      ['1 opens', '1/a waits 60 s for 5606'],
    ],
    ['pause for longer each time', [row('a', token)], { '1': over('190', 3) }, ['1 waits 480 s for 190']],
    ['pause for a quarter of an hour at most', [row('a', token)], { '1': over('190', 30) }, ['1 waits 900 s for 190']],
  ])('%s', (_sentence, tried, known, expected) => {
    expect(told(tried, known)).toEqual(expected);
  });

  it.each<[string, Tried[], Record<string, Pause>, string[]]>([
    ['everything was taken', [row('a', delivered)], {}, ['1 waits 180 s for USAGE']],
    ['its probe was taken', [row('a', delivered)], { '1': over('190') }, ['1 waits 180 s for USAGE']],
    [
      'an action among them is wrong',
      [row('a', unknownAction), row('b', delivered)],
      {},
      ['1/a waits 60 s for 5606', '1 waits 180 s for USAGE'],
    ],
  ])('of an account rest when the platform asks for it though %s', (_sentence, tried, known, expected) => {
    expect(told(tried, known, { kind: 'throttled', code: 'USAGE', reason: 'used up', afterMs: 180_000 })).toEqual(expected);
  });

  it('hold what comes while they stand still, with the reason and the time that is left', () => {
    expect(pausedOutcome({ ...over('190'), leftMs: 5_000 })).toMatchObject({ kind: 'config', code: '190', afterMs: 5_000 });
    expect(pausedOutcome({ leftMs: 7_000, because: { ...throttled, kind: 'throttled' }, configPauses: 0 })).toMatchObject({
      ...{ kind: 'throttled', code: '429', afterMs: 7_000 },
    });
    expect(pausedOutcome(over('190'))).toBeNull();
  });

  it('want a probe after a pause for want of configuration, and none after a throttle', () => {
    expect(wantsProbe(over('190'))).toBe(true);
    expect(wantsProbe({ ...over('190'), leftMs: 1 })).toBe(false);
    expect(wantsProbe({ leftMs: 0, because: { ...throttled, kind: 'throttled' }, configPauses: 0 })).toBe(false);
    expect(wantsProbe(undefined)).toBe(false);
  });
});
