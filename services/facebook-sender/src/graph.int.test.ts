import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { createLogger } from '@waybill/shared/telemetry';
import { buildConversion } from '@waybill/shared/testing';
import { z } from 'zod';
import { facebookSettings } from './config.ts';
import { type FacebookEvent, toEvent } from './to-event.ts';

const listenersBefore = process.listeners('uncaughtException');
const { connectGraph } = await import('./graph.ts');

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  text: string;
}

const now = new Date('2026-11-20T12:00:00.000Z');
const hash = (letter: string): string => letter.repeat(64);
let server: Server;
let seen: Seen[];
/** What the server does with the next request instead of answering. */
let breakNext: boolean;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    seen.push({ method: request.method, url: request.url, headers: request.headers, body: JSON.parse(text), text });
    if (breakNext) return void response.destroy();
    response.writeHead(400, {
      ...{ 'x-business-use-case-usage': '{"1":[]}', 'x-app-usage': '{"call_count":7}', 'x-ad-account-usage': '{"reset_time_duration":9}' },
    });
    response.end('as it is');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  seen = [];
  breakNext = false;
});

function connect(settings: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo;
  const given = { DESTINATIONS_FILE: 'unused.json', FACEBOOK_GRAPH_URL: `http://127.0.0.1:${port}/`, ...settings };
  return connectGraph(z.object(facebookSettings).parse(given), createLogger('test', 'silent'));
}

function eventOf(changes: Partial<Conversion> = {}): FacebookEvent {
  const click = { kind: 'fbclid', id: 'IwAR0_Ab', clickedAt: '2026-11-18T09:00:00.000Z' };
  const mapped = toEvent(buildConversion({ platform: 'facebook', eventId: 'cv_0000000001', action: 'Purchase', click, ...changes }), now);
  if (!mapped.ok) throw new Error(mapped.outcome.reason);
  return mapped.item;
}

const everything: Partial<Conversion> = {
  person: {
    email: [hash('a'), hash('b')],
    phone: [hash('c')],
    firstName: hash('d'),
    lastName: hash('e'),
    city: hash('f'),
    state: hash('0'),
    zip: hash('1'),
    country: hash('2'),
    externalId: hash('3'),
  },
  browser: {
    fbp: 'fb.1.1795000000000.1',
    fbc: null,
    ipAddress: '203.0.113.7',
    userAgent: 'Mozilla/5.0 (X11)',
    sourceUrl: 'https://Example.com/Pricing',
  },
  consent: { adUserData: 'granted', adPersonalization: 'granted', limitedDataUse: { country: 0, state: 0 } },
};

