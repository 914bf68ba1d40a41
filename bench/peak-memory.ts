import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const sampleEveryMs = 200;

/** The most that a process has held since it began, in MB; null where the system does not keep it. */
function readHighWaterMb(pid: number): number | null {
  try {
    const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kb === undefined ? null : Number(kb) / 1_024;
  } catch {
    return null;
  }
}

async function readResidentMb(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', `${pid}`]);
  return Number(stdout) / 1_024;
}

/** Watches a process's resident memory; `stop` answers its peak in whole MB: Linux's own figure, elsewhere the largest sample, null where neither can be had. */
export function watchPeakMemory(pid: number): { stop(): number | null } {
  let largest: number | null = null;
  const sample = (): void =>
    void readResidentMb(pid).then(
      (mb) => {
        largest = Math.max(largest ?? 0, mb);
      },
      () => undefined,
    );
  const timer = readHighWaterMb(pid) === null ? setInterval(sample, sampleEveryMs) : undefined;
  return {
    stop: () => {
      clearInterval(timer);
      const peak = readHighWaterMb(pid) ?? largest;
      return peak === null ? null : Math.round(peak);
    },
  };
}
