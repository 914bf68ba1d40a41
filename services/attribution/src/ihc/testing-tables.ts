import { DatabaseSync } from 'node:sqlite';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { ConversionRow, CostRow, SessionRow } from './rows.ts';

/** Rows of the challenge's tables, as a test lays them down; `unknown` fields let it lay down what is wrong. */
export interface Tables {
  conversions: (Record<keyof ConversionRow, unknown> & { conv_type_id?: string })[];
  session_sources: Record<keyof SessionRow, unknown>[];
  session_costs: Record<keyof CostRow, unknown>[];
}

export const conversionOf = (conv_id: string, user_id: string, at: string, revenue: unknown = 100) => {
  const [conv_date, conv_time] = at.split(' ');
  return { conv_id, user_id, conv_date, conv_time, revenue };
};

export const sessionOf = (session_id: string, user_id: string, at: string, channel_name: unknown = 'Organic') => {
  const [event_date, event_time] = at.split(' ');
  return {
    session_id,
    user_id,
    event_date,
    event_time,
    channel_name,
    holder_engagement: 1,
    closer_engagement: 1,
    impression_interaction: 0,
  };
};

/** A SQLite file with these rows; its tables have no constraints, so that they can hold anything. */
export function writeSqliteFile(file: string, tables: Tables): void {
  const db = new DatabaseSync(file);
  const withTypes = tables.conversions.some(({ conv_type_id }) => conv_type_id !== undefined);
  db.exec(`
    create table conversions (conv_id, user_id, conv_date, conv_time, revenue${withTypes ? ', conv_type_id' : ''});
    create table session_costs (session_id, cost);
    create table session_sources (session_id, user_id, event_date, event_time, channel_name, holder_engagement, closer_engagement, impression_interaction);
    begin`);
  for (const [table, rows] of Object.entries(tables) as [string, Record<string, unknown>[]][]) {
    for (const row of rows) {
      const columns = Object.keys(row);
      const statement = db.prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`);
      statement.run(...(Object.values(row) as (string | number | null)[]));
    }
  }
  db.exec('commit');
  db.close();
}

/** The same rows in Postgres, whose tables refuse what is malformed. */
export async function writePostgresTables(db: Database, tables: Tables): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) {
    await sql`delete from ${sql.table(table)}`.execute(db);
    if (rows.length === 0) continue;
    await sql`insert into ${sql.table(table)} select * from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(
      rows.map((row: object) => (table === 'conversions' ? { conv_type_id: 'default', ...row } : row)),
    )}::jsonb)`.execute(db);
  }
}
