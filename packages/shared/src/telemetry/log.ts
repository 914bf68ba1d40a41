import { type Logger, pino } from 'pino';

export type { Logger };

/** Fields that would carry a person, a click or a secret; pino removes them should one ever reach a log call. */
const neverLogged = [
  'email',
  'phone',
  'firstName',
  'lastName',
  'person',
  'click',
  'browser',
  'payload',
  'credentials',
  'token',
  'accessToken',
  'authorization',
];

/** A JSON-lines logger on standard output; each line names its service. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
    redact: { paths: neverLogged.flatMap((field) => [field, `*.${field}`]), remove: true },
  });
}

/** The name and message of whatever was thrown, for a log line; never its other fields, which may hold payloads. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
