import type { Failure } from './error-codes.ts';
import type { TokenGrant } from './read-token.ts';

export type Token = { ok: true; value: string } | { ok: false; outcome: Failure };

/** Where the newest refresh token of one consent is kept. */
export interface KeptRefreshToken {
  find(): string;
  save(refreshToken: string): void;
}

/** Asked for anew this long before it runs out, so that it lasts for the upload. */
const marginMs = 2 * 60_000;
/** Microsoft refuses good refresh tokens now and then; only the third refusal in a row is believed. */
const believedRefusals = 3;

/** The access token of one consent: asked for once, however many uploads wait for it. */
export class AccessToken {
  readonly #exchange: (refreshToken: string) => Promise<TokenGrant>;
  readonly #kept: KeptRefreshToken;
  readonly #nowMs: () => number;
  #current: { value: string; goodUntilMs: number } | null = null;
  #asking: Promise<Token> | null = null;
  #refusals = 0;

  constructor(exchange: (refreshToken: string) => Promise<TokenGrant>, kept: KeptRefreshToken, nowMs: () => number = Date.now) {
    this.#exchange = exchange;
    this.#kept = kept;
    this.#nowMs = nowMs;
  }

  /** A token that is good as far as is known. */
  async fetch(): Promise<Token> {
    if (this.#current !== null && this.#nowMs() < this.#current.goodUntilMs) return { ok: true, value: this.#current.value };
    return this.#ask();
  }

  /** Another token than `spent`, which Microsoft has refused; the one that somebody else has fetched meanwhile will do. */
  async renew(spent: string): Promise<Token> {
    if (this.#current?.value === spent) this.#current = null;
    return this.fetch();
  }

  #ask(): Promise<Token> {
    this.#asking ??= this.#exchangeOnce().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #exchangeOnce(): Promise<Token> {
    const shown = this.#kept.find();
    const grant = await this.#exchange(shown);
    if (!grant.ok) return { ok: false, outcome: this.#doubt(grant.outcome) };
    this.#refusals = 0;
    if (grant.refreshToken !== null && grant.refreshToken !== shown) this.#kept.save(grant.refreshToken);
    const lifeMs = grant.expiresInSeconds * 1_000;
    this.#current = { value: grant.accessToken, goodUntilMs: this.#nowMs() + Math.max(lifeMs - marginMs, lifeMs / 2) };
    return { ok: true, value: grant.accessToken };
  }

  #doubt(outcome: Failure): Failure {
    if (outcome.code !== 'invalid_grant') return outcome;
    this.#refusals += 1;
    if (this.#refusals >= believedRefusals) return outcome;
    return {
      kind: 'retry',
      code: outcome.code,
      reason: `refusal ${this.#refusals} of the refresh token; ${believedRefusals} in a row are believed`,
    };
  }
}
