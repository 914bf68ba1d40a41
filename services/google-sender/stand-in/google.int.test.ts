import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Conversion, Correction, Outcome } from '@waybill/shared/conversion';
import type { Platform, Route } from '@waybill/shared/sender';
import { buildConversion } from '@waybill/shared/testing';
import { z } from 'zod';
import type { ConversionAdjustment } from '../src/to-adjustment.ts';
import type { GoogleEvent } from '../src/to-event.ts';
import type { GoogleStandIn } from './google.ts';

// gRPC reads which certificates it trusts when it is loaded, which is when anything that needs it is imported.
const certificateFolder = mkdtempSync(join(tmpdir(), 'waybill-google-ads-'));
process.env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH = join(certificateFolder, 'google-ads-ca.pem');
const { isolate, MemoryLanes, sendRows } = await import('@waybill/shared/sender');
const { googleSettings } = await import('../src/config.ts');
const { connectGoogle } = await import('../src/platform.ts');
const { startGoogleStandIn } = await import('./google.ts');
const { describeSenderContract } = await import('@waybill/shared/testing/sender-contract');

const account = '3625606301';
const now = new Date('2026-11-20T00:00:00.000Z');
const timeoutMs = 400;

let standIn: GoogleStandIn;
let platform: Platform<GoogleEvent, GoogleEvent | ConversionAdjustment, ConversionAdjustment>;

function destinations(more: Record<string, string | null>): string {
  const file = join(mkdtempSync(join(tmpdir(), 'waybill-google-')), 'destinations.json');
  const credentials = { clientId: 'client', clientSecret: 'secret', refreshToken: 'refresh', loginCustomerId: account, ...more };
  writeFileSync(file, JSON.stringify({ google: { accounts: { [account]: { actions: { 'google.paid': '987650001' }, credentials } } } }));
  return file;
}

const connect = (credentials: Record<string, string | null> = {}, settings: Record<string, string> = {}) =>
  connectGoogle(
    z.object(googleSettings).parse({
      DESTINATIONS_FILE: destinations(credentials),
      DATA_MANAGER_URL: standIn.url,
      ...(standIn.googleAds === null ? {} : { GOOGLE_ADS_URL: standIn.googleAds.url }),
      GOOGLE_OAUTH_TOKEN_URL: `${standIn.url}/token`,
      GOOGLE_TIMEOUT_MS: timeoutMs,
      ...settings,
    }),
  );

describeSenderContract('google', {
  start: async () => {
    standIn = await startGoogleStandIn({ port: 0, now: () => now, googleAds: true, certificateFolder });
    return { platform: await connect(), standIn, stop: () => standIn.stop() };
  },
  timeoutMs,
  account,
  now,
  // Old enough for Google to adjust it.
  conversion: () => buildConversion({ occurredAt: '2026-11-18T12:00:00.000Z' }),
  corrects: true,
  renewsTokens: true,
  spoiled: [
    { sentence: 'a purely numeric id', spoil: (item) => ({ ...item, transactionId: '123456' }), code: 'INVALID_FORMAT' },
    {
      sentence: 'a time ahead of Google’s clock',
      spoil: (item) => ({ ...item, eventTimestamp: { seconds: item.eventTimestamp.seconds + 86_400 * 7, nanos: 0 } }),
      code: 'EVENT_TIME_INVALID',
    },
  ],
});

function toItems(conversions: Conversion[]): GoogleEvent[] {
  return conversions.map((conversion) => {
    const mapped = platform.toItem(conversion, now);
    if (!mapped.ok) throw new Error(mapped.outcome.reason);
    return mapped.item;
  });
}

const send = (conversions: Conversion[]) => isolate(toItems(conversions), (items) => platform.upload(account, items));
const kindsOf = (outcomes: Outcome[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]));

