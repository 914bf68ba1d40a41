import { describe, expect, it } from '@jest/globals';
import { readToken } from './read-token.ts';

const reply = (status: number, body: unknown) => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  trackingId: null,
  retryAfter: null,
});
const description = "AADSTS70000: jane@example.com's grant is gone";

describe("The token service's answer", () => {
  it('grants a token and mostly a new refresh token', () => {
    const body = { access_token: 'a', refresh_token: 'r', expires_in: 3599 };
    expect(readToken(reply(200, body), 0)).toEqual({ ok: true, accessToken: 'a', refreshToken: 'r', expiresInSeconds: 3599 });
    expect(readToken(reply(200, { ...body, refresh_token: undefined }), 0)).toMatchObject({ ok: true, refreshToken: null });
  });

  it.each([
    [400, { error: 'invalid_grant', error_description: description }, 'config', 'invalid_grant'],
    [401, { error: 'invalid_client', error_description: description }, 'config', 'invalid_client'],
    [503, { error: 'temporarily_unavailable' }, 'retry', 'temporarily_unavailable'],
    [400, { error: 'a_novelty', error_description: description }, 'held', 'a_novelty'],
    [400, { error: description }, 'retry', 'NOT_A_TOKEN'],
    [200, '<html>sign in</html>', 'retry', 'NOT_A_TOKEN'],
    [200, { access_token: '' }, 'retry', 'NOT_A_TOKEN'],
    [502, '<html/>', 'retry', 'HTTP_502'],
    [429, '', 'throttled', 'HTTP_429'],
    [404, '', 'config', 'HTTP_404'],
    [413, '', 'held', 'HTTP_413'],
  ])('with status %i and %j is %s and names nobody', (status, body, kind, code) => {
    const grant = readToken(reply(status, body), 0);
    expect(grant).toMatchObject({ ok: false, outcome: { kind, code } });
    expect(JSON.stringify(grant)).not.toContain('jane');
  });
});
