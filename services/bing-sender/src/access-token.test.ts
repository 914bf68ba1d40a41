import { beforeEach, describe, expect, it } from '@jest/globals';
import { AccessToken } from './access-token.ts';
import type { TokenGrant } from './read-token.ts';

const refused: TokenGrant = { ok: false, outcome: { kind: 'config', code: 'invalid_grant', reason: 'gone' } };

describe('An access token', () => {
  let shown: string[];
  let kept: string;
  let nowMs: number;
  let next: () => TokenGrant;
  let token: AccessToken;

  beforeEach(() => {
    shown = [];
    kept = 'refresh-0';
    nowMs = 0;
    next = () => ({ ok: true, accessToken: `access-${shown.length}`, refreshToken: `refresh-${shown.length}`, expiresInSeconds: 3_600 });
    token = new AccessToken(
      async (refreshToken) => {
        shown.push(refreshToken);
        return next();
      },
      {
        find: () => kept,
        save: (newest) => {
          kept = newest;
        },
      },
      () => nowMs,
    );
  });

  it('is asked for once by many at the same time', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => token.fetch()));
    expect(new Set(tokens.map((each) => each.ok && each.value))).toEqual(new Set(['access-1']));
    expect(shown).toEqual(['refresh-0']);
  });

  it('is renewed once when many find it spent, also one after the other', async () => {
    await token.fetch();
    await Promise.all([token.renew('access-1'), token.renew('access-1')]);
    expect(await token.renew('access-1')).toEqual({ ok: true, value: 'access-2' });
    expect(shown).toHaveLength(2);
  });

  it('is asked for with the newest refresh token', async () => {
    await token.fetch();
    await token.renew('access-1');
    expect(shown).toEqual(['refresh-0', 'refresh-1']);
    expect(kept).toBe('refresh-2');
  });

  it('keeps the refresh token when none comes back', async () => {
    next = () => ({ ok: true, accessToken: 'access', refreshToken: null, expiresInSeconds: 3_600 });
    await token.fetch();
    expect(kept).toBe('refresh-0');
  });

  it('is used until shortly before it runs out', async () => {
    await token.fetch();
    nowMs = 3_479_999;
    await token.fetch();
    expect(shown).toHaveLength(1);
    nowMs = 3_480_000;
    await token.fetch();
    expect(shown).toHaveLength(2);
  });

  it('that lives for a minute is used for half of it', async () => {
    next = () => ({ ok: true, accessToken: 'short', refreshToken: null, expiresInSeconds: 60 });
    await token.fetch();
    nowMs = 29_999;
    await token.fetch();
    expect(shown).toHaveLength(1);
  });

  it('waits for new consent only after three refusals in a row', async () => {
    const kindOf = async () => {
      const answer = await token.fetch();
      return answer.ok ? 'token' : answer.outcome.kind;
    };
    const granted = next;
    next = () => refused;
    expect([await kindOf(), await kindOf(), await kindOf(), await kindOf()]).toEqual(['retry', 'retry', 'config', 'config']);
    next = granted;
    expect(await kindOf()).toBe('token');
    await token.renew('access-5');
    next = () => refused;
    await token.renew('access-6');
    expect(await kindOf()).toBe('retry');
  });
});
