import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { buildJourneys, instantOf } from '../ihc/build-journeys.ts';
import { conversionRows, readCosts, readRows, type SessionRow, sessionRows } from '../ihc/rows.ts';
import type { PathCount } from '../models/index.ts';
import { placesOf, toUnits } from '../money/decimal.ts';
import type { Corpus } from './corpus.ts';

const costPlaces = 6;

// Ids are read as text: a file may hold them as whole numbers, larger ones than JavaScript's.
const tables = {
  conversions: 'select cast(conv_id as text) conv_id, cast(user_id as text) user_id, conv_date, conv_time, revenue from conversions',
  sessions: `select cast(session_id as text) session_id, cast(user_id as text) user_id, event_date, event_time, channel_name,
    holder_engagement, closer_engagement, impression_interaction from session_sources`,
  costs: 'select cast(session_id as text) session_id, cost from session_costs',
};

function readTables(file: string): Record<keyof typeof tables, unknown[]> {
  if (!existsSync(file)) throw new Error(`${file}: there is no such file; give the path of a SQLite database`);
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const read = (query: string): unknown[] => db.prepare(query).all();
    return { conversions: read(tables.conversions), sessions: read(tables.sessions), costs: read(tables.costs) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: ${reason}; the file must have the tables conversions, session_sources and session_costs`);
  } finally {
    db.close();
  }
}

/** The ways of users who never converted. */
function nullPaths(sessions: SessionRow[], converted: ReadonlySet<string>): PathCount[] {
  const instant = ({ event_date, event_time, session_id }: SessionRow): string => `${event_date} ${event_time} ${session_id}`;
  const ofNobody = [...Map.groupBy(sessions, ({ user_id }) => user_id)].filter(([user]) => !converted.has(user));
  return ofNobody.map(([, rows]) => {
    const ordered = rows.toSorted((left, right) => (instant(left) < instant(right) ? -1 : 1));
    return { channels: ordered.map(({ channel_name }) => channel_name), conversions: 0, nulls: 1 };
  });
}

/** Reads every conversion, session and cost of a SQLite file of the challenge's schema; its times are taken for UTC. */
export function readDatabase(file: string, currency: string): Corpus {
  const places = placesOf(currency);
  const stored = readTables(file);
  const conversions = readRows(conversionRows, stored.conversions);
  const sessions = readRows(sessionRows, stored.sessions);
  const costs = readCosts(stored.costs, sessions.rows);
  const sessionOf = new Map(sessions.rows.map((session) => [session.session_id, session]));
  const refused = [...conversions.refused, ...sessions.refused, ...costs.refused];
  return {
    ...{ places, currency, hasTimes: true },
    groups: buildJourneys(conversions.rows, sessions.rows, currency).map((journey) => ({ journey, conversions: 1 })),
    nulls: nullPaths(sessions.rows, new Set(conversions.rows.map(({ user_id }) => user_id))),
    costs: costs.rows.flatMap(({ session_id, cost }) => {
      const session = sessionOf.get(session_id);
      if (session === undefined || cost === null) return [];
      return [
        {
          channel: session.channel_name,
          campaign: null,
          atMs: instantOf(session.event_date, session.event_time),
          costMicros: toUnits(cost, costPlaces) ?? 0n,
        },
      ];
    }),
    refused: refused.map(({ table, row, column, problem }) => `${table} ${row}: ${column} ${problem}`),
  };
}
