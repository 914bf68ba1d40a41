import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { conversionRows, costRows, type Refusal, type RowKind, RowReader, refuseHomelessCost, sessionRows } from '../ihc/rows.ts';
import { placesOf } from '../money/decimal.ts';
import type { Corpus } from './corpus.ts';
import { JourneyFile } from './journey-file.ts';

interface Table {
  query: string;
  /** The keys that several rows have. */
  repeated: string;
}

// Ids are read as text: a file may hold them as whole numbers, larger ones than JavaScript's.
const tableOf = (table: string, key: string, columns: string): Table => ({
  query: `select cast(${key} as text) ${key}, ${columns} from ${table}`,
  // Whatever its collation takes for the same, keys are compared letter by letter.
  repeated: `select cast(${key} as text) collate binary ${key} from ${table} group by 1 having count(*) > 1`,
});
const tables = {
  conversions: tableOf('conversions', 'conv_id', 'cast(user_id as text) user_id, conv_date, conv_time, revenue'),
  sessions: tableOf(
    'session_sources',
    'session_id',
    `cast(user_id as text) user_id, event_date, event_time, channel_name,
    holder_engagement, closer_engagement, impression_interaction`,
  ),
  costs: tableOf('session_costs', 'session_id', 'cost'),
};

/** The rows of a query, one at a time. Throws naming the file where it cannot answer. */
function* rowsOf(file: string, db: DatabaseSync, query: string): Generator<Record<string, unknown>> {
  try {
    yield* db.prepare(query).iterate();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: ${reason}; the file must have the tables conversions, session_sources and session_costs`);
  }
}

/** Hands on the rows that can be used, and tells why the others cannot. Of keys it remembers those alone that the file says are there again. */
function readTable<T>(file: string, db: DatabaseSync, { query, repeated }: Table, kind: RowKind<T>, take: (row: T) => void): Refusal[] {
  const keys = new Set<unknown>();
  for (const row of rowsOf(file, db, repeated)) keys.add(row[kind.key[0] as string]);
  const reader = new RowReader(kind, ([key]) => keys.has(key));
  for (const given of rowsOf(file, db, query)) {
    const row = reader.read(given);
    if (row !== null) take(row);
  }
  return reader.refused;
}

function readTables(file: string, into: JourneyFile): Refusal[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const refused = [
      ...readTable(file, db, tables.conversions, conversionRows, (row) => into.addConversion(row)),
      ...readTable(file, db, tables.sessions, sessionRows, (row) => into.addSession(row)),
      ...readTable(file, db, tables.costs, costRows, ({ session_id, cost }) => {
        if (cost !== null) into.addCost(session_id, cost);
      }),
    ];
    into.sort();
    return [...refused, ...[...into.homelessCosts()].map(refuseHomelessCost)];
  } finally {
    db.close();
  }
}

/**
 * Reads every conversion, session and cost of a SQLite file of the challenge's schema, which is only read; its times are taken for UTC. What can be
 * used is sorted into a file of its own until the corpus is closed.
 */
export function readDatabase(file: string, currency: string): Corpus & { close(): void } {
  if (!existsSync(file)) throw new Error(`${file}: there is no such file; give the path of a SQLite database`);
  const sorted = new JourneyFile(currency);
  try {
    const refused = readTables(file, sorted);
    return {
      ...{ places: placesOf(currency), currency, hasTimes: true },
      journeys: () => sorted.journeys(),
      nulls: () => sorted.nulls(),
      costs: () => sorted.costs(),
      refused: refused.map(({ table, row, column, problem }) => `${table} ${row}: ${column} ${problem}`),
      close: () => sorted.close(),
    };
  } catch (error) {
    sorted.close();
    throw error;
  }
}
