import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { isolate, type Platform } from '@waybill/shared/sender';
import { createLogger } from '@waybill/shared/telemetry';
import { buildConversion } from '@waybill/shared/testing';
import { describeSenderContract } from '@waybill/shared/testing/sender-contract';
import { z } from 'zod';
import { bingSettings } from '../src/config.ts';
import { connectBing } from '../src/platform.ts';
import type { OfflineConversionAdjustment } from '../src/to-adjustment.ts';
import type { OfflineConversion } from '../src/to-offline-conversion.ts';
import { type BingStandIn, type BingStandInOptions, startBingStandIn } from './bing.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const account = '140000001';
const otherAccount = '140000002';
const timeoutMs = 1_000;
const local = { customerId: '160000001', developerToken: 'local', clientId: 'local', clientSecret: 'local', refreshToken: 'local' };

const bingConversion = (n: number, changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({
    platform: 'bing',
    account,
    action: 'Paid',
    click: { kind: 'msclkid', id: n.toString(16).padStart(32, '0'), clickedAt: '2026-11-18T09:00:00.000Z' },
    ...changes,
  });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const startStandIn = (options: Partial<BingStandInOptions> = {}) => startBingStandIn({ port: 0, now: () => now, ...options });

function connect(standIn: BingStandIn, settings: Record<string, string> = {}, credentials: Record<string, unknown> = local) {
  const file = join(folder, 'destinations.json');
  const accounts = Object.fromEntries([account, otherAccount].map((id) => [id, { actions: {}, credentials }]));
  writeFileSync(file, JSON.stringify({ bing: { accounts } }));
  const config = z.object(bingSettings).parse({
    DESTINATIONS_FILE: file,
    MICROSOFT_CAMPAIGN_URL: `${standIn.url}/`,
    MICROSOFT_OAUTH_TOKEN_URL: standIn.tokenUrl,
    MICROSOFT_TIMEOUT_MS: timeoutMs,
    ...settings,
  });
  return connectBing(config, createLogger('test', 'silent'));
}

describeSenderContract('bing', {
  start: async () => {
    const standIn = await startStandIn();
    return { platform: await connect(standIn), standIn, stop: () => standIn.stop() };
  },
  timeoutMs,
  account,
  now,
  conversion: bingConversion,
  corrects: true,
  renewsTokens: true,
  spoiled: [
    { sentence: 'a currency that the platform names', spoil: (item) => ({ ...item, ConversionCurrencyCode: 'dollar' }), code: '5611' },
    {
      sentence: 'a time for which it names no row',
      spoil: (item) => ({ ...item, ConversionTime: '2026-13-45T10:00:00Z' }),
      code: 'HTTP_400',
    },
  ],
});

describe('The bing sender', () => {
  let standIn: BingStandIn;

  beforeEach(async () => {
    standIn = await startStandIn({
      goals: [{ name: 'Paid' }, { name: 'Young', createdAt: now }, { name: 'Plain', isEnhancedConversionsEnabled: false }],
    });
  });
  afterEach(() => standIn.stop());

  const item = (
    platform: Platform<OfflineConversion, OfflineConversionAdjustment>,
    n = 1,
    changes: Partial<Conversion> = {},
  ): OfflineConversion => {
    const mapped = platform.toItem(bingConversion(n, changes), now);
    if (!mapped.ok) throw new Error(mapped.outcome.reason);
    return mapped.item;
  };
  const sendOne = async (platform: Platform<OfflineConversion, OfflineConversionAdjustment>, n = 1) => {
    const answer = await platform.upload(account, [item(platform, n)]);
    return answer.kind === 'answered' ? answer.outcomes[0] : answer.outcome;
  };

  it('delivers what the platform shows: goal, click, time, value, and its TrackingId', async () => {
    const platform = await connect(standIn);
    expect(await sendOne(platform, 7)).toEqual({ kind: 'delivered', reference: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(standIn.accepted.list()).toEqual([
      expect.objectContaining({
        account,
        action: 'Paid',
        clickId: `${'0'.repeat(31)}7`,
        occurredAt: '2026-11-19T10:00:00.000Z',
        value: '12.34',
        currency: 'USD',
      }),
    ]);
  });

  it('finds the bad row of a thousand that nobody names in 21 calls', async () => {
    const platform = await connect(standIn);
    const batch = Array.from({ length: 1_000 }, (_, n) => item(platform, n));
    batch[700] = { ...(batch[700] as OfflineConversion), ConversionTime: 'yesterday' };
    const { outcomes, calls } = await isolate(batch, (part) => platform.upload(account, part));
    expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(999);
    expect(calls).toBeLessThanOrEqual(21);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 999, duplicates: 0 });
  });

  it('keeps rows that wait for their goal or for somebody to mend it, and delivers the others', async () => {
    const platform = await connect(standIn);
    const hashes = { email: ['a'.repeat(64)], phone: [] };
    const rows = [{ action: 'Young' }, { action: 'Unheard of' }, { action: 'Plain', person: hashes }, { action: 'Paid', person: hashes }];
    const answer = await platform.upload(
      account,
      rows.map((changes, n) => item(platform, n, changes)),
    );
    expect(answer).toMatchObject({
      kind: 'answered',
      outcomes: [
        { kind: 'later', code: '5615', afterMs: 7_200_000 },
        { kind: 'config', code: '5606' },
        { kind: 'config', code: 'NotEligibleForEnhancedConversions' },
        { kind: 'delivered' },
      ],
    });
  });

  it('tries only those rows again that Microsoft could not hand on', async () => {
    const platform = await connect(standIn);
    standIn.arm({ kind: 'partial-internal' });
    const batch = Array.from({ length: 6 }, (_, n) => item(platform, n));
    const answer = await platform.upload(account, batch);
    const kinds = answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : [];
    expect(kinds).toEqual(['delivered', 'delivered', 'retry', 'delivered', 'delivered', 'retry']);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 4 });
  });

  it('lets Microsoft see a repeated conversion as the same', async () => {
    const platform = await connect(standIn);
    await sendOne(platform);
    await sendOne(platform);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 1, duplicates: 1 });
  });

  it('asks for one token, whatever the number of uploads and accounts', async () => {
    const platform = await connect(standIn);
    const uploads = [account, otherAccount, account, otherAccount].map((each, n) => platform.upload(each, [item(platform, n)]));
    expect((await Promise.all(uploads)).map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered', 'answered']);
    expect(standIn.tokens.requests).toBe(1);
  });

  it('renews an expired token once for all who wait, with the newest refresh token', async () => {
    const platform = await connect(standIn);
    await sendOne(platform);
    standIn.tokens.expireAccessTokens();
    standIn.tokens.retireRefreshTokens();
    const uploads = await Promise.all([2, 3, 4].map((n) => sendOne(platform, n)));
    expect(uploads.map((outcome) => outcome?.kind)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(standIn.tokens.requests).toBe(2);
  });

  it('goes on with the newest refresh token after a restart', async () => {
    const file = join(folder, 'tokens.json');
    await sendOne(await connect(standIn, { MICROSOFT_TOKEN_FILE: file }));
    standIn.tokens.retireRefreshTokens();
    expect(await sendOne(await connect(standIn, { MICROSOFT_TOKEN_FILE: file }), 2)).toMatchObject({ kind: 'delivered' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await sendOne(await connect(standIn), 3)).toMatchObject({ kind: 'retry', code: 'invalid_grant' });
  });

  it('believes a withdrawn consent after the third refusal and blames no row', async () => {
    const platform = await connect(standIn);
    standIn.tokens.withdrawConsent();
    const outcomes = [await sendOne(platform), await sendOne(platform), await sendOne(platform)];
    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['retry', 'retry', 'config']);
    expect(JSON.stringify(outcomes)).not.toContain('@');
  });

  it.each([
    ['a wrong developer token', { developerToken: 'wrong' }, '105'],
    ['a wrong client secret', { clientSecret: 'wrong' }, 'invalid_client'],
  ])('waits for somebody to mend %s', async (_, change, code) => {
    const platform = await connect(standIn, {}, { ...local, ...change });
    expect(await sendOne(platform)).toMatchObject({ kind: 'config', code });
  });

  it('waits for somebody to configure an account that it does not know', async () => {
    const platform = await connect(standIn);
    expect(await platform.upload('999', [item(platform)])).toMatchObject({
      kind: 'refused',
      outcome: { kind: 'config', code: 'ACCOUNT_UNKNOWN' },
    });
  });

  it('waits a minute at least when Microsoft throttles', async () => {
    const platform = await connect(standIn);
    standIn.arm({ kind: 'throttled' });
    expect(await sendOne(platform)).toMatchObject({ kind: 'throttled', code: '117', afterMs: 60_000 });
  });

  it('ends within its deadline when Microsoft says nothing', async () => {
    const platform = await connect(standIn, { MICROSOFT_TIMEOUT_MS: '200' });
    await sendOne(platform, 0);
    standIn.arm({ kind: 'latency', ms: 600 });
    expect(await sendOne(platform)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 1 });
  });

  it('ends with a reason when nobody is there', async () => {
    const platform = await connect(standIn);
    await standIn.stop();
    expect(await sendOne(platform)).toMatchObject({ kind: 'retry', code: 'NO_CONNECTION' });
  });

  it('does not start with credentials that do not fit, and shows none of them', async () => {
    const connecting = connect(standIn, {}, { ...local, customerId: 'hush-hush', clientSecret: undefined });
    await expect(connecting).rejects.toThrow(/bing 140000001: credentials\.customerId: must be digits\n.*credentials\.clientSecret/);
    await expect(connecting).rejects.not.toThrow(/hush-hush/);
  });

  it('does not start with a token file that it cannot use', async () => {
    const file = join(folder, 'tokens.json');
    writeFileSync(file, 'hush-hush');
    await expect(connect(standIn, { MICROSOFT_TOKEN_FILE: file })).rejects.toThrow(
      /MICROSOFT_TOKEN_FILE .* is not a file of refresh tokens$/,
    );
    await expect(connect(standIn, { MICROSOFT_TOKEN_FILE: join(folder, 'none', 'x') })).rejects.toThrow(/cannot be used \(ENOENT\)$/);
  });
});

