/** The system's code of a failure, such as ECONNRESET; null where it has none. */
export function codeOfError(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
