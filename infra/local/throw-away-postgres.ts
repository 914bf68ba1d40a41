import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './is-alive.ts';
import { startPostgres } from './postgres.ts';

const prefix = 'waybill-throw-away-';

/** Starts an empty server for tests and tools, with the given settings of its own; `stop` removes it with everything in it. */
export async function startThrowAwayPostgres(settings: Record<string, string> = {}): Promise<{ url: string; stop(): Promise<void> }> {
  await removeLeftBehind();
  const parent = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  // The server's account has to pass through.
  await chmod(parent, 0o755);
  const server = await startPostgres({ folder: join(parent, 'rows'), port: 0, durable: false, settings });
  const stop = async () => {
    await server.stop();
    for (const folder of [server.folder, parent]) await rm(folder, { recursive: true, force: true });
  };
  return { url: server.url, stop };
}

/** A killed run cannot remove its folder; the next one does. The process id is in the name. */
async function removeLeftBehind(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix) || isAlive(Number.parseInt(name.slice(prefix.length), 10))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}
