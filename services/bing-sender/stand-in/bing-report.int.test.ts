import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { deliverBatch, MemoryLanes, type Platform } from '@waybill/shared/sender';
import { createLogger, type Logger } from '@waybill/shared/telemetry';
import { buildConversion, MemoryLedger } from '@waybill/shared/testing';
import { z } from 'zod';
import { bingSettings } from '../src/config.ts';
import { connectBing } from '../src/platform.ts';
import type { OfflineConversionAdjustment } from '../src/to-adjustment.ts';
import type { OfflineConversion } from '../src/to-offline-conversion.ts';
import { type BingStandIn, type BingStandInOptions, startBingStandIn } from './bing.ts';

type BingPlatform = Platform<OfflineConversion, OfflineConversionAdjustment>;

const now = new Date('2026-11-20T12:00:00.000Z');
const today = new Date().toISOString().slice(0, 10);
const account = '140000001';
const hash = 'a'.repeat(64);

const conversion = (n: number, changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({
    ...{ platform: 'bing', account, action: 'Paid', eventId: `cv_${String(n).padStart(10, '0')}` },
    click: { kind: 'msclkid', id: n.toString(16).padStart(32, '0'), clickedAt: '2026-11-18T09:00:00.000Z' },
    ...changes,
  });

let folder: string;
let standIn: BingStandIn;
let stops: (() => Promise<void>)[];
/** What was told to whoever is on call. */
let alerts: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bing-report-'));
  stops = [];
  alerts = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<BingStandInOptions> = {}): Promise<BingStandIn> {
  standIn = await startBingStandIn({ port: 0, now: () => now, ...options });
  stops.push(() => standIn.stop());
  return standIn;
}

/** A logger that prints nothing and keeps its alerts. */
function keepingLogger(): Logger {
  const log = createLogger('test', 'silent');
  log.error = ((line: { alert: { detail: string } }) => void alerts.push(line.alert.detail)) as Logger['error'];
  return log;
}

function connect(url: string, actions: Record<string, string | null> = {}, settings: Record<string, string> = {}): Promise<BingPlatform> {
  const file = join(folder, 'destinations.json');
  const credentials = { customerId: '1', developerToken: 'local', clientId: 'local', clientSecret: 'local', refreshToken: 'local' };
  writeFileSync(file, JSON.stringify({ bing: { accounts: { [account]: { actions, credentials } } } }));
  const given = { DESTINATIONS_FILE: file, MICROSOFT_CAMPAIGN_URL: url, MICROSOFT_OAUTH_TOKEN_URL: standIn.tokenUrl, ...settings };
  return connectBing(z.object(bingSettings).parse(given), keepingLogger());
}

const send = (platform: BingPlatform, ...conversions: Conversion[]) =>
  platform.upload(
    account,
    conversions.map((one) => {
      const mapped = platform.toItem(one, now);
      if (!mapped.ok) throw new Error(mapped.outcome.reason);
      return mapped.item;
    }),
  );

const fetchReport = async (platform: BingPlatform, from = today) => {
  if (platform.readBack?.kind !== 'by-day') throw new Error('there is no report');
  return platform.readBack.fetchReport(account, from, today);
};

/** What was counted on the days when anything came, as text. */
async function counted(platform: BingPlatform, from = today): Promise<string[]> {
  const told = await fetchReport(platform, from);
  if (told.kind !== 'told') throw new Error(told.kind);
  return told.counts
    .filter((count) => count.counted > 0 || count.reasons.length > 0)
    .map(({ action, counted: count, reasons }) => [`${action} ${count}`, ...reasons.map((one) => `${one.count} ${one.code}`)].join(', '));
}

