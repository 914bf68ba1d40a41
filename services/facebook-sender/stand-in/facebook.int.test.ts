import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { deliverBatch, isolate, MemoryLanes, type Platform } from '@waybill/shared/sender';
import type { StandIn } from '@waybill/shared/stand-in';
import { createLogger } from '@waybill/shared/telemetry';
import { buildConversion, MemoryLedger } from '@waybill/shared/testing';
import { describeSenderContract } from '@waybill/shared/testing/sender-contract';
import { z } from 'zod';
import { facebookSettings } from '../src/config.ts';
import { connectFacebook } from '../src/platform.ts';
import type { FacebookEvent } from '../src/to-event.ts';
import { type FacebookStandIn, type FacebookStandInOptions, startFacebookStandIn } from './facebook.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const pixel = '1459709444231724';
const otherPixel = '1459709444231725';
const timeoutMs = 1_000;

const facebookConversion = (n: number, changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({
    platform: 'facebook',
    account: pixel,
    action: 'Purchase',
    eventId: `cv_${String(n).padStart(10, '0')}`,
    click: { kind: 'fbclid', id: `IwAR${n}_-aB`, clickedAt: '2026-11-18T09:00:00.000Z' },
    ...changes,
  });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'facebook-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const startStandIn = (options: Partial<FacebookStandInOptions> = {}) => startFacebookStandIn({ port: 0, now: () => now, ...options });

type CredentialsByPixel = Record<string, Record<string, unknown>>;

function connect(
  standIn: StandIn,
  credentials: CredentialsByPixel = { [pixel]: { accessToken: 'local' } },
  settings: Record<string, string> = {},
) {
  const file = join(folder, 'destinations.json');
  const accounts = Object.fromEntries(Object.entries(credentials).map(([id, given]) => [id, { actions: {}, credentials: given }]));
  writeFileSync(file, JSON.stringify({ facebook: { accounts } }));
  const given = { DESTINATIONS_FILE: file, FACEBOOK_GRAPH_URL: standIn.url, FACEBOOK_TIMEOUT_MS: timeoutMs, ...settings };
  return connectFacebook(z.object(facebookSettings).parse(given), createLogger('test', 'silent'));
}

describeSenderContract('facebook', {
  start: async () => {
    const standIn = await startStandIn();
    return { platform: await connect(standIn), standIn, stop: () => standIn.stop() };
  },
  timeoutMs,
  account: pixel,
  now,
  conversion: facebookConversion,
  corrects: false,
  renewsTokens: false,
  spoiled: [
    {
      sentence: 'an age that only Meta notices',
      spoil: (item) => ({ ...item, eventTime: item.eventTime - 30 * 86_400 }),
      code: '100/2804003',
    },
    { sentence: 'a malformed fbc', spoil: (item) => ({ ...item, user: { ...item.user, fbc: 'fb.1.x' } }), code: '100/2804001' },
    { sentence: 'a missing value', spoil: (item) => ({ ...item, value: null }), code: '100/2804009' },
    { sentence: 'a person who is nobody', spoil: (item) => ({ ...item, user: { ...item.user, fbc: null } }), code: '100/2804050' },
    {
      sentence: 'a currency on which the SDK throws',
      spoil: (item) => ({ ...item, value: { amount: 1, currency: 'QQQ' } }),
      code: 'EVENT_UNBUILDABLE',
    },
    {
      sentence: 'an e-mail that is not one, on which the SDK throws',
      spoil: (item) => ({ ...item, user: { ...item.user, emails: ['nobody'] } }),
      code: 'EVENT_UNBUILDABLE',
    },
  ],
});

describe('The facebook sender', () => {
  let standIn: FacebookStandIn;

  beforeEach(async () => {
    standIn = await startStandIn({ tokens: { [pixel]: 'TOKEN_A', [otherPixel]: 'TOKEN_B' } });
  });
  afterEach(() => standIn.stop());

  const tokens = { [pixel]: { accessToken: 'TOKEN_A' }, [otherPixel]: { accessToken: 'TOKEN_B', appSecret: null } };
  const item = (platform: Platform<FacebookEvent>, n = 1, changes: Partial<Conversion> = {}): FacebookEvent => {
    const mapped = platform.toItem(facebookConversion(n, changes), now);
    if (!mapped.ok) throw new Error(mapped.outcome.reason);
    return mapped.item;
  };
  const sendOne = async (platform: Platform<FacebookEvent>, n = 1) => {
    const answer = await platform.upload(pixel, [item(platform, n)]);
    return answer.kind === 'answered' ? answer.outcomes[0] : answer.outcome;
  };

  it('delivers what the platform shows: event, id, click, time and value, and its trace', async () => {
    const platform = await connect(standIn, tokens);
    expect(await sendOne(platform, 7)).toEqual({ kind: 'delivered', reference: expect.stringMatching(/^[\w-]{12}$/) });
    expect(standIn.accepted.list()).toEqual([
      expect.objectContaining({
        account: pixel,
        action: 'Purchase',
        eventId: 'cv_0000000007',
        clickId: 'IwAR7_-aB',
        occurredAt: '2026-11-19T10:00:00.000Z',
        value: '12.34',
        currency: 'USD',
      }),
    ]);
    expect(standIn.accepted.tokensInUrl).toBe(0);
  });

  it('finds the bad event of a thousand that nobody names in 21 calls', async () => {
    const platform = await connect(standIn, tokens);
    const batch = Array.from({ length: 1_000 }, (_, n) => item(platform, n));
    batch[700] = { ...(batch[700] as FacebookEvent), value: null };
    const { outcomes, calls } = await isolate(batch, (part) => platform.upload(pixel, part));
    expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(999);
    expect(calls).toBeLessThanOrEqual(21);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 999, duplicates: 0 });
  });

  it('shows each pixel its own token, while both are called', async () => {
    const platform = await connect(standIn, tokens);
    const pixels = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? pixel : otherPixel));
    const answers = await Promise.all(pixels.map((each, n) => platform.upload(each, [item(platform, n)])));
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['answered']));
    expect(standIn.accepted.counts().byAction.map(({ account, accepted }) => [account, accepted])).toEqual([
      [pixel, 10],
      [otherPixel, 10],
    ]);
  });

  it('asks somebody to mend a token that is wrong, and shows it to nobody', async () => {
    const platform = await connect(standIn, { [pixel]: { accessToken: 'TOKEN_B' } });
    const outcome = await sendOne(platform);
    expect(outcome).toMatchObject({ kind: 'config', code: '190' });
    expect(JSON.stringify(outcome)).not.toContain('TOKEN');
  });

  it('asks somebody to configure a pixel that it does not know', async () => {
    const platform = await connect(standIn, tokens);
    expect(await platform.upload('999', [item(platform)])).toMatchObject({
      kind: 'refused',
      outcome: { kind: 'config', code: 'PIXEL_UNKNOWN' },
    });
    expect(standIn.requests()).toBe(0);
  });

  it('waits for as many minutes as Meta says', async () => {
    const platform = await connect(standIn, tokens);
    standIn.arm({ kind: 'throttled', ms: 180_000 });
    expect(await sendOne(platform)).toMatchObject({ kind: 'throttled', code: '80004/2446079', afterMs: 180_000 });
  });

  it('rests for as long as Meta asks beside an answer of success', async () => {
    const platform = await connect(standIn, tokens);
    let nowMs = 0;
    const [ledger, lanes] = [new MemoryLedger(() => nowMs, 60), new MemoryLanes(() => nowMs)];
    const deliver = async (account: string, n: number) => {
      const delivery = { platform, ledger, lanes, clock: { now: () => now } };
      const { counts, alert } = await deliverBatch(delivery, account, [facebookConversion(n, { account })]);
      return { counts, alert };
    };
    standIn.arm({ kind: 'used-up', ms: 180_000 });
    const rest = expect.objectContaining({ kind: 'throttled', code: 'USAGE' });
    expect(await deliver(pixel, 1)).toEqual({ counts: { delivered: 1 }, alert: rest });
    nowMs = 179_000;
    expect(await deliver(pixel, 2)).toEqual({ counts: { throttled: 1 }, alert: null });
    expect(standIn.requests()).toBe(1);
    expect(await deliver(otherPixel, 3)).toEqual({ counts: { delivered: 1 }, alert: null });
    nowMs = 180_000;
    expect(await deliver(pixel, 4)).toEqual({ counts: { delivered: 1 }, alert: null });
  });

  it('is served by another version all the same, and ends with a reason where that is no longer served', async () => {
    standIn.arm({ kind: 'upgraded' });
    expect(await sendOne(await connect(standIn, tokens))).toMatchObject({ kind: 'delivered' });
    const old = await connect(standIn, tokens, { FACEBOOK_GRAPH_VERSION: 'v20.0' });
    expect(await sendOne(old)).toMatchObject({ kind: 'config', code: '2635', reason: expect.stringContaining('FACEBOOK_GRAPH_VERSION') });
  });

  it('keeps a lead id in all its digits up to Meta', async () => {
    const platform = await connect(standIn, tokens);
    const lead = (leadId: string) => item(platform, 1, { click: null, person: { email: [], phone: [], leadId } });
    expect(await platform.upload(pixel, [lead('12345678901234567')])).toMatchObject({ kind: 'answered' });
    expect(await platform.upload(pixel, [lead('123')])).toMatchObject({ outcome: { kind: 'rejected', code: '100/2804036' } });
  });

  it('ends within its deadline when the answer trickles', async () => {
    const platform = await connect(standIn, tokens, { FACEBOOK_TIMEOUT_MS: '200' });
    standIn.arm({ kind: 'slow-trickle', ms: 2_000 });
    expect(await sendOne(platform)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
  });

  it('marks events as tests on the lane of an account that is for nothing else', async () => {
    const accounts = { ...tokens, 'tests of the shop': { accessToken: 'TOKEN_A', pixelId: pixel, testEventCode: 'TEST12345' } };
    const platform = await connect(standIn, accounts);
    await platform.upload(pixel, [item(platform, 1)]);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 1, testEvents: 0 });
    await platform.upload('tests of the shop', [item(platform, 2)]);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 2, testEvents: 1 });
    expect(standIn.accepted.counts().byAction).toEqual([expect.objectContaining({ account: pixel, accepted: 2 })]);
  });

  it.each([
    [
      'an account called by its pixel',
      { [pixel]: { accessToken: 'x', testEventCode: 'TEST1' } },
      /give test events an account of their own/,
    ],
    [
      'one that is given its own name',
      { [pixel]: { accessToken: 'x', pixelId: pixel, testEventCode: 'TEST1' } },
      /an account of their own/,
    ],
    ['a code that is none', { tests: { accessToken: 'x', pixelId: pixel, testEventCode: 'on' } }, /must be like TEST12345/],
  ])('does not start with test events on %s', async (_what, accounts, message) => {
    await expect(connect(standIn, accounts)).rejects.toThrow(message);
  });

  it('holds every event of a request of which Meta received one less', async () => {
    const platform = await connect(standIn, tokens);
    standIn.arm({ kind: 'short-count' });
    const batch = Array.from({ length: 5 }, (_, n) => item(platform, n));
    const { outcomes, calls } = await isolate(batch, (part) => platform.upload(pixel, part));
    expect(outcomes).toEqual(batch.map(() => expect.objectContaining({ kind: 'held', code: 'EVENTS_RECEIVED' })));
    expect(outcomes[0]).toMatchObject({ reason: expect.stringContaining('received 4 of 5 events') });
    expect(calls).toBe(1);
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 4 });
  });

  it('ends within its deadline when Meta says nothing', async () => {
    const platform = await connect(standIn, tokens, { FACEBOOK_TIMEOUT_MS: '200' });
    standIn.arm({ kind: 'latency', ms: 600 });
    expect(await sendOne(platform)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 0 });
  });

  it('ends with a reason when nobody is there', async () => {
    const platform = await connect(standIn, tokens);
    await standIn.stop();
    expect(await sendOne(platform)).toMatchObject({ kind: 'retry', code: 'ECONNREFUSED' });
  });

  it('does not start with credentials that do not fit, and shows none of them', async () => {
    const connecting = connect(standIn, { [pixel]: { accessToken: 'hush hush' }, pixel7: { appSecret: 'hush' } });
    await expect(connecting).rejects.toThrow(
      /facebook 1459709444231724: credentials\.accessToken: must be text without spaces\n.*pixel7: the pixel id must be digits, or be given as pixelId\n.*pixel7: credentials\.accessToken/,
    );
    await expect(connecting).rejects.not.toThrow(/hush/);
  });
});

