import { setTimeout as delay } from 'node:timers/promises';
import { describeError, type Logger } from '../telemetry/index.ts';

// Postgres classes: 08 connection exception, 53 insufficient resources, 57P shutdown or start-up in progress; 25P03: the server took the
// client for gone in the middle of a transaction and closed the connection.
const unreachableSqlState = /^(08...|25P03|53...|57P..)$/;
const socketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
const messagesWithoutCode = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
];

/** Whether an error says that the database could not be reached, rather than that it refused the statement. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isConnectionError);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (socketCodes.has(code)) return true;
  if (/^[0-9A-Z]{5}$/.test(code)) return unreachableSqlState.test(code);
  return messagesWithoutCode.some((text) => error.message.includes(text));
}

/** Whether the database refused a statement for what it holds: a value that does not fit (22), a constraint (23), a limit (54). */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(22|23|54)[0-9A-Z]{3}$/.test(error.code);

/**
 * Repeats a database operation while the database cannot be reached, with pauses of 0.2 s growing to 5 s, until `signal` aborts.
 * The operation must be safe to repeat. Any other error is thrown at once.
 */
export async function untilReachable<T>(operation: () => Promise<T>, options: { log: Logger; signal: AbortSignal }): Promise<T> {
  for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      return await operation();
    } catch (error) {
      if (!isConnectionError(error) || options.signal.aborted) throw error;
      options.log.warn({ problem: describeError(error), pauseMs }, 'the database cannot be reached; messages are held until it can');
      await delay(pauseMs, undefined, { signal: options.signal });
    }
  }
}