describe('The goals of an account that do not fit', () => {
  const goals = [
    { name: 'Paid', isEnhancedConversionsEnabled: false, conversionWindowInMinutes: 7 * 24 * 60 },
    { name: 'Lead', isPaused: true },
  ];

  it('are told by account and goal, before anything is sent, and nothing stops for them', async () => {
    await start({ goals, isTagging: false });
    const platform = await connect(standIn.url, { 'bing.lead': 'Lead', 'bing.demo': 'Demo', 'bing.paid': 'Paid' });
    expect((await fetchReport(platform)).kind).toBe('told');
    expect(alerts).toEqual([
      expect.stringMatching(/^goal Lead of account 140000001: the goal is paused/),
      expect.stringMatching(/^goal Demo of account 140000001: the account has no offline conversion goal/),
      expect.stringMatching(/^auto-tagging of msclkid is off in account 140000001/),
    ]);
  });

  it('are told as they are used: for the hashes that come, and for the time since the click', async () => {
    await start({ goals });
    const platform = await connect(standIn.url);
    await fetchReport(platform);
    expect(alerts).toEqual([]);
    await send(platform, conversion(1, { person: { email: [hash], phone: [] } }));
    await fetchReport(platform);
    const click = { kind: 'msclkid', id: 'b'.repeat(32), clickedAt: '2026-11-09T10:00:00.000Z' };
    const other = await connect(standIn.url);
    await send(other, conversion(2, { click }));
    await fetchReport(other);
    expect(alerts).toEqual([
      expect.stringMatching(/^goal Paid of account 140000001: the goal does not take hashes and conversions with hashes come/),
      expect.stringMatching(/^goal Paid of account 140000001: conversions come up to 10 days after their click and the goal's window is 7/),
    ]);
  });

  it('are not missed because Microsoft could not look at what was sent to them', async () => {
    await start();
    const platform = await connect(standIn.url);
    standIn.arm({ kind: 'throttled' });
    await send(platform, conversion(1));
    await fetchReport(platform);
    expect(alerts).toEqual([]);
  });

  it('are told where they are paused, and nothing of theirs is counted, though Microsoft takes it', async () => {
    await start({ goals });
    const platform = await connect(standIn.url);
    expect(await send(platform, conversion(1, { action: 'Lead' }))).toMatchObject({ outcomes: [{ kind: 'delivered' }] });
    expect(await counted(platform)).toEqual(['Lead 0, 1 GoalNotFoundOrInactive']);
    expect(alerts).toEqual([expect.stringMatching(/^goal Lead of account 140000001: the goal is paused/)]);
  });

  it('are none where all is well', async () => {
    await start();
    const platform = await connect(standIn.url);
    await send(platform, conversion(1));
    await fetchReport(platform);
    expect(alerts).toEqual([]);
  });
});

describe('What Microsoft counted', () => {
  it('is known after a restart of the stand-in, day and all', async () => {
    await start({ folder });
    await send(await connect(standIn.url), conversion(1), conversion(2));
    await standIn.stop();
    await start({ folder });
    const platform = await connect(standIn.url);
    await send(platform, conversion(2), conversion(3));
    expect(await counted(platform)).toEqual(['Paid 3, 1 DuplicateConversionKey']);
  });

  it('is without the conversions whose click it does not know, though it took them', async () => {
    await start({ clickedAt: (clickId) => (clickId.endsWith('1') ? new Date('2026-11-18T09:00:00.000Z') : null) });
    const platform = await connect(standIn.url);
    expect(await send(platform, conversion(1), conversion(2))).toMatchObject({ outcomes: [{ kind: 'delivered' }, { kind: 'delivered' }] });
    expect(await counted(platform)).toEqual(['Paid 1, 1 NoMatchingClickFound']);
  });

  it('is read for more goals and days than it tells at once', async () => {
    const goals = Array.from({ length: 101 }, (_, n) => ({ name: `goal ${n}` }));
    await start({ goals });
    const platform = await connect(standIn.url);
    await send(platform, conversion(1, { action: 'goal 0' }), conversion(2, { action: 'goal 100' }));
    const from = new Date(Date.parse(today) - 9 * 86_400_000).toISOString().slice(0, 10);
    const before = standIn.requests();
    const told = await fetchReport(platform, from);
    expect(told.kind === 'told' && told.counts.length).toBe(1_010);
    // Goals, tagging, and two stretches of days for each of two parts of the goals.
    expect(standIn.requests() - before).toBe(6);
    expect(await counted(platform, from)).toEqual(['goal 0 1', 'goal 100 1']);
  });

  it('is not taken for nothing where it cannot be told of a goal', async () => {
    await start({ goals: [{ name: 'Paid', isUntold: true }, { name: 'Lead' }] });
    const platform = await connect(standIn.url);
    await send(platform, conversion(1), conversion(2, { action: 'Lead' }));
    const told = await fetchReport(platform);
    expect(told.kind === 'told' && told.counts.map(({ action, counted: count }) => [action, count])).toEqual([['Lead', 1]]);
    expect(alerts).toEqual([expect.stringMatching(/could not tell what it counted of goal Paid of account 140000001: InternalError/)]);
  });

  it('is asked for in vain without a good developer token, and the code is told', async () => {
    await start({ application: { clientId: 'local', clientSecret: 'local', refreshToken: 'local', developerToken: 'another' } });
    expect(await fetchReport(await connect(standIn.url))).toEqual({
      kind: 'unknown',
      problem: expect.stringMatching(/^ConversionGoals\/QueryByIds: 105: Microsoft refused/),
    });
  });
});

describe('A retraction', () => {
  const correct = (platform: BingPlatform) => {
    const original = conversion(1);
    const correction = { kind: 'retraction', of: original.eventId, sequence: 1, correctedAt: '2026-11-20T11:00:00.000Z' } as const;
    const mapped = platform.corrections?.retraction.toItem({ ...original, eventId: 'cv_000000000a1', correction }, now);
    if (mapped?.ok !== true) throw new Error('a good retraction was refused');
    return platform.corrections?.retraction.upload(account, [mapped.item]);
  };

  it('that is repeated because its answer was lost is taken again, and the report tells that it was one too many', async () => {
    await start();
    const platform = await connect(standIn.url);
    await send(platform, conversion(1));
    expect(await correct(platform)).toMatchObject({ outcomes: [{ kind: 'delivered' }] });
    expect(await correct(platform)).toMatchObject({ outcomes: [{ kind: 'delivered' }] });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 0, retracted: 1 });
    expect(await counted(platform)).toEqual(['Paid 1, 1 ConversionAlreadyRetracted']);
  });

  it('of what Microsoft does not have is taken, and the report tells', async () => {
    await start();
    const platform = await connect(standIn.url);
    expect(await correct(platform)).toMatchObject({ outcomes: [{ kind: 'delivered' }] });
    await send(platform, conversion(2));
    expect(await counted(platform)).toEqual(['Paid 1, 1 AdjustmentOriginalNotFound']);
  });

  it('that Microsoft refuses says that an attempt whose answer was lost may have done it', async () => {
    await start();
    const platform = await connect(standIn.url);
    standIn.arm({ kind: 'adjustment-refused' });
    expect(await correct(platform)).toMatchObject({
      outcomes: [
        { kind: 'rejected', code: '5627', reason: expect.stringMatching(/retracted already, by an attempt whose answer was lost/) },
      ],
    });
  });
});

