import { z } from 'zod';

/** The table of schema `bi` that a source fills; it is the source's name too. */
export type SourceName = 'company_conversion_probability' | 'contact_cp_score' | 'contact_acv_score';

interface Column {
  /** What a value must be. */
  rule: z.ZodType;
  /** The types that BigQuery may give it, by both of its names for them. */
  types: readonly string[];
}

/** A source's columns have the same names in BigQuery and in Postgres. */
export interface Source {
  name: SourceName;
  key: 'company' | 'contact_id';
  columns: Record<string, Column>;
  row: z.ZodType<Record<string, unknown>>;
}

const whole = ['INT64', 'INTEGER'];
const decimal = ['NUMERIC', 'BIGNUMERIC', ...whole];
const id = { rule: z.int().positive(), types: whole };
const probability = { rule: z.number().min(0).max(1), types: ['FLOAT64', 'FLOAT', ...decimal] };
// The columns hold ten digits before the point.
const money = { rule: z.string().regex(/^\d{1,9}(\.\d+)?$/, 'must be an amount from 0 to 999,999,999'), types: decimal };
const employees = { rule: z.int().min(0).max(10_000_000).nullable(), types: whole };
const scoredAt = { rule: z.iso.datetime(), types: ['TIMESTAMP'] };

const rowOf = (columns: Record<string, Column>) =>
  z.object(Object.fromEntries(Object.entries(columns).map(([name, { rule }]) => [name, rule])));

const companyColumns = {
  ...{ company: id, cp1: probability, cp1_arpu: money, cp3: probability, cp3_arpu: money },
  ...{ employees_range_min: employees, employees_range_max: employees, scored_at: scoredAt },
};
const cpColumns = {
  contact_id: id,
  combined1_conversion_probability_predicted: probability,
  combined3_conversion_probability_predicted: probability,
  ...{ cp1_signup_first: probability, cp3_signup_first: probability },
  ...{ book_a_demo_1_probability: probability, book_a_demo_3_probability: probability, scored_at: scoredAt },
};
const acvColumns = { contact_id: id, acv: money, scored_at: scoredAt };

export const sources: readonly Source[] = [
  {
    name: 'company_conversion_probability',
    key: 'company',
    columns: companyColumns,
    row: rowOf(companyColumns).refine(
      ({ employees_range_min: min, employees_range_max: max }) => typeof min !== 'number' || typeof max !== 'number' || min <= max,
      { path: ['employees_range_min'], error: 'must not be above employees_range_max' },
    ),
  },
  { name: 'contact_cp_score', key: 'contact_id', columns: cpColumns, row: rowOf(cpColumns) },
  { name: 'contact_acv_score', key: 'contact_id', columns: acvColumns, row: rowOf(acvColumns) },
];

export const columnsOf = (source: Source): string[] => Object.keys(source.columns);

/** A row that cannot be used. */
export interface BadRow {
  key: number;
  /** The column and the rule, never the value. */
  reason: string;
  score: Record<string, unknown>;
}

export interface CheckedRows {
  usable: Record<string, unknown>[];
  bad: BadRow[];
}

/** Parts the rows that can be used from those that cannot; a score from after `latestAt` has a time that cannot be right. */
export function checkRows(source: Source, rows: Record<string, unknown>[], latestAt: Date): CheckedRows {
  const checked: CheckedRows = { usable: [], bad: [] };
  for (const score of rows) {
    const read = source.row.safeParse(score);
    const reason = !read.success
      ? read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
      : new Date(String(read.data.scored_at)) > latestAt
        ? 'scored_at: is in the future'
        : null;
    if (read.success && reason === null) checked.usable.push(read.data);
    else checked.bad.push({ key: Number(score[source.key]), reason: reason ?? '', score });
  }
  return checked;
}
