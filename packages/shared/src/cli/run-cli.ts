import { ConfigError } from '../config/index.ts';
import { isConnectionError } from '../db/index.ts';

/** A command line that does not fit. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Runs a command: bad usage or settings end with 2, any other failure with 1, each with one message. */
export async function runCli(usage: string, run: () => Promise<void>): Promise<void> {
  // A reader such as `head` that has seen enough is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage =
      error instanceof UsageError || (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    const hint = isConnectionError(error) ? '\nThe database cannot be reached. Is npm start running, or DATABASE_URL right?' : '';
    process.stderr.write(`${message}${hint}\n${isUsage ? `\n${usage}` : ''}`);
    process.exitCode = isUsage || error instanceof ConfigError ? 2 : 1;
  }
}