describe("Meta's stand-in on the wire", () => {
  let clock: Date;
  let standIn: FacebookStandIn;

  beforeEach(async () => {
    clock = now;
    standIn = await startStandIn({ folder, now: () => clock });
  });
  afterEach(() => standIn.stop());

  const event = {
    event_name: 'Signup11',
    event_id: 'cv_1',
    event_time: now.getTime() / 1_000 - 60,
    action_source: 'system_generated',
    user_data: { em: ['a'.repeat(64)] },
  };
  const post = async (body: unknown, { path = `/v26.0/${pixel}/events`, headers = { Authorization: 'Bearer x' } as object } = {}) => {
    const response = await fetch(`${standIn.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as object };
  };

  it.each([
    ['a call without a token', { data: [event] }, { headers: {} }, 401, 190],
    ['a path that Graph does not know', { data: [event] }, { path: '/v26.0/me' }, 400, 2_500],
    ['a body that is no JSON', 'data', {}, 400, 100],
    ['a body without events', { events: [event] }, {}, 400, 100],
    ['more than a thousand events', { data: Array(1_001).fill(event) }, {}, 400, 100],
    ['an event of which Meta has too little', { data: [{ ...event, user_data: {} }] }, {}, 400, 100],
  ])('refuses %s', async (_, body, options, status, code) => {
    expect(await post(body, options)).toMatchObject({ status, body: { error: { type: 'OAuthException', code } } });
    expect(standIn.accepted.list()).toEqual([]);
  });

  it('refuses a token in the address and counts it where everybody sees', async () => {
    const path = `/v26.0/${pixel}/events?access_token=x`;
    expect(await post({ data: [event] }, { path })).toMatchObject({ status: 400, body: { error: { code: 190 } } });
    const shown = await fetch(`${standIn.url}/accepted`);
    expect(await shown.json()).toMatchObject({ accepted: 0, tokensInUrl: 1 });
  });

  it('takes a call without events as a test of the connection', async () => {
    expect(await post({ data: [] })).toMatchObject({ status: 200, body: { events_received: 0 } });
  });

  it('takes all events of a request or none', async () => {
    const { status } = await post({ data: [event, { ...event, event_id: 'cv_2', event_time: 1 }] });
    expect({ status, accepted: standIn.accepted.list() }).toEqual({ status: 400, accepted: [] });
  });

  it('counts an event id once for each event name and pixel, and events without an id always', async () => {
    await post({ data: [event, event, { ...event, event_name: 'Purchase', custom_data: { value: 1, currency: 'USD' } }] });
    await post({ data: [event] }, { path: `/v26.0/${otherPixel}/events` });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 3, duplicates: 1 });
    const { event_id, ...nameless } = event;
    expect(event_id).toBe('cv_1');
    await post({ data: [nameless, nameless] });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 5, duplicates: 1 });
  });

  const shop = { ...event, action_source: 'physical_store', custom_data: { order_id: 'o1', value: 1, currency: 'USD' } };
  it.each<[string, object, number]>([
    ['the same order at the same time, whatever its event id', { ...shop, event_id: 'cv_2' }, 1],
    ['another order', { ...shop, custom_data: { order_id: 'o2' } }, 2],
    ['another time', { ...shop, event_time: shop.event_time - 1 }, 2],
    ['another item of the order', { ...shop, custom_data: { order_id: 'o1', item_number: '2' } }, 2],
    ['the same event on the website', { ...event, event_source_url: 'https://example.com', action_source: 'website' }, 2],
  ])('tells events of a shop apart by time and order: %s', async (_sentence, second, accepted) => {
    await post({ data: [shop] });
    await post({ data: [second] });
    expect(standIn.accepted.counts()).toMatchObject({ accepted, duplicates: 2 - accepted });
  });

  it('tells events of a shop without an order apart by the person', async () => {
    const { custom_data: _, ...orderless } = shop;
    await post({ data: [orderless, { ...orderless, event_id: 'cv_2' }, { ...orderless, user_data: { em: ['b'.repeat(64)] } }] });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 2, duplicates: 1 });
  });

  it('knows an event for two days, after a restart too, and counts it anew then', async () => {
    await post({ data: [event] });
    await standIn.stop();
    standIn = await startStandIn({ folder, now: () => clock });
    clock = new Date(now.getTime() + 48 * 3_600_000);
    await post({ data: [event] });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 1, duplicates: 1 });
    clock = new Date(clock.getTime() + 1);
    await post({ data: [event] });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 2, duplicates: 1 });
  });
});
