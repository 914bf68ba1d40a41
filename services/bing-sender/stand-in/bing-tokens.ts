import type { StandInAnswer, StandInRequest } from '@waybill/shared/stand-in';

/** What the application and user are known by; the local stack's are all `local`. */
export interface BingApplication {
  clientId: string;
  clientSecret: string;
  refreshToken: string;
  developerToken: string;
}

const lifeSeconds = 3_600;

const refusal = (status: number, error: string, number: number): StandInAnswer => ({
  status,
  body: { error, error_description: `AADSTS${number}: refused by the stand-in for someone@example.com.`, error_codes: [number] },
});

/**
 * The token endpoint. Each grant brings a new refresh token; as with Microsoft the old ones stay good until they are retired. A token's
 * number is in it, so that those given before a restart of the stand-in are known after it.
 */
export class BingTokens {
  readonly #application: BingApplication;
  #serial = 0;
  #oldestAccess = 0;
  #oldestRefresh = 0;
  #hasConsent = true;
  requests = 0;

  constructor(application: BingApplication) {
    this.#application = application;
  }

  /** Access tokens given until now are expired. */
  expireAccessTokens(): void {
    this.#oldestAccess = this.#serial + 1;
  }

  /** Only the newest refresh token is still good. */
  retireRefreshTokens(): void {
    this.#oldestRefresh = this.#serial;
  }

  /** No refresh token is good any more. */
  withdrawConsent(): void {
    this.#hasConsent = false;
  }

  isGoodAccess(token: string): boolean {
    const [, serial, expiresAt] = /^access\.(\d+)\.(\d+)$/.exec(token) ?? [];
    return serial !== undefined && Number(serial) >= this.#oldestAccess && Number(expiresAt) > Date.now();
  }

  grant({ method, body }: StandInRequest): StandInAnswer {
    this.requests += 1;
    const form = new URLSearchParams(body);
    if (method !== 'POST' || form.get('grant_type') !== 'refresh_token') return refusal(400, 'unsupported_grant_type', 70003);
    if (form.get('client_id') !== this.#application.clientId) return refusal(400, 'unauthorized_client', 700016);
    if (form.get('client_secret') !== this.#application.clientSecret) return refusal(401, 'invalid_client', 7000215);
    if (!form.get('scope')?.includes('msads.manage')) return refusal(400, 'invalid_scope', 70011);
    if (!this.#hasConsent || !this.#isGoodRefresh(form.get('refresh_token') ?? '')) return refusal(400, 'invalid_grant', 70000);
    this.#serial += 1;
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        token_type: 'Bearer',
        scope: 'https://ads.microsoft.com/msads.manage',
        expires_in: lifeSeconds,
        access_token: `access.${this.#serial}.${Date.now() + lifeSeconds * 1_000}`,
        refresh_token: `${this.#application.refreshToken}.${this.#serial}`,
      },
    };
  }

  #isGoodRefresh(token: string): boolean {
    const { refreshToken } = this.#application;
    if (token === refreshToken) return this.#oldestRefresh === 0;
    const serial = token.startsWith(`${refreshToken}.`) ? Number(token.slice(refreshToken.length + 1)) : Number.NaN;
    return serial >= this.#oldestRefresh;
  }
}
