import { z } from 'zod';
import { toUnits } from '../money/decimal.ts';

/** A row of the input that is left out, and how to mend it. */
export interface Refusal {
  table: string;
  row: string;
  column: string;
  problem: string;
}

const isCalendarDay = (text: string): boolean => {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
};

const text = (error: string) => z.string({ error }).refine((given) => given.trim() !== '', { error });
const id = text('is missing; give every row its id');
const day = z
  .string({ error: 'is missing; write a day as YYYY-MM-DD' })
  .refine((given) => /^\d{4}-\d{2}-\d{2}$/.test(given) && isCalendarDay(given), 'is no day; write it as YYYY-MM-DD');
const time = z
  .string({ error: 'is missing; write a time as HH:MM:SS' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'is no time; write it as HH:MM:SS');
const flag = z.literal([0, 1], { error: 'must be 0 or 1' });
const decimal = (error: string, fits: (micros: bigint) => boolean) =>
  z.union([z.string(), z.number()], { error }).refine(
    (given) => {
      const micros = toUnits(given, 6);
      return micros !== null && fits(micros);
    },
    { error },
  );

export const conversionRow = z.object({
  conv_id: id,
  user_id: id,
  conv_date: day,
  conv_time: time,
  revenue: decimal('is no amount; write a decimal number such as 12.34', () => true),
});
export type ConversionRow = z.infer<typeof conversionRow>;

export const sessionRow = z.object({
  session_id: id,
  user_id: id,
  event_date: day,
  event_time: time,
  channel_name: text('is missing; name the channel the session came by'),
  holder_engagement: flag,
  closer_engagement: flag,
  impression_interaction: flag,
});
export type SessionRow = z.infer<typeof sessionRow>;

export const costRow = z.object({
  session_id: id,
  cost: decimal('is no cost; write a decimal number of 0 or more, or leave it null', (micros) => micros >= 0n).nullable(),
});
export type CostRow = z.infer<typeof costRow>;

/** A credit as it is stored, with what its session and conversion say. */
export const creditRow = z.object({
  conv_id: id,
  session_id: id,
  ihc: z.number({ error: 'is no credit; run the range of its conversion again' }).min(0),
  revenue: conversionRow.shape.revenue,
  channel_name: sessionRow.shape.channel_name,
  event_date: day,
  event_time: time,
});
export type CreditRow = z.infer<typeof creditRow>;

/** A table with the columns that name a row, which no two rows may share. */
export interface RowKind<T> {
  table: string;
  key: (keyof T & string)[];
  schema: z.ZodType<T>;
}

export const conversionRows: RowKind<ConversionRow> = { table: 'conversions', key: ['conv_id'], schema: conversionRow };
export const sessionRows: RowKind<SessionRow> = { table: 'session_sources', key: ['session_id'], schema: sessionRow };
export const costRows: RowKind<CostRow> = { table: 'session_costs', key: ['session_id'], schema: costRow };
export const creditRows: RowKind<CreditRow> = {
  table: 'attribution_customer_journey',
  key: ['conv_id', 'session_id'],
  schema: creditRow,
};

/** Reads rows of a table one after another. A row that cannot be used, or whose key came before, is left out and refused by name. */
export class RowReader<T> {
  readonly refused: Refusal[] = [];
  readonly #kind: RowKind<T>;
  readonly #mayRepeat: (key: unknown[]) => boolean;
  readonly #known = new Set<string>();
  #count = 0;

  /** Remembers only the keys that may come again: any key, where nothing more is known of the table. */
  constructor(kind: RowKind<T>, mayRepeat: (key: unknown[]) => boolean = () => true) {
    this.#kind = kind;
    this.#mayRepeat = mayRepeat;
  }

  /** The row, or null where it is refused. */
  read(given: unknown): T | null {
    const { table, key, schema } = this.#kind;
    this.#count += 1;
    const fields = given as Record<string, unknown>;
    const names = key.map((column) => fields[column]);
    const hasName = names.every((name) => typeof name === 'string' && name.trim() !== '');
    const row = hasName ? names.join(' ') : `row ${this.#count} as read`;
    const parsed = schema.safeParse(given);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) {
        const column = path.join('.');
        this.refused.push({ table, row, column, problem: `${describeValue(fields[column])} ${message}` });
      }
      return null;
    }
    if (!this.#mayRepeat(names)) return parsed.data;
    const name = JSON.stringify(names);
    if (this.#known.has(name)) {
      this.refused.push({ table, row, column: key.join(', '), problem: 'appears more than once; keep one row of it' });
      return null;
    }
    this.#known.add(name);
    return parsed.data;
  }
}

/** All rows of a table that can be used. */
export function readRows<T>(kind: RowKind<T>, rows: unknown[]): { rows: T[]; refused: Refusal[] } {
  const reader = new RowReader(kind);
  const read = rows.map((row) => reader.read(row)).filter((row) => row !== null);
  return { rows: read, refused: reader.refused };
}

/** Why a cost is left out whose session cannot be used: it has no channel and no day to stand under. */
export const refuseHomelessCost = (session_id: string): Refusal => ({
  ...{ table: 'session_costs', row: session_id, column: 'session_id' },
  problem: 'has no usable row in session_sources; add or mend it',
});

/** Reads costs, and refuses those without a session. */
export function readCosts(stored: unknown[], sessions: SessionRow[]): { rows: CostRow[]; refused: Refusal[] } {
  const { rows, refused } = readRows(costRows, stored);
  const known = new Set(sessions.map(({ session_id }) => session_id));
  const homeless = rows.filter(({ session_id, cost }) => cost !== null && !known.has(session_id));
  return { rows, refused: [...refused, ...homeless.map(({ session_id }) => refuseHomelessCost(session_id))] };
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return JSON.stringify(typeof value === 'bigint' ? String(value) : value).slice(0, 60);
}

/** One refusal of each row and column: a row may be met at several steps. */
export const uniqueRefusals = (refusals: Refusal[]): Refusal[] => [
  ...new Map(refusals.map((refusal) => [JSON.stringify(refusal), refusal])).values(),
];
