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

/** Deeper than any message of ours; what is deeper cannot be written out again. */
const deepest = 50;

/** What of a value no database column can hold, whatever its schema says; null where it can be kept. */
function findUnkeepable(root: unknown): string | null {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (depth > deepest) return `the message is nested deeper than ${deepest}`;
    if (typeof value === 'string' && value.includes('\0')) return 'the message holds the character U+0000, which no database keeps';
    if (typeof value === 'string' && !value.isWellFormed()) return 'the message holds half of a character (a lone surrogate)';
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) open.push({ value: key, depth }, { value: child, depth: depth + 1 });
  }
  return null;
}

/** Reads JSON text by a schema. What is read can be kept: one message must not be able to fail the statement that keeps its whole batch. */
export function parseJsonWith<T>(schema: ZodType<T>, text: string): Parsed<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'the message is not JSON' };
  }
  const unkeepable = findUnkeepable(value);
  return unkeepable === null ? parseWith(schema, value) : { ok: false, reason: unkeepable };
}
