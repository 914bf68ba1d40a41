import { z } from 'zod';
import type { Failure } from './error-codes.ts';
import { parseJson, type Reply, toFailureOfStatus } from './reply.ts';

export type TokenGrant =
  /** `refreshToken` takes the place of the one that was shown; null: that one stays. */
  { ok: true; accessToken: string; refreshToken: string | null; expiresInSeconds: number } | { ok: false; outcome: Failure };

const grantSchema = z.looseObject({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]),
});
const refusalSchema = z.looseObject({ error: z.string().regex(/^[a-z_]{1,60}$/) });

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#error-codes-for-token-endpoint-errors */
const refusals: Record<string, { kind: 'config' | 'retry'; reason: string }> = {
  invalid_grant: {
    kind: 'config',
    reason: 'Microsoft does not take the refresh token; consent again and put the new one into DESTINATIONS_FILE',
  },
  interaction_required: { kind: 'config', reason: 'Microsoft wants the user to sign in; consent again' },
  consent_required: { kind: 'config', reason: 'the user has not consented to msads.manage; consent again' },
  invalid_client: { kind: 'config', reason: 'Microsoft does not take clientId and clientSecret; the secret may have run out' },
  unauthorized_client: { kind: 'config', reason: 'the application may not use refresh tokens; register it as a web application' },
  invalid_scope: { kind: 'config', reason: 'Microsoft does not know the scope; check MICROSOFT_OAUTH_SCOPE' },
  invalid_request: { kind: 'config', reason: 'Microsoft finds the token request incomplete; check the credentials of the account' },
  unsupported_grant_type: { kind: 'config', reason: 'nothing at this address grants by refresh token; check MICROSOFT_OAUTH_TOKEN_URL' },
  temporarily_unavailable: { kind: 'retry', reason: 'the token service is busy' },
  server_error: { kind: 'retry', reason: 'an internal error of the token service' },
};

/** Reads the token service's answer. Nothing of its text is passed on: its descriptions name users. */
export function readToken(reply: Reply, nowMs: number): TokenGrant {
  const json = parseJson(reply.body);
  const grant = grantSchema.safeParse(json);
  if (reply.status === 200 && grant.success) {
    const { access_token, refresh_token, expires_in } = grant.data;
    return { ok: true, accessToken: access_token, refreshToken: refresh_token ?? null, expiresInSeconds: expires_in };
  }
  const refusal = refusalSchema.safeParse(json);
  if (refusal.success) {
    const code = refusal.data.error;
    const known = refusals[code];
    const reason = `the token service answered ${code}, which the table of codes does not know`;
    return { ok: false, outcome: known === undefined ? { kind: 'held', code, reason } : { ...known, code } };
  }
  if (reply.status === 200 || reply.status === 400) {
    return {
      ok: false,
      outcome: { kind: 'retry', code: 'NOT_A_TOKEN', reason: 'something in between answered in the place of the token service' },
    };
  }
  const outcome = toFailureOfStatus(reply, nowMs);
  // Whatever is wrong with a token request, no conversion is to blame.
  return { ok: false, outcome: outcome.kind === 'rejected' ? { ...outcome, kind: 'held' } : outcome };
}
