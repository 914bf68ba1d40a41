import { setTimeout as delay } from 'node:timers/promises';
import { describeError, type Logger } from '../telemetry/index.ts';

export interface Relay {
  /** Runs a round now instead of at the end of the pause. */
  wake(): void;
  stop(): Promise<void>;
  /** Stops, and moves what is there once more; what cannot be moved now is there for the next start. */
  drain(): Promise<void>;
}

/**
 * Repeats `round` until stopped: at once while it moved something, after `pauseMs` when it moved nothing, after a growing pause when it failed.
 * A round that dies in the middle is made again; rounds must be safe to repeat.
 */
export function startRelay(name: string, options: { pauseMs: number; log: Logger; round: () => Promise<number> }): Relay {
  const stopping = new AbortController();
  let waking = new AbortController();

  const pause = async (ms: number): Promise<void> => {
    waking = new AbortController();
    await delay(ms, undefined, { signal: AbortSignal.any([stopping.signal, waking.signal]) }).catch(() => undefined);
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        const moved = await options.round();
        failures = 0;
        if (moved === 0) await pause(options.pauseMs);
      } catch (error) {
        failures += 1;
        options.log.warn({ problem: describeError(error), relay: name, failures }, 'a relay round failed and is made again');
        await pause(Math.min(options.pauseMs * 2 ** failures, 10_000));
      }
    }
  };
  const running = run();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return {
    wake: () => waking.abort(),
    stop,
    drain: async () => {
      await stop();
      try {
        for (let moved = await options.round(); moved > 0; moved = await options.round());
      } catch (error) {
        options.log.warn({ problem: describeError(error), relay: name }, 'a relay was not emptied; the next start goes on with it');
      }
    },
  };
}
