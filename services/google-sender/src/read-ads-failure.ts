import type { Outcome } from '@waybill/shared/conversion';
import type { Answer } from '@waybill/shared/sender';
import { z } from 'zod';
import { toAdsFailure } from './ads-error-codes.ts';
import type { Failure } from './error-codes.ts';

/** A GoogleAdsFailure with its enumerations as names. https://developers.google.com/google-ads/api/docs/best-practices/partial-failures */
export const adsFailureSchema = z.looseObject({
  errors: z.array(
    z.looseObject({
      error_code: z.record(z.string(), z.unknown()).nullish(),
      location: z
        .looseObject({
          field_path_elements: z.array(z.looseObject({ field_name: z.string().nullish(), index: z.coerce.number().nullish() })).nullish(),
        })
        .nullish(),
      details: z
        .looseObject({
          quota_error_details: z.looseObject({ retry_delay: z.looseObject({ seconds: z.coerce.number().nullish() }).nullish() }).nullish(),
        })
        .nullish(),
    }),
  ),
});
export type AdsFailure = z.infer<typeof adsFailureSchema>;
type AdsError = AdsFailure['errors'][number];

const unset = new Set(['UNSPECIFIED', 'UNKNOWN']);
/** Of several errors of one row the most certain decides. */
const order: Failure['kind'][] = ['rejected', 'held', 'config', 'later', 'throttled', 'retry', 'duplicate'];

function toFailure({ error_code, details }: AdsError): Failure {
  const code = Object.values(error_code ?? {}).find((name): name is string => typeof name === 'string' && !unset.has(name)) ?? 'UNNAMED';
  const failure = toAdsFailure(code);
  const delaySeconds = details?.quota_error_details?.retry_delay?.seconds ?? 0;
  return failure.kind === 'throttled' ? { ...failure, afterMs: Math.max(failure.afterMs, delaySeconds * 1_000) } : failure;
}

const rowFields = new Set(['conversions', 'conversion_adjustments']);

/** The row that an error is about; index 0 counts, and an error without an index is about the whole request. */
function rowOf({ location }: AdsError): number | null {
  const element = location?.field_path_elements?.find(({ field_name }) => rowFields.has(field_name ?? ''));
  return element?.index ?? null;
}

const worst = (failures: Failure[]): Failure | undefined =>
  failures.toSorted((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind))[0];

/** A request that was refused as a whole. */
export function readRequestFailure(failure: AdsFailure): Answer {
  const blamed = new Map<number, Outcome>();
  for (const error of failure.errors) {
    const row = rowOf(error);
    if (row !== null && !blamed.has(row)) blamed.set(row, toFailure(error));
  }
  return { kind: 'refused', outcome: worst(failure.errors.map(toFailure)) ?? toAdsFailure('UNNAMED'), blamed };
}

/** A request in partial failure mode: rows without an error were taken. An error that names no row makes the rest of them unsure, so they are held. */
export function readPartialFailure(failure: AdsFailure, rows: number, reference: string): Answer {
  const byRow = Map.groupBy(failure.errors, rowOf);
  const stray = worst((byRow.get(null) ?? []).map(toFailure));
  const rest: Outcome =
    stray === undefined
      ? { kind: 'delivered', reference }
      : { kind: 'held', code: stray.kind === 'duplicate' ? 'UNNAMED' : stray.code, reason: `an error names no row: ${stray.reason}` };
  return { kind: 'answered', outcomes: Array.from({ length: rows }, (_, row) => worst((byRow.get(row) ?? []).map(toFailure)) ?? rest) };
}
