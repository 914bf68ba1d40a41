import { z } from 'zod';

/** The table of schema `bi` that a source fills; it is the source's name too. */
export type SourceName = 'company_conversion_probability' | 'contact_cp_score' | 'contact_acv_score';

/** A source's columns have the same names in BigQuery and in Postgres. */
export interface Source {
  name: SourceName;
  key: 'company' | 'contact_id';
  row: z.ZodObject;
}

const id = z.int().positive();
const probability = z.number().min(0).max(1);
// The columns hold ten digits before the point.
const money = z.string().regex(/^\d{1,9}(\.\d+)?$/, 'must be an amount from 0 to 999,999,999');
const employees = z.int().min(0).max(10_000_000).nullable();
const scoredAt = z.iso.datetime();

export const sources: readonly Source[] = [
  {
    name: 'company_conversion_probability',
    key: 'company',
    row: z
      .object({
        company: id,
        cp1: probability,
        cp1_arpu: money,
        cp3: probability,
        cp3_arpu: money,
        employees_range_min: employees,
        employees_range_max: employees,
        scored_at: scoredAt,
      })
      .refine(({ employees_range_min: min, employees_range_max: max }) => min === null || max === null || min <= max, {
        path: ['employees_range_min'],
        error: 'must not be above employees_range_max',
      }),
  },
  {
    name: 'contact_cp_score',
    key: 'contact_id',
    row: z.object({
      contact_id: id,
      combined1_conversion_probability_predicted: probability,
      combined3_conversion_probability_predicted: probability,
      cp1_signup_first: probability,
      cp3_signup_first: probability,
      book_a_demo_1_probability: probability,
      book_a_demo_3_probability: probability,
      scored_at: scoredAt,
    }),
  },
  { name: 'contact_acv_score', key: 'contact_id', row: z.object({ contact_id: id, acv: money, scored_at: scoredAt }) },
];

export const columnsOf = (source: Source): string[] => Object.keys(source.row.shape);

export interface CheckedRows {
  usable: Record<string, unknown>[];
  /** Why each of the others cannot be used: the column and the rule, never its value. */
  reasons: string[];
}

/** Parts the rows that can be used from those that cannot. */
export function checkRows(source: Source, rows: Record<string, unknown>[]): CheckedRows {
  const usable: Record<string, unknown>[] = [];
  const reasons: string[] = [];
  for (const row of rows) {
    const checked = source.row.safeParse(row);
    if (checked.success) usable.push(checked.data);
    else reasons.push(checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  return { usable, reasons };
}