describe('What Microsoft tells afterwards', () => {
  const today = new Date().toISOString().slice(0, 10);
  const read = async (
    standIn: BingStandIn,
    send: (platform: Platform<OfflineConversion, OfflineConversionAdjustment>) => Promise<unknown>,
  ) => {
    const platform = await connect(standIn);
    await send(platform);
    const { readBack } = platform;
    if (readBack?.kind !== 'by-day') throw new Error('there is no report');
    const told = await readBack.fetchReport(account, today, today);
    return told.kind === 'told' ? told.counts : told;
  };
  const upload = (platform: Platform<OfflineConversion, OfflineConversionAdjustment>, ...numbers: number[]) =>
    platform.upload(
      account,
      numbers.map((n) => {
        const mapped = platform.toItem(bingConversion(n), now);
        if (!mapped.ok) throw new Error(mapped.outcome.reason);
        return mapped.item;
      }),
    );
  const { action } = bingConversion(1);

  it('is what it counted of each goal on the day of the upload, duplicates aside', async () => {
    const standIn = await startStandIn();
    try {
      const counts = await read(standIn, async (platform) => {
        await upload(platform, 1, 2, 3);
        await upload(platform, 3);
      });
      const duplicate = { code: 'DuplicateConversionKey', reason: expect.stringContaining('already'), count: 1 };
      expect(counts).toEqual([{ action, day: today, counted: 3, reasons: [duplicate] }]);
    } finally {
      await standIn.stop();
    }
  });

  it('is fewer than it took, where it lost some in silence', async () => {
    const standIn = await startStandIn();
    try {
      standIn.arm({ kind: 'lost-in-silence', rows: 2 });
      expect(await read(standIn, (platform) => upload(platform, 1, 2, 3))).toEqual([{ action, day: today, counted: 1, reasons: [] }]);
    } finally {
      await standIn.stop();
    }
  });

  it('is nothing where it cannot be asked, and that is told', async () => {
    const standIn = await startStandIn();
    const platform = await connect(standIn);
    await standIn.stop();
    const { readBack } = platform;
    expect(readBack?.kind === 'by-day' ? await readBack.fetchReport(account, today, today) : null).toMatchObject({
      kind: 'unknown',
      problem: expect.stringContaining('NO_CONNECTION'),
    });
  });
});

