import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The holder touches its lock every few seconds; one untouched for so long is nobody's, even if another process has its number now. */
const abandonedAfterMs = 30_000;
const touchEveryMs = 5_000;

/** Runs `work` while no other process holds the lock file; `onWait` is called once with the holder's process id if we have to wait. */
export async function withLock(file, work, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  for (let waited = false; !tryLock(file); waited = true) {
    const holder = liveHolder(file);
    if (!waited && holder !== undefined) onWait(holder);
    await delay(200);
  }
  const touch = setInterval(() => utimesSync(file, new Date(), new Date()), touchEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    rmSync(file, { force: true });
  }
}

/** A lock appears in one step with its holder's number in it: written aside, then linked. */
function tryLock(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own);
  }
}

/** The holder's process id; a lock without a living holder is taken away. */
function liveHolder(file) {
  const lock = read(file);
  if (lock === undefined) return undefined;
  if (isLive(lock)) return lock.pid;
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  giveBackIfLive(aside, file);
  rmSync(aside, { force: true });
  return undefined;
}

/** Between our look and our rename another process may have replaced the stale lock by its own. */
function giveBackIfLive(aside, file) {
  const lock = read(aside);
  if (lock === undefined || !isLive(lock)) return;
  try {
    linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

function read(file) {
  try {
    return { pid: Number(readFileSync(file, 'utf8')), touchedAt: statSync(file).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isLive({ pid, touchedAt }) {
  if (Date.now() - touchedAt > abandonedAfterMs) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
