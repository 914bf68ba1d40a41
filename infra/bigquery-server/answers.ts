/** An HTTP answer; an expected refusal is one too, so that nothing has to be thrown for it. */
export type Answer = { status: number; body: unknown };

export const ok = (body: unknown): Answer => ({ status: 200, body });

export type Refusal = Answer & {
  body: { error: { code: number; message: string; errors: { message: string; domain: string; reason: string }[]; status: string } };
};

/** https://cloud.google.com/bigquery/docs/error-messages */
const codes = {
  invalid: [400, 'INVALID_ARGUMENT'],
  invalidQuery: [400, 'INVALID_ARGUMENT'],
  resourceInUse: [400, 'FAILED_PRECONDITION'],
  notFound: [404, 'NOT_FOUND'],
  duplicate: [409, 'ALREADY_EXISTS'],
  uploadTooLarge: [413, 'INVALID_ARGUMENT'],
  internalError: [500, 'INTERNAL'],
} as const;

/** BigQuery's error shape: the status, and the reason that clients look at. */
export function refuse(reason: keyof typeof codes, message: string): Refusal {
  const [code, status] = codes[reason];
  const location = reason === 'invalidQuery' ? { location: 'q', locationType: 'parameter' } : {};
  return { status: code, body: { error: { code, message, errors: [{ message, domain: 'global', reason, ...location }], status } } };
}
