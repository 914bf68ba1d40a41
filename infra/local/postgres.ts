import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchownSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { findFreePort } from './free-port.ts';
import { type Account, accountFor } from './postgres-account.ts';
import { findBinaries } from './postgres-binaries.ts';
import { ensureDataFolder, reachableFolder, spareFolder } from './postgres-folder.ts';
import { readServerLock, waitForEarlierServer } from './postgres-lock.ts';
import { stopWithParent } from './stop-with-parent.mjs';

/** `port` is a wish: 0, or one that is taken, gives another. Without `durable` a crash of the machine may lose what was committed. */
export type PostgresOptions = { folder: string; port: number; durable: boolean; settings?: Record<string, string> };

/** `url` is the superuser's, at the database `postgres`; `folder` is where the rows really are. */
export type RunningPostgres = { url: string; port: number; pid: number; folder: string; stop(): Promise<void> };

/** A start after a kill replays the log, which can take a while. */
const readyWithinMs = 60_000;
const stopWithinMs = 20_000;
const attempts = 100;

/** Starts a Postgres server on the folder, on 127.0.0.1 only. It ends with this process, even after kill -9 of it. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const wanted = resolve(options.folder);
  const account = accountFor(wanted);
  const folder = await reachableFolder(wanted, account);
  const binaries = await findBinaries(account, spareFolder(account));
  await ensureDataFolder(folder, account, binaries, options.durable);
  await waitForEarlierServer(folder);
  let wish = options.port;
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(wish);
    const { server, ended } = launch(join(binaries, 'postgres'), folder, port, options, account);
    if (await isReady(server, folder, port)) return running(server, ended, folder, port);
    await ended;
    const log = readFileSync(logOf(folder), 'utf8');
    if (attempt === attempts || !/could not bind|Address already in use|pre-existing shared memory block/.test(log)) {
      throw new Error(`Postgres did not start on ${folder}; its log (${logOf(folder)}) says:\n${log.slice(-2000)}`);
    }
    if (/could not bind|Address already in use/.test(log)) wish = 0;
    // The backends of a server that was killed take a moment to notice.
    else await delay(100);
  }
}

function launch(program: string, folder: string, port: number, options: PostgresOptions, account: Account) {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Neither statements nor their values belong into a log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(!options.durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(logOf(folder), 'w');
  if (account) fchownSync(log, account.uid, account.gid);
  // Its own session keeps a Ctrl-C in the terminal from stopping it before its clients are done.
  const server = spawn(program, ['-D', folder, '-p', String(port), ...args], {
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log, log],
    ...account,
  });
  closeSync(log);
  const ended = once(server, 'exit');
  if (server.pid !== undefined) ended.then(stopWithParent(server.pid, 'SIGINT'));
  server.unref();
  return { server, ended };
}

async function isReady(server: ChildProcess, folder: string, port: number): Promise<boolean> {
  const deadline = Date.now() + readyWithinMs;
  while (server.exitCode === null && server.signalCode === null && Date.now() < deadline) {
    const lock = readServerLock(folder);
    if (lock?.pid === server.pid && lock?.status === 'ready' && (await canConnect(port))) return true;
    await delay(20);
  }
  server.kill('SIGQUIT');
  return false;
}

async function canConnect(port: number): Promise<boolean> {
  const client = new Client({ connectionString: urlOf(port), connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

function running(server: ChildProcess, ended: Promise<unknown>, folder: string, port: number): RunningPostgres {
  const stop = async () => {
    server.ref();
    server.kill('SIGINT');
    const impatience = setTimeout(() => server.kill('SIGQUIT'), stopWithinMs);
    await ended;
    clearTimeout(impatience);
  };
  return { url: urlOf(port), port, pid: server.pid as number, folder, stop };
}

function urlOf(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

function logOf(folder: string): string {
  return join(folder, 'server.log');
}