describe('Google by Data Manager', () => {
  beforeEach(async () => {
    standIn = await startGoogleStandIn({ port: 0, now: () => now });
    platform = await connect();
  });
  afterEach(() => standIn.stop());

  const batch = (size: number) => Array.from({ length: size }, () => buildConversion());

  it('takes a full batch in one request', async () => {
    const { outcomes, calls } = await send(batch(2_000));
    expect({ calls, kinds: kindsOf(outcomes), taken: standIn.accepted.counts().accepted }).toEqual({
      calls: 1,
      kinds: { delivered: 2_000 },
      taken: 2_000,
    });
  });

  it('loses one row by one bad row of a full batch, with its own reason', async () => {
    const conversions = batch(2_000);
    const items = toItems(conversions);
    items[1_234] = { ...(items[1_234] as GoogleEvent), transactionId: '123456' };
    const { outcomes, calls } = await isolate(items, (part) => platform.upload(account, part));
    expect(kindsOf(outcomes)).toEqual({ delivered: 1_999, rejected: 1 });
    expect(outcomes[1_234]).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('transaction_id') });
    expect({ calls, taken: standIn.accepted.counts() }).toMatchObject({ calls: 2, taken: { accepted: 1_999, duplicates: 0 } });
  });

  it('halves a batch whose refusal names no row', async () => {
    standIn.arm({ kind: 'nameless-refusal' });
    const { outcomes, calls } = await send(batch(8));
    expect({ calls, kinds: kindsOf(outcomes), duplicates: standIn.accepted.counts().duplicates }).toMatchObject({
      kinds: { delivered: 8 },
      duplicates: 0,
    });
    expect(calls).toBeGreaterThan(1);
  });

  it('holds a lone conversion whose refusal names nothing', async () => {
    standIn.arm({ kind: 'nameless-refusal' });
    expect((await send(batch(1))).outcomes).toEqual([expect.objectContaining({ kind: 'held', code: 'INVALID_ARGUMENT' })]);
  });

  it('renews an access token that has expired, and sends the same request again', async () => {
    await send(batch(1));
    standIn.arm({ kind: 'expired-token' });
    const { outcomes } = await send(batch(3));
    expect(kindsOf(outcomes)).toEqual({ delivered: 3 });
  });

  it('counts a conversion once that is sent again after a broken answer', async () => {
    const conversions = batch(5);
    standIn.arm({ kind: 'reset-after-accept' });
    expect(kindsOf((await send(conversions)).outcomes)).toEqual({ retry: 5 });
    expect(kindsOf((await send(conversions)).outcomes)).toEqual({ delivered: 5 });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 5, duplicates: 5, restated: 0 });
  });

  it.each<[string, Parameters<GoogleStandIn['arm']>[0], Partial<Outcome>]>([
    ['a quota is waited out for as long as Google says', { kind: 'throttled', ms: 90_000 }, { kind: 'throttled', afterMs: 90_000 }],
    ['an internal error is tried again', { kind: 'server-error' }, { kind: 'retry', code: 'INTERNAL_ERROR' }],
    ['a page of HTML is tried again', { kind: 'html' }, { kind: 'retry', code: 'HTTP_502' }],
    ['a broken connection is tried again', { kind: 'reset-before' }, { kind: 'retry' }],
    ['a request that hangs ends at the deadline', { kind: 'latency', ms: timeoutMs * 3 }, { kind: 'retry', code: 'TIMEOUT' }],
    ['a code that no table knows is held', { kind: 'unknown-code' }, { kind: 'held', code: 'A_CODE_OF_TOMORROW' }],
  ])('%s', async (_sentence, fault, expected) => {
    standIn.arm(fault);
    const { outcomes } = await send(batch(2));
    expect(outcomes).toEqual([expect.objectContaining(expected), expect.objectContaining(expected)]);
  });

  it('gives up on an answer that trickles in beyond the deadline', async () => {
    standIn.arm({ kind: 'slow-trickle', ms: timeoutMs * 3 });
    expect((await send(batch(1))).outcomes).toEqual([expect.objectContaining({ kind: 'retry', code: 'TIMEOUT' })]);
  });

  describe('with several actions', () => {
    const actions = Array.from({ length: 12 }, (_, n) => `9876500${n + 10}`);
    const mixed = () => Array.from({ length: 2_000 }, (_, n) => buildConversion({ action: actions[n % 12] as string }));
    const sendAll = (conversions: Conversion[]) =>
      sendRows(
        { route: platform, account, lanes: new MemoryLanes(), budgets: platform.budgetsOf(account) },
        toItems(conversions).map((item) => ({ action: item.action, item })),
      );

    it('makes as many requests as ten destinations each allow', async () => {
      const { outcomes, calls } = await sendAll(mixed());
      expect({ calls, kinds: kindsOf(outcomes) }).toEqual({ calls: 2, kinds: { delivered: 2_000 } });
    });

    it.each([
      ['that the refusal names', true, 3],
      ['that the refusal does not name', false, 12],
    ])('loses only the rows of an unknown action %s', async (_sentence, namesDestinations, expectedCalls) => {
      await standIn.stop();
      standIn = await startGoogleStandIn({ port: 0, now: () => now, unknownActions: [actions[3] as string], namesDestinations });
      platform = await connect();
      const conversions = mixed();
      const { outcomes, calls } = await sendAll(conversions);
      const lost = conversions.filter(({ action }) => action === actions[3]).length;
      expect({ calls, kinds: kindsOf(outcomes) }).toEqual({ calls: expectedCalls, kinds: { delivered: 2_000 - lost, config: lost } });
      expect(outcomes[3]).toMatchObject({ kind: 'config', code: 'INVALID_CONVERSION_ACTION_ID', concerns: 'action' });
      expect(standIn.accepted.counts()).toMatchObject({ accepted: 2_000 - lost, duplicates: 0 });
    });
  });

  describe('tells afterwards', () => {
    const tell = async (conversions: Conversion[]) => {
      const [first] = (await send(conversions)).outcomes;
      const reference = first?.kind === 'delivered' ? (first.reference ?? '') : '';
      const { readBack } = platform;
      return readBack?.kind === 'by-request' ? readBack.fetchStatus(account, reference) : null;
    };

    it('what it counted, by action and day, and why it left something out', async () => {
      const denied = { adUserData: 'denied', adPersonalization: 'unknown', limitedDataUse: null } as const;
      const told = await tell([
        ...Array.from({ length: 3 }, () => buildConversion({ occurredAt: '2026-11-18T23:59:59.999Z' })),
        ...Array.from({ length: 2 }, () => buildConversion({ occurredAt: '2026-11-19T00:00:00.000Z' })),
        buildConversion({ occurredAt: '2026-11-19T00:00:01.000Z', consent: denied }),
      ]);
      const reason = { code: 'PROCESSING_ERROR_REASON_DENIED_CONSENT', reason: expect.stringContaining('consent'), count: 1 };
      expect(told).toEqual({
        kind: 'told',
        counts: [
          { action: '987650001', day: '2026-11-18', counted: 3, reasons: [] },
          { action: '987650001', day: '2026-11-19', counted: 2, reasons: [reason] },
        ],
      });
    });

    it('of fewer than it took, where it lost some in silence', async () => {
      standIn.arm({ kind: 'lost-in-silence', rows: 2 });
      expect(await tell(batch(5))).toMatchObject({ kind: 'told', counts: [{ counted: 3, reasons: [] }] });
    });

    it('that it has not finished, or does not know the request', async () => {
      standIn.arm({ kind: 'still-processing' });
      expect(await tell(batch(1))).toEqual({ kind: 'pending' });
      const { readBack } = platform;
      if (readBack?.kind !== 'by-request') throw new Error('there is no read-back');
      expect(await readBack.fetchStatus(account, 'never made')).toMatchObject({
        kind: 'unknown',
        problem: expect.stringContaining('NOT_FOUND'),
      });
    });
  });

  it('asks for a new consent when the refresh token was revoked', async () => {
    platform = await connect({ refreshToken: 'revoked' });
    const { outcomes } = await send(batch(1));
    expect(outcomes).toEqual([expect.objectContaining({ kind: 'config', code: 'invalid_grant' })]);
  });
});

