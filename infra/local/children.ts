import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');
/** Does nothing unless OTEL_EXPORTER_OTLP_ENDPOINT is set. */
const telemetry = join(root, 'packages/shared/src/telemetry/start.ts');
/** As in the Dockerfile: without bounds Node lets the heap grow by what the machine has, not by what a service needs. */
const memoryOfService = ['--max-old-space-size=320', '--max-semi-space-size=8'];
const readyWithinMs = 60_000;
const drainWithinMs = 20_000;

export interface ChildPlan {
  name: string;
  /** Path of the entry file, from the root of the checkout. */
  entry: string;
  args?: string[];
  env?: Record<string, string>;
}

interface Running {
  plan: ChildPlan;
  process: ChildProcess;
}

/** What a child says when it is ready: its port, or whatever else its plan's reader looks for. */
export type ReadyMessage = Record<string, unknown>;

/** Starts the processes of the local stack, starts one again that dies, and ends them all. Their output goes to a file each. */
export class Children {
  readonly #logFolder: string;
  readonly #say: (line: string) => void;
  readonly #running = new Map<string, Running>();
  #stopping = false;

  constructor(logFolder: string, say: (line: string) => void) {
    mkdirSync(logFolder, { recursive: true });
    this.#logFolder = logFolder;
    this.#say = say;
  }

  logFile(name: string): string {
    return join(this.#logFolder, `${name}.log`);
  }

  /** Resolves with the child's ready message. Rejects with the end of its log when it ends before that. */
  async start(plan: ChildPlan): Promise<ReadyMessage> {
    const log = openSync(this.logFile(plan.name), 'a');
    const child = fork(join(root, plan.entry), plan.args ?? [], {
      env: { ...process.env, ...plan.env },
      execArgv: [
        ...(plan.entry.startsWith('services/') ? memoryOfService : []),
        '--disable-warning=ExperimentalWarning',
        '--import',
        telemetry,
      ],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#running.set(plan.name, { plan, process: child });
    const ready = await this.#untilReady(plan, child);
    child.once('exit', (code, signal) => void this.#startAgain(plan, signal ?? `code ${code}`));
    return ready;
  }

  #untilReady(plan: ChildPlan, child: ChildProcess): Promise<ReadyMessage> {
    return new Promise((resolve, reject) => {
      const fail = (what: string) => {
        const end = readFileSync(this.logFile(plan.name), 'utf8').trimEnd().split('\n').slice(-8).join('\n    ');
        reject(new Error(`${plan.name} ${what}. The end of ${this.logFile(plan.name)}:\n    ${end}`));
      };
      const timer = setTimeout(() => fail(`was not ready within ${readyWithinMs / 1_000} s`), readyWithinMs);
      const onExit = (code: number | null, signal: string | null) => {
        clearTimeout(timer);
        fail(`ended while starting (${signal ?? `code ${code}`})`);
      };
      child.once('exit', onExit);
      child.on('message', (message: ReadyMessage) => {
        if (message.ready !== true) return;
        clearTimeout(timer);
        child.off('exit', onExit);
        resolve(message);
      });
    });
  }

  async #startAgain(plan: ChildPlan, ending: string): Promise<void> {
    if (this.#stopping) return;
    this.#say(`${plan.name} ended (${ending}); starting it again`);
    await this.start(plan).catch(async (error: unknown) => {
      this.#say(error instanceof Error ? error.message : String(error));
      await delay(2_000);
      void this.#startAgain(plan, 'it did not start');
    });
  }

  pids(): Record<string, number> {
    return Object.fromEntries([...this.#running].map(([name, { process: child }]) => [name, child.pid ?? 0]));
  }

  /** Ends the named children, or all of them, and waits until they are gone; one that does not drain in time is killed. */
  async stop(names = [...this.#running.keys()]): Promise<void> {
    this.#stopping = true;
    const ending = names.flatMap((name) => {
      const running = this.#running.get(name);
      this.#running.delete(name);
      return running === undefined || running.process.exitCode !== null || running.process.signalCode !== null ? [] : [running.process];
    });
    await Promise.all(
      ending.map(async (child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), drainWithinMs);
        await gone;
        clearTimeout(timer);
      }),
    );
  }
}
