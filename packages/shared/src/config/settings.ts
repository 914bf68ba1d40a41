import { z } from 'zod';

/** Settings that several services read; each service's config.ts spreads those it needs into its own schema. */
export const databaseSettings = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' }),
  DATABASE_POOL: z.coerce.number().int().min(1).max(100).default(10),
};

const timeoutMs = z.coerce.number().int().min(100).max(3_600_000);

export const statementSetting = {
  /** How long a statement may go unanswered before its connection is given up: a database that vanished without a word is not waited for. */
  DATABASE_TIMEOUT_MS: timeoutMs.default(30_000),
};

export const runStatementSetting = {
  /** The same for the statements of a run, which read and write whole tables. */
  RUN_STATEMENT_TIMEOUT_MS: timeoutMs.default(600_000),
};

export const leaseSetting = {
  /** How long a claim holds before another worker may take it over. */
  LEASE_SECONDS: z.coerce.number().int().min(5).max(3_600).default(120),
};

export const pubsubSettings = {
  GOOGLE_CLOUD_PROJECT: z.string().min(1),
  PUBSUB_EMULATOR_HOST: z.string().optional(),
};

export const serviceSettings = {
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** Takes each alert as `{"text": …}`, as Slack's incoming webhooks do; it holds a secret. Unset: alerts go to log and metrics only. */
  ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// address' }).optional(),
  /** The same alert about the same thing is posted once in so many minutes. */
  ALERT_REPEAT_MINUTES: z.coerce.number().positive().default(60),
  /** Business time stands still at this instant; leases and retries go on by the database's own clock. Unset: real time. */
  CLOCK_AT: z.iso.datetime({ offset: true }).optional(),
};

export const scheduleSetting = {
  /** Cron expression in UTC of the runs that the process starts by itself; unset where a scheduler calls POST /run. */
  SCHEDULE: z.string().optional(),
};

export const destinationsSetting = { DESTINATIONS_FILE: z.string().min(1) };
