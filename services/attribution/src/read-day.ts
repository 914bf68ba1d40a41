import { UsageError } from '@waybill/shared/cli';

/** A day of the calendar as YYYY-MM-DD, from the option of that name. Throws UsageError. */
export function readDay(name: string, given: string | undefined): string {
  const at = new Date(`${given}T00:00:00Z`);
  if (given !== undefined && !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === given) return given;
  throw new UsageError(`--${name} ${given ?? 'is missing'}: give a day such as 2026-11-01`);
}