describe('A request that is made again', () => {
  it('is the same to the byte, whenever it is made', async () => {
    await start();
    const bodies: string[] = [];
    const server: Server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        bodies.push(body);
        if (bodies.length < 3) return void response.destroy();
        response.writeHead(200, { TrackingId: 't' }).end('{"PartialErrors":null}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => server.close(() => resolve())));
    const platform = await connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

    let nowMs = now.getTime();
    const clock = { now: () => new Date(nowMs) };
    const delivery = { platform, ledger: new MemoryLedger(() => nowMs, 60), lanes: new MemoryLanes(() => nowMs), clock };
    const click = { kind: 'msclkid', id: '_uetF894F652ea334e739002f7167ab8f8e3-1', clickedAt: '2026-11-18T09:00:00.000Z' };
    const one = conversion(1, { click, person: { email: [hash], phone: [hash] } });
    const kinds: unknown[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      kinds.push((await deliverBatch(delivery, account, [structuredClone(one)])).counts);
      nowMs += 3_600_123;
    }
    expect(kinds).toEqual([{ retry: 1 }, { retry: 1 }, { delivered: 1 }]);
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0] as string)).toEqual({
      OfflineConversions: [
        {
          ...{ MicrosoftClickId: 'f894f652ea334e739002f7167ab8f8e3', ConversionName: 'Paid', ConversionTime: '2026-11-19T10:00:00.000Z' },
          ...{ ConversionValue: 12.34, ConversionCurrencyCode: 'USD', HashedEmailAddress: hash, HashedPhoneNumber: hash },
        },
      ],
    });
  });

  it('ends within its deadline when the answer trickles, and is one conversion for Microsoft', async () => {
    await start();
    const platform = await connect(standIn.url, {}, { MICROSOFT_TIMEOUT_MS: '300' });
    await send(platform, conversion(1));
    standIn.arm({ kind: 'slow-trickle', ms: 3_000 });
    expect(await send(platform, conversion(2))).toMatchObject({ outcome: { kind: 'retry', code: 'TIMEOUT' } });
    expect(await send(platform, conversion(2))).toMatchObject({ outcomes: [{ kind: 'delivered' }] });
    expect(standIn.accepted.counts()).toMatchObject({ accepted: 2, duplicates: 1 });
  });
});
