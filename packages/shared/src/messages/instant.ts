import { z } from 'zod';

/** An instant of a message: UTC, with milliseconds. */
export const instant = z.iso
  .datetime({ precision: 3, error: 'must be an instant in UTC with milliseconds, such as 2026-11-20T10:00:00.000Z' })
  .refine((at) => at >= '1970', 'must not be before 1970');
