import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from './log.ts';
import { openWebhook, type Webhook } from './webhook.ts';

let server: Server;
let url: string;
let posted: string[];
let status: number;
let nowMs: number;

beforeEach(async () => {
  posted = [];
  status = 200;
  nowMs = 0;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      posted.push((JSON.parse(body) as { text: string }).text);
      response.writeHead(status).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/services/secret`;
});
afterEach(() => void server.close());

const open = (to = url): Webhook =>
  openWebhook({
    url: to,
    repeatMs: 60_000,
    service: 'google-sender',
    log: createLogger('test', 'silent'),
    timeoutMs: 500,
    nowMs: () => nowMs,
  });
const alert = { name: 'sender-config', platform: 'google', account: '1', detail: 'consent again' };

describe('a webhook', () => {
  it('takes an alert as a line of text', async () => {
    const webhook = open();
    webhook.send(alert);
    await webhook.drain();
    expect(posted).toEqual(['*sender-config* google-sender, platform google, account 1: consent again']);
  });

  it('takes the same alert once in a while, and is told how often it came between', async () => {
    const webhook = open();
    for (let time = 0; time < 5; time++) webhook.send({ ...alert, detail: `consent again, ${time}` });
    webhook.send({ ...alert, account: '2' });
    await webhook.drain();
    nowMs = 60_000;
    webhook.send(alert);
    await webhook.drain();
    expect(posted.toSorted()).toEqual([
      '*sender-config* google-sender, platform google, account 1: consent again (and 4 more since the last message)',
      '*sender-config* google-sender, platform google, account 1: consent again, 0',
      '*sender-config* google-sender, platform google, account 2: consent again',
    ]);
  });

  it.each<[string, () => string]>([
    ['refuses', () => url],
    ['is not there', () => 'http://127.0.0.1:1/services/secret'],
  ])('that %s stops nothing', async (_what, to) => {
    status = 404;
    const webhook = open(to());
    webhook.send(alert);
    await expect(webhook.drain()).resolves.toBeUndefined();
  });
});
