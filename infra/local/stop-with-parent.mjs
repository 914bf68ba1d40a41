import { spawn } from 'node:child_process';

/**
 * Sends `signal` to the process `pid` when this process ends, even by kill -9: a shell waits for the end of a pipe that only we hold open.
 * Returns a function that calls the shell off; call it once `pid` has ended, before the system gives the number to another process.
 */
export function stopWithParent(pid, signal) {
  const watch = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -s "$2" "$1"', 'sh', String(pid), signal.replace('SIG', '')], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.on('error', () => {});
  watch.unref();
  watch.stdin.unref();
  return () => {
    if (watch.pid !== undefined && watch.exitCode === null && watch.signalCode === null) process.kill(-watch.pid, 'SIGKILL');
  };
}
