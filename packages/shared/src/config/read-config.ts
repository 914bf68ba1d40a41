import type { ZodType } from 'zod';

/** A start that must not go on: one message that names every bad or missing setting. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Reads the environment by a schema; an empty string counts as unset. Throws ConfigError naming each variable and its problem. */
export function readConfig<T>(schema: ZodType<T>, env: Record<string, string | undefined>): T {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`The environment does not fit. Mend these settings (see .env.example) and start again:\n${problems.join('\n')}`);
}
