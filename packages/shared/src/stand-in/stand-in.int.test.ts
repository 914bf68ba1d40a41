import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Accepted, type AcceptedConversion } from './accepted.ts';
import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from './stand-in.ts';

const toConversion = (key: string): AcceptedConversion => ({
  account: '1',
  action: 'Paid',
  key,
  eventId: key,
  clickId: null,
  occurredAt: '2026-11-19T10:00:00.000Z',
  value: '12.34',
  currency: 'USD',
});

/** A platform that takes the body as the key of one conversion; of /broken it makes nothing. */
const takeBody =
  (accepted: Accepted) =>
  async ({ url, body }: StandInRequest, lostRows: number): Promise<StandInAnswer> => {
    if (url.pathname === '/broken') throw new Error('a bug of the stand-in');
    if (lostRows === 0) accepted.take([toConversion(body)]);
    return { status: 200, headers: { 'x-taken': body }, body: { taken: body } };
  };

const start = (accepted: Accepted, port = 0): Promise<StandIn> =>
  startStandIn({
    name: 'example',
    port,
    accepted,
    handle: takeBody(accepted),
    isFaulty: ({ url }) => url.pathname !== '/token',
    faultAnswers: {
      throttled: { status: 429, body: { error: 'slow down' } },
      'come-back': ({ ms }, { body }) => ({ status: 429, body: { after: ms, for: body } }),
    },
  });

