import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './is-alive.ts';

/** What a server writes about itself into its folder; `status` goes starting, ready, stopping. */
type ServerLock = { pid: number; port: string; status: string };

/** Reads postmaster.pid: process id, folder, start time, port, socket folder, address, shared memory, status, a line each. */
export function readServerLock(folder: string): ServerLock | undefined {
  const file = lockOf(folder);
  if (!existsSync(file)) return undefined;
  const [pid, , , port = '', , , , status = ''] = readFileSync(file, 'utf8').split('\n');
  return pid ? { pid: Number(pid), port, status: status.trim() } : undefined;
}

/** The time that the shell which stops an orphaned server needs to send its signal, and the server then to write everything out. */
const signalledWithinMs = 1_000;
const stoppedWithinMs = 60_000;

/** A server whose parent was killed is about to end; one with a living parent stays, and nobody else can have the folder: throws. */
export async function waitForEarlierServer(folder: string): Promise<void> {
  const startedAt = Date.now();
  for (let lock = readServerLock(folder); lock !== undefined && isAlive(lock.pid); lock = readServerLock(folder)) {
    // After a crash the number may belong to another program, which Postgres would take for a living server.
    if (!isPostgres(lock.pid)) return rm(lockOf(folder), { force: true });
    if (Date.now() - startedAt > (lock.status === 'stopping' ? stoppedWithinMs : signalledWithinMs)) {
      throw new Error(
        `Postgres already runs on ${folder} (process ${lock.pid}, port ${lock.port}). End the run it belongs to, or: kill -INT ${lock.pid}`,
      );
    }
    await delay(50);
  }
}

function isPostgres(pid: number): boolean {
  const command =
    process.platform === 'linux' ? commandFromProc(pid) : spawnSync('ps', ['-o', 'comm=', '-p', String(pid)]).stdout.toString();
  return basename(command.trim()).startsWith('postgres');
}

function commandFromProc(pid: number): string {
  const file = `/proc/${pid}/comm`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function lockOf(folder: string): string {
  return join(folder, 'postmaster.pid');
}
