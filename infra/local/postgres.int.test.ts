import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type PostgresOptions, type RunningPostgres, startPostgres } from './postgres.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe('a server started by the launcher', () => {
  it('keeps its rows over a restart, in a folder with a space in its name', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await query(first.url, 'create table note as select 1 as id');
    await first.stop();
    const second = await start(folder);
    expect(await query(second.url, 'select id from note')).toEqual([{ id: 1 }]);
  });

  it('keeps a committed row when it is killed, and starts again at once', async () => {
    const folder = await newFolder();
    const first = await start(folder, { durable: true });
    await query(first.url, 'create table note (id int)');
    await query(first.url, 'insert into note values (7)');
    process.kill(first.pid, 'SIGKILL');
    const second = await start(folder, { durable: true });
    expect(await query(second.url, 'select id from note')).toEqual([{ id: 7 }]);
  });

  it('keeps its rows over a restart where only the starting user can reach the folder', async () => {
    const folder = await newFolder(0o700);
    const first = await start(folder);
    await query(first.url, 'create table note as select 2 as id');
    await first.stop();
    const second = await start(folder);
    expect(await query(second.url, 'select id from note')).toEqual([{ id: 2 }]);
  });

  it('moves from a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    cleanUps.push(() => other.close());
    const { port: taken } = other.address() as AddressInfo;
    const server = await start(await newFolder(), { port: taken });
    expect(server.port).not.toBe(taken);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says so when another run has the folder, and leaves that run alone', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await expect(start(folder)).rejects.toThrow(`already runs on ${first.folder} (process ${first.pid}, port ${first.port})`);
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('speaks UTF-8 and UTC, sorts by code point, and listens on 127.0.0.1 only', async () => {
    const { url } = await start(await newFolder());
    const names = ['server_encoding', 'TimeZone', 'listen_addresses', 'unix_socket_directories', 'max_connections'];
    const settings = await query(url, `select ${names.map((name) => `current_setting('${name}') as "${name}"`).join(', ')}`);
    expect(settings).toEqual([
      { server_encoding: 'UTF8', TimeZone: 'UTC', listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200' },
    ]);
    expect(await query(url, `select upper('é') as upper, 'Z' < 'a' as sorted`)).toEqual([{ upper: 'É', sorted: true }]);
  });

  it('ends when its parent is killed, and the next start has the rows', async () => {
    const folder = await newFolder();
    const launcher = join(import.meta.dirname, 'postgres.ts');
    const script = `const { startPostgres } = await import(process.argv[1]);
      const server = await startPostgres({ folder: process.argv[2], port: 0, durable: false });
      console.log(server.url);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script, launcher, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cleanUps.push(() => parent.kill('SIGKILL'));
    const { value: url } = await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next();
    await query(String(url), 'create table note as select 3 as id');
    parent.kill('SIGKILL');
    const next = await start(folder);
    expect(await query(next.url, 'select id from note')).toEqual([{ id: 3 }]);
  });
});

async function newFolder(mode = 0o755): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'waybill postgres '));
  await chmod(parent, mode);
  cleanUps.push(() => rm(parent, { recursive: true }));
  return join(parent, 'rows here');
}

async function start(folder: string, wishes: Partial<PostgresOptions> = {}): Promise<RunningPostgres> {
  const server = await startPostgres({ folder, port: 0, durable: false, ...wishes });
  cleanUps.push(async () => {
    await server.stop();
    await rm(server.folder, { recursive: true, force: true });
  });
  return server;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}