describe('A retraction beside Data Manager, which has none', () => {
  beforeEach(async () => {
    standIn = await startGoogleStandIn({ port: 0, now: () => now });
  });
  afterEach(() => standIn.stop());

  const retraction = buildConversion({
    ...{ occurredAt: '2026-11-18T12:00:00.000Z', value: null },
    correction: { kind: 'retraction', of: 'cv_original', sequence: 1, correctedAt: '2026-11-19T20:00:00.000Z' },
  });

  it.each([
    ['waits for somebody to set the Google Ads API up', { loginCustomerId: null }, {}, 'ADS_API_NOT_SET_UP'],
    ['goes where a manager account is given', {}, {}, 'ok'],
    ['goes where a developer token is given', { loginCustomerId: null, developerToken: 'local' }, {}, 'ok'],
    ['goes where everything does', { loginCustomerId: null }, { GOOGLE_TRANSPORT: 'google-ads' }, 'ok'],
  ])('%s', async (_sentence, credentials, settings, expected) => {
    const { corrections } = await connect(credentials, settings);
    const mapped = corrections?.retraction.toItem(retraction, now);
    expect(mapped?.ok === true ? 'ok' : mapped?.outcome.code).toBe(expected);
  });
});

describe('Google by the Google Ads API', () => {
  beforeEach(async () => {
    standIn = await startGoogleStandIn({ port: 0, now: () => now, googleAds: true, certificateFolder });
    platform = await connect({}, { GOOGLE_TRANSPORT: 'google-ads', GOOGLE_TIMEOUT_MS: '5000' });
  });
  afterEach(() => standIn.stop());

  const occurredAt = '2026-11-18T12:00:00.000Z';
  const correct = async (kind: Correction['kind'], minutes: number, amount: string | null, originals: Conversion[]) => {
    const route = platform.corrections?.[kind] as Route<unknown>;
    const items = originals.map((original) => {
      const correctedAt = new Date(Date.parse('2026-11-19T12:00:00.000Z') + minutes * 60_000).toISOString();
      const value = amount === null ? null : { amount, currency: 'USD' };
      const mapped = route.toItem({ ...original, value, correction: { kind, of: original.eventId, sequence: 1, correctedAt } }, now);
      if (!mapped.ok) throw new Error(mapped.outcome.reason);
      return mapped.item;
    });
    const { outcomes } = await isolate(items, (part) => route.upload(account, part));
    return outcomes.map((outcome) => (outcome.kind === 'delivered' ? 'delivered' : `${outcome.kind} ${outcome.code}`));
  };

  it('restates and retracts by the id of the original, each row with its own ending', async () => {
    const [one, other, unknown] = [buildConversion({ occurredAt }), buildConversion({ occurredAt }), buildConversion({ occurredAt })];
    expect(kindsOf((await send([one, other])).outcomes)).toEqual({ delivered: 2 });
    expect(await correct('restatement', 5, '50.00', [unknown, one, other])).toEqual([
      'later CONVERSION_NOT_FOUND',
      'delivered',
      'delivered',
    ]);
    expect(await correct('restatement', 5, '50.00', [one])).toEqual(['duplicate RESTATEMENT_ALREADY_EXISTS']);
    expect(await correct('restatement', 4, '40.00', [one])).toEqual(['duplicate MORE_RECENT_RESTATEMENT_FOUND']);
    expect(await correct('retraction', 6, null, [other])).toEqual(['delivered']);
    expect(await correct('retraction', 6, null, [one, other])).toEqual(['delivered', 'duplicate CONVERSION_ALREADY_RETRACTED']);
    expect(standIn.accepted.list()).toEqual([
      expect.objectContaining({
        eventId: one.eventId,
        value: '50',
        isRetracted: true,
        history: [expect.objectContaining({ value: '12.34' })],
      }),
      expect.objectContaining({ eventId: other.eventId, value: '50', isRetracted: true }),
    ]);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 0, restated: 0, retracted: 2 });
  });
});
