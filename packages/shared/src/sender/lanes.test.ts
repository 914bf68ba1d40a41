import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../conversion/index.ts';
import { Lanes } from './lanes.ts';

const delivered: Outcome = { kind: 'delivered', reference: null };
const throttled: Outcome = { kind: 'throttled', code: '429', reason: 'quota', afterMs: 40_591_000 };
const config: Outcome = { kind: 'config', code: '190', reason: 'the token was revoked' };

function lanesAt() {
  const clock = { ms: 0 };
  return { clock, lanes: new Lanes(() => clock.ms) };
}

describe('lanes', () => {
  it('a throttle pauses its account for as long as the platform says, and no other', () => {
    const { clock, lanes } = lanesAt();
    lanes.learn('a', [delivered, throttled]);
    expect(lanes.pausedOutcome('a')).toMatchObject({ kind: 'throttled', afterMs: 40_591_000 });
    expect(lanes.pausedOutcome('b')).toBeNull();
    clock.ms = 40_590_999;
    expect(lanes.pausedOutcome('a')).toMatchObject({ afterMs: 1 });
    clock.ms = 40_591_000;
    expect(lanes.pausedOutcome('a')).toBeNull();
  });

  it('one row with an unknown action does not pause the account', () => {
    const { lanes } = lanesAt();
    expect(lanes.learn('a', [delivered, config])).toBeNull();
    expect(lanes.pausedOutcome('a')).toBeNull();
  });

  it('a fault of configuration pauses for longer each time, up to a quarter of an hour, until a probe passes', () => {
    const { clock, lanes } = lanesAt();
    const pauses = Array.from({ length: 7 }, () => {
      lanes.learn('a', [config, config]);
      const paused = lanes.pausedOutcome('a');
      const ms = paused?.kind === 'throttled' ? paused.afterMs : 0;
      clock.ms += ms;
      return ms / 60_000;
    });
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15, 15]);
    lanes.learn('a', [delivered]);
    lanes.learn('a', [config]);
    expect(lanes.pausedOutcome('a')).toMatchObject({ afterMs: 60_000 });
  });
});