describe('A request to Graph', () => {
  it('carries each value as it is: hashes are not hashed again, nothing empty is sent, the token is in the header alone', async () => {
    await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf(everything), eventOf({ value: null, action: 'Signup11' })]);
    expect(seen).toHaveLength(1);
    const [{ method, url, headers, body }] = seen as [Seen];
    expect({ method, url }).toEqual({ method: 'POST', url: '/v26.0/77/events' });
    expect(headers.authorization).toBe('Bearer TOKEN_A');
    expect(JSON.stringify(body)).not.toContain('TOKEN_A');
    const fbc = `fb.1.${Date.parse('2026-11-18T09:00:00.000Z')}.IwAR0_Ab`;
    const event_time = Date.parse('2026-11-19T10:00:00.000Z') / 1_000;
    expect(body).toEqual({
      data: [
        {
          event_name: 'Purchase',
          event_id: 'cv_0000000001',
          event_time,
          action_source: 'website',
          event_source_url: 'https://Example.com/Pricing',
          user_data: {
            em: [hash('a'), hash('b')],
            ph: [hash('c')],
            fn: [hash('d')],
            ln: [hash('e')],
            ct: [hash('f')],
            st: [hash('0')],
            zp: [hash('1')],
            country: [hash('2')],
            external_id: [hash('3')],
            fbc,
            fbp: 'fb.1.1795000000000.1',
            client_ip_address: '203.0.113.7',
            client_user_agent: 'Mozilla/5.0 (X11)',
          },
          custom_data: { value: 12.34, currency: 'USD' },
          data_processing_options: ['LDU'],
          data_processing_options_country: 0,
          data_processing_options_state: 0,
        },
        {
          ...{ event_name: 'Signup11', event_id: 'cv_0000000001', event_time, action_source: 'system_generated', user_data: { fbc } },
          data_processing_options: [],
        },
      ],
    });
  });

  it('hands its answer on unjudged, with the headers that tell when to call again', async () => {
    expect(await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf()])).toEqual({
      kind: 'answered',
      status: 400,
      body: 'as it is',
      businessUsage: '{"1":[]}',
      appUsage: '{"call_count":7}',
      adAccountUsage: '{"reset_time_duration":9}',
    });
  });

  it('carries a lead id in all its digits, as a number, and the tool that the lead is handled in', async () => {
    const lead = eventOf({ person: { email: [], phone: [], leadId: '12345678901234567' } });
    await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf(), lead]);
    expect(seen[0]?.text).toContain('"lead_id":12345678901234567');
    expect(seen[0]?.text.match(/lead_id/g)).toHaveLength(1);
    expect(seen[0]?.body.data).toEqual([
      expect.not.objectContaining({ action_source: 'website' }),
      expect.objectContaining({
        action_source: 'system_generated',
        custom_data: { value: 12.34, currency: 'USD', event_source: 'crm', lead_event_source: 'Waybill' },
      }),
    ]);
  });

  it('says nothing of limited data use where the person has not granted the use', async () => {
    const consent = { adUserData: 'unknown', adPersonalization: 'unknown', limitedDataUse: null } as const;
    await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf({ consent })]);
    expect(seen[0]?.text).not.toContain('data_processing_options');
  });

  it('carries the event id as order id too where it happened in a shop', async () => {
    const shop = toEvent(
      buildConversion({ platform: 'facebook', eventId: 'cv_0000000009', click: null, ...everything, value: null }),
      now,
      {
        actionSource: 'physical_store',
      },
    );
    if (!shop.ok) throw new Error(shop.outcome.reason);
    await connect()('77', { accessToken: 'TOKEN_A' }, [shop.item]);
    expect(seen[0]?.body.data).toEqual([
      expect.objectContaining({ action_source: 'physical_store', event_id: 'cv_0000000009', custom_data: { order_id: 'cv_0000000009' } }),
    ]);
  });

  it('carries a test code only where the account has one', async () => {
    await connect()('tests', { accessToken: 'TOKEN_A', pixelId: '77', testEventCode: 'TEST1' }, [eventOf()]);
    await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf()]);
    expect(seen.map(({ url, body }) => [url, body.test_event_code])).toEqual([
      ['/v26.0/77/events', 'TEST1'],
      ['/v26.0/77/events', undefined],
    ]);
  });

  it('goes to the version that the setting names', async () => {
    await connect({ FACEBOOK_GRAPH_VERSION: 'v27.0' })('77', { accessToken: 'TOKEN_A' }, [eventOf()]);
    expect(seen[0]?.url).toBe('/v27.0/77/events');
  });

  it('is signed where the pixel has an app secret, which itself stays here', async () => {
    await connect()('77', { accessToken: 'TOKEN_A', appSecret: 'SECRET_A' }, [eventOf()]);
    expect(seen[0]?.body.appsecret_proof).toBe(createHmac('sha256', 'SECRET_A').update('TOKEN_A').digest('hex'));
    expect(JSON.stringify(seen)).not.toContain('SECRET_A');
  });

  it('of one pixel never carries the token of another, however they overlap', async () => {
    const send = connect();
    const pixels = Array.from({ length: 20 }, (_, n) => String(100 + (n % 2)));
    await Promise.all(pixels.map((pixel) => send(pixel, { accessToken: `TOKEN_${pixel}` }, [eventOf()])));
    expect(seen).toHaveLength(20);
    for (const { url, headers, body } of seen) {
      expect(headers.authorization).toBe(`Bearer TOKEN_${url?.split('/')[2]}`);
      expect(`${url} ${JSON.stringify(body)}`).not.toContain('TOKEN');
    }
  });

  it('that breaks tells its kind alone: no token, no identifier', async () => {
    breakNext = true;
    const reply = await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf(everything)]);
    expect(reply).toEqual({ kind: 'unanswered', code: expect.stringMatching(/^[A-Z_]+$/) });
  });

  it('is not made when the SDK throws on a value; the event at fault is named', async () => {
    const strange = eventOf({ value: { amount: '1.00', currency: 'QQQ' } });
    expect(await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf(), strange, eventOf()])).toEqual({
      kind: 'unsent',
      unbuildable: [1],
    });
    expect(seen).toEqual([]);
  });

  it("leaves the process's crashes to the process", async () => {
    await connect()('77', { accessToken: 'TOKEN_A' }, [eventOf()]);
    expect(process.listeners('uncaughtException')).toEqual(listenersBefore);
  });
});
