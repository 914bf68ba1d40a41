import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { stopWithParent } from './stop-with-parent.mjs';

/** npm repeats a Ctrl-C that the terminal has already sent to everyone; within this time it is the same one. */
const sameSignalMs = 250;

/**
 * Runs a program in a session of its own, so that a signal reaches it once and only through us; resolves to its exit code (128 + n after
 * signal n). Nothing of its process group outlives it, and it does not outlive us. `onStart` gets the child, to read its output.
 */
export function runChild(program, args, options, onStart = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, detached: true });
    child.once('error', reject);
    if (child.pid === undefined) return;
    const callOff = stopWithParent(child.pid, 'SIGTERM');
    const stopForwarding = forwardSignals(child);
    const stopWatching = endWithNpm(child);
    onStart(child);
    child.once('close', (code, signal) => {
      stopForwarding();
      stopWatching();
      callOff();
      endGroup(child.pid);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

function forwardSignals(child) {
  const sentAt = new Map();
  const forward = (signal) => {
    const now = performance.now();
    if (now - (sentAt.get(signal) ?? -Infinity) < sameSignalMs) return;
    sentAt.set(signal, now);
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}

/** npm, or the shell between it and us, may end on a signal that it does not pass on; a run without npm may outlive its parent. */
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1_000);
  return () => clearInterval(watch);
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}
