import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { watchPeakMemory } from './peak-memory.ts';

type Answer = { result: unknown } | { error: string };

/** What a job took, and what it found. */
export interface Timed<Result> {
  seconds: number;
  /** Of all threads. */
  cpuSeconds: number;
  result: Result;
}

export async function time<Result>(run: () => Result | Promise<Result>): Promise<Timed<Result>> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const result = await run();
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6, result };
}

/** Does, in a process of its own, the jobs that the bench asks for by name. */
export function serveJobs(jobs: Record<string, () => unknown>): void {
  process.on('message', async (name: string) => {
    try {
      const job = jobs[name];
      if (job === undefined) throw new Error('there is no such job');
      process.send?.({ result: await job() } satisfies Answer);
    } catch (error) {
      process.send?.({ error: `${name}: ${error instanceof Error ? error.message : error}` } satisfies Answer);
    }
  });
  process.on('disconnect', () => process.exit());
}

/** One of those that are compared, in a process of its own. */
export class Side {
  readonly #child: ChildProcess;
  readonly #file: string;

  constructor(file: string, ...args: string[]) {
    this.#file = file;
    this.#child = fork(join(import.meta.dirname, file), args, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // JSON has no Infinity, which a difference can be.
      serialization: 'advanced',
    });
  }

  ask<Result>(job: string): Promise<Result> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`${this.#file} ended while it was asked for ${job}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (answer: Answer) => {
        this.#child.off('exit', onExit);
        if ('error' in answer) reject(new Error(`${this.#file}, ${answer.error}`));
        else resolve(answer.result as Result);
      });
      this.#child.send(job, (error) => void (error && reject(error)));
    });
  }

  /** The most that it has held so far, in MB. */
  readPeakMb = (): number | null => watchPeakMemory(this.#child.pid ?? 0).stop();

  stop(): void {
    this.#child.kill();
  }
}
