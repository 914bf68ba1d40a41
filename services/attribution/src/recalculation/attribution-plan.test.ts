import { describe, expect, it } from '@jest/globals';
import { decideTouch, type EntityTouch, plans } from './attribution-plan.ts';

const dayMs = 24 * 60 * 60_000;
const now = Date.UTC(2026, 10, 20);

/** Touches so many days ago, the oldest first. */
const touchesOf = (...daysAgo: number[]): EntityTouch[] =>
  daysAgo.map((days) => ({
    ...{ id: `${days} days ago`, visitId: 1, atMs: now - days * dayMs, channel: 'direct', campaign: null },
    ...{ isHolder: false, isCloser: false, isImpression: false },
  }));

const [first, last, limited] = plans.company.attributions.map(({ model }) => model) as [never, never, never];

describe('the touch that an attribution names', () => {
  it.each([
    ['the first is the oldest', first, touchesOf(40, 20, 0), undefined, '40 days ago'],
    ['the last is the newest', last, touchesOf(40, 20, 0), undefined, '0 days ago'],
    ['the newest counts after the signup, too', last, touchesOf(40, 20, 0), 10, '0 days ago'],
    ['before a signup the 28 days end with the newest', limited, touchesOf(40, 20, 0), undefined, '20 days ago'],
    ['28 days to the millisecond are within', limited, touchesOf(29, 28, 0), undefined, '28 days ago'],
    ['a signup ends them', limited, touchesOf(40, 20, 0), 15, '40 days ago'],
    ['what comes after the signup is no first touch of it', limited, touchesOf(5, 0), 10, null],
    ['what is older than 28 days before the signup is none', limited, touchesOf(60, 0), 10, null],
    ['of nothing there is none', first, touchesOf(), undefined, null],
  ])('%s', (_sentence, model, touches, signupDaysAgo, expected) => {
    const signupAtMs = signupDaysAgo === undefined ? undefined : now - signupDaysAgo * dayMs;
    expect(decideTouch(model, touches, signupAtMs)?.id ?? null).toBe(expected);
  });
});