it('waits for as long as Retry-After says', async () => {
  const standIn = await startStandIn();
  try {
    const platform = await connect(standIn);
    standIn.arm({ kind: 'too-many-requests', ms: 300_000 });
    const mapped = platform.toItem(bingConversion(1), now);
    if (!mapped.ok) throw new Error(mapped.outcome.reason);
    expect(await platform.upload(account, [mapped.item])).toMatchObject({ outcome: { kind: 'throttled', afterMs: 300_000 } });
  } finally {
    await standIn.stop();
  }
});

it('accounts of one customer share their budget, and its name tells no secret', async () => {
  const standIn = await startStandIn();
  try {
    const platform = await connect(standIn, { MICROSOFT_REQUESTS_PER_MINUTE: '7' });
    const [one, other] = [platform.budgetsOf(account), platform.budgetsOf(otherAccount)];
    expect(one).toEqual([{ name: expect.stringMatching(/^minute of [0-9a-f]{12}$/), requests: 7, windowMs: 60_000 }]);
    expect(other).toEqual(one);
  } finally {
    await standIn.stop();
  }
});

describe("Microsoft's stand-in", () => {
  it('knows after a restart what it took before', async () => {
    const first = await startStandIn({ folder });
    const platform = await connect(first);
    const mapped = platform.toItem(bingConversion(1), now);
    if (!mapped.ok) throw new Error(mapped.outcome.reason);
    await platform.upload(account, [mapped.item]);
    await first.stop();

    const second = await startStandIn({ folder });
    await (await connect(second)).upload(account, [mapped.item]);
    expect(second.accepted.counts()).toMatchObject({ accepted: 1, duplicates: 1 });
    await second.stop();
  });

  it.each([
    ['a call without a token', {}, 116],
    ['a call without a customer', { Authorization: 'Bearer x', DeveloperToken: 'local' }, 1029],
    ['a call without an account', { Authorization: 'Bearer x', DeveloperToken: 'local', CustomerId: '1' }, 1030],
    [
      'a call with a token of its own making',
      { Authorization: 'Bearer x', DeveloperToken: 'local', CustomerId: '1', CustomerAccountId: '2' },
      109,
    ],
  ])('refuses %s', async (_, headers, code) => {
    const standIn = await startStandIn();
    const response = await fetch(`${standIn.url}/CampaignManagement/v13/OfflineConversions/Apply`, { method: 'POST', headers, body: '{}' });
    expect(await response.json()).toMatchObject({ Type: 'AdApiFaultDetail', Errors: [{ Code: code }] });
    await standIn.stop();
  });

  it.each([
    ['no row', 0, 5600],
    ['more than a thousand', 1_001, 5601],
  ])('refuses a whole call with %s', async (_, rows, code) => {
    const standIn = await startStandIn();
    const platform = await connect(standIn);
    const mapped = platform.toItem(bingConversion(1), now);
    if (!mapped.ok) throw new Error(mapped.outcome.reason);
    const answer = await platform.upload(account, Array(rows).fill(mapped.item));
    expect(answer).toMatchObject({ kind: 'refused', outcome: { kind: 'rejected', code: String(code) } });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 0 });
    await standIn.stop();
  });
});
