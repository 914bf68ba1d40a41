import type { ZodType } from 'zod';

/** What a border makes of foreign input: the value, or one sentence that names every problem and where it is. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Reads input by its schema; the reason of a refusal lists each path with its problem and never repeats the input's values. */
export function parseWith<T>(schema: ZodType<T>, input: unknown): Parsed<T> {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || '(whole message)'}: ${issue.message}`);
  return { ok: false, reason: problems.join('; ') };
}

/** Reads JSON text by a schema. */
export function parseJsonWith<T>(schema: ZodType<T>, text: string): Parsed<T> {
  try {
    return parseWith(schema, JSON.parse(text));
  } catch {
    return { ok: false, reason: 'the message is not JSON' };
  }
}
