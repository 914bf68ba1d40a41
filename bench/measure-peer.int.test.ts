import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Load } from './conversions.ts';
import { measurePeer } from './measure-peer.ts';

let platforms: ChildProcess;
let url: string;
let run = 0;
const folder = mkdtempSync(join(tmpdir(), 'waybill-peer-'));

beforeAll(async () => {
  platforms = fork(join(import.meta.dirname, 'peer-platforms.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const [ready] = (await once(platforms, 'message')) as [{ url: string }];
  url = ready.url;
});

afterAll(() => {
  platforms.kill();
  rmSync(folder, { recursive: true });
});

const upload = (changes: Partial<Load>) =>
  measurePeer({ platform: 'google', account: '3625606301', count: 900, badShare: 0, ...changes, run: ++run }, 'peer', true, url, folder);

it.each<[string, Partial<Load>, object]>([
  ['Google: good rows are sent in batches', {}, { calls: 1, lost: 0, misreported: 0 }],
  [
    'Google: one bad row and every other of its batch is told as failed, though taken',
    { badShare: 0.0025 },
    { calls: 1, lost: 0, misreported: 898 },
  ],
  ['Bing: good rows are sent in batches', { platform: 'bing', count: 1_100 }, { calls: 2, lost: 0, misreported: 0 }],
  ['Bing: bad rows are told from good ones', { platform: 'bing', badShare: 0.0025 }, { calls: 1, lost: 0, misreported: 0 }],
])('%s', async (_sentence, changes, expected) => {
  expect((await upload(changes)).figure).toMatchObject({ peer: 'peer', hung: false, repeated: 0, ...expected });
});
