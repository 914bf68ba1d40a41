import { z } from 'zod';

/** An instant of a message: UTC, with milliseconds. */
export const instant = z.iso.datetime({ precision: 3 }).refine((at) => at >= '1970', 'must not be before 1970');
