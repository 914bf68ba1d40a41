import { Cron } from 'croner';
import { describeError, type Logger } from '../telemetry/index.ts';

/** Starts `run` by a cron expression in UTC, never twice at once; without an expression nothing is scheduled. */
export function schedule(expression: string | undefined, log: Logger, run: () => Promise<unknown>): { stop(): void } {
  if (expression === undefined) return { stop: () => undefined };
  const onError = (error: unknown): void => log.error({ problem: describeError(error) }, 'a scheduled run failed');
  const cron = new Cron(expression, { timezone: 'UTC', protect: true, catch: onError }, async () => void (await run()));
  return { stop: () => cron.stop() };
}