describe('The harness of stand-ins', () => {
  let accepted: Accepted;
  let standIn: StandIn;

  beforeEach(async () => {
    accepted = new Accepted();
    standIn = await start(accepted);
  });
  afterEach(() => standIn.stop());

  const send = (key: string, path = '/upload') => fetch(standIn.url + path, { method: 'POST', body: key });
  const statusOf = (key: string, path?: string) =>
    send(key, path).then(
      ({ status }) => status,
      () => 'broken off',
    );
  const control = (body: unknown) => fetch(`${standIn.url}/control/faults`, { method: 'POST', body: JSON.stringify(body) });

  it("gives the platform's answer, its headers too", async () => {
    const response = await send('a');
    expect([response.status, response.headers.get('x-taken'), response.headers.get('content-type')]).toEqual([
      200,
      'a',
      'application/json',
    ]);
    expect(await response.json()).toEqual({ taken: 'a' });
  });

  it('shows what it took in counts, and one by one when asked', async () => {
    await send('a');
    await send('a');
    await send('b');
    const counts = {
      platform: 'example',
      requests: 3,
      accepted: 2,
      duplicates: 1,
      restated: 0,
      retracted: 0,
      byAction: [{ account: '1', action: 'Paid', accepted: 2, value: '24.68' }],
    };
    expect(await (await fetch(`${standIn.url}/accepted`)).json()).toEqual(counts);
    expect(await (await fetch(`${standIn.url}/accepted?list=1`)).json()).toEqual({
      ...counts,
      list: [toConversion('a'), toConversion('b')],
    });
  });

  it.each([
    ['a connection that breaks before', { kind: 'reset-before' }, 'broken off', 0],
    ['a connection that breaks after', { kind: 'reset-after-accept' }, 'broken off', 1],
    ['a page of HTML', { kind: 'html' }, 502, 0],
    ['a bare status', { kind: 'status', status: 503 }, 503, 0],
    ['a bare status of no number', { kind: 'status' }, 500, 0],
    ['an answer of its own', { kind: 'throttled' }, 429, 0],
    ['a late answer', { kind: 'latency', ms: 20 }, 200, 1],
  ])('befalls one request with %s, and takes the next', async (_, fault, status, taken) => {
    standIn.arm(fault);
    expect(await statusOf('a')).toBe(status);
    expect(accepted.list()).toHaveLength(taken);
    expect(await statusOf('b')).toBe(200);
    expect(accepted.has('b')).toBe(true);
    expect(standIn.requests()).toBe(2);
  });

  it('befalls as many requests as it was told, in order, and spares those that are no uploads', async () => {
    standIn.arm({ kind: 'throttled', times: 2 });
    standIn.arm({ kind: 'status', status: 503 });
    const statuses: (number | string)[] = [];
    for (const path of ['/token', '/upload', '/token', '/upload', '/upload', '/upload']) statuses.push(await statusOf('a', path));
    expect(statuses).toEqual([200, 429, 200, 429, 503, 200]);
  });

  it('loses in silence what it answers success for', async () => {
    standIn.arm({ kind: 'lost-in-silence' });
    expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 200]);
    expect(accepted.list().map(({ key }) => key)).toEqual(['b']);
  });

  it('answers bit by bit, so that only a deadline for the whole answer ends it', async () => {
    standIn.arm({ kind: 'slow-trickle', ms: 60_000 });
    const response = await fetch(`${standIn.url}/upload`, { method: 'POST', body: 'a', signal: AbortSignal.timeout(300) });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow(/timeout|abort/i);
  });

  it('gives an answer of its own that is made of the fault and the request', async () => {
    standIn.arm({ kind: 'come-back', ms: 90_000 });
    expect(await (await send('a')).json()).toEqual({ after: 90_000, for: 'a' });
  });

  it('is made to misbehave over HTTP too', async () => {
    expect((await control({ kind: 'status', status: 503 })).status).toBe(200);
    expect(await statusOf('a')).toBe(503);
  });

  it.each([[{}], [{ kind: 'html', times: 0 }], [{ kind: 'status', status: 200 }], [{ kind: 'latency', ms: -1 }]])(
    'refuses the fault %j and goes on well',
    async (fault) => {
      expect((await control(fault)).status).toBe(400);
      expect(() => standIn.arm(fault as { kind: string })).toThrow();
      expect(await statusOf('a')).toBe(200);
    },
  );

  it('answers 500 where the stand-in itself has a bug', async () => {
    const response = await send('a', '/broken');
    expect([response.status, await response.json()]).toEqual([500, { error: 'Error: a bug of the stand-in' }]);
  });

  it('moves to a free port when its own is taken', async () => {
    const second = await start(new Accepted(), standIn.port);
    expect(second.port).not.toBe(standIn.port);
    expect(second.url).toBe(`http://127.0.0.1:${second.port}`);
    expect((await fetch(`${second.url}/accepted`)).status).toBe(200);
    await second.stop();
  });

  it('stops though a request still waits for its answer', async () => {
    standIn.arm({ kind: 'latency', ms: 500 });
    const waiting = statusOf('a');
    while (standIn.requests() === 0) await new Promise(setImmediate);
    await standIn.stop();
    expect(await waiting).toBe('broken off');
  });
});

describe('A stand-in on a file', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
    file = join(folder, 'new', 'example.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Starts on the file, sends the keys, and tells what is known when it has stopped. */
  const run = async (...keys: string[]) => {
    const accepted = new Accepted(file);
    const standIn = await start(accepted);
    for (const key of keys) await fetch(standIn.url, { method: 'POST', body: key });
    await standIn.stop();
    return { keys: accepted.list().map(({ key }) => key), duplicates: accepted.counts().duplicates };
  };

  it('knows after a restart what it took, value and all', async () => {
    await run('a', 'b');
    expect(await run('b', 'c')).toEqual({ keys: ['a', 'b', 'c'], duplicates: 1 });
    expect(new Accepted(file).list()).toEqual(['a', 'b', 'c'].map(toConversion));
  });

  it('writes each conversion once, whatever else comes with it', async () => {
    await run('a', 'a');
    new Accepted(file).take(['a', 'b', 'b'].map(toConversion));
    const lines = ['a', 'b'].map((key) => `${JSON.stringify(toConversion(key))}\n`);
    expect(readFileSync(file, 'utf8')).toBe(lines.join(''));
  });

  it('starts on a file whose last line a kill cut off, without that conversion', async () => {
    await run('a', 'b');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    expect(await run()).toEqual({ keys: ['a'], duplicates: 0 });
  });
});
