import { readFileSync } from 'node:fs';
import { watchPeakMemory } from './peak-memory.ts';

/** What a process used; null where the system does not tell. */
export interface Usage {
  cpuSeconds: number | null;
  /** Since the process began. */
  peakMb: number | null;
}

const ticksPerSecond = 100;

function readCpuSeconds(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return null;
  }
}

/** Watches a process from now until `stop`. */
export function watchUsage(pid: number): { stop(): Usage } {
  const memory = watchPeakMemory(pid);
  const before = readCpuSeconds(pid);
  return {
    stop: () => {
      const after = readCpuSeconds(pid);
      return { cpuSeconds: before === null || after === null ? null : after - before, peakMb: memory.stop() };
    },
  };
}
