import type { Journey } from '../journeys/journey.ts';
import { buildJourneys } from './build-journeys.ts';
import { conversionRows, type Refusal, readRows, sessionRows } from './rows.ts';
import type { DayRange, IhcStore } from './store/ihc-store.ts';

export interface RangeJourneys {
  journeys: Journey[];
  /** Of every conversion of the range, those that were refused among them. */
  conversionIds: string[];
  conversionsRead: number;
  sessionsRead: number;
  refused: Refusal[];
}

/** The journeys of the conversions of a range, with the rows that could not be used. */
export async function readJourneys(store: IhcStore, range: DayRange, currency: string): Promise<RangeJourneys> {
  const stored = { conversions: await store.findConversions(range), sessions: await store.findSessions(range) };
  const conversions = readRows(conversionRows, stored.conversions);
  const sessions = readRows(sessionRows, stored.sessions);
  const ids = stored.conversions.map((row) => (row as { conv_id: unknown }).conv_id);
  return {
    journeys: buildJourneys(conversions.rows, sessions.rows, currency),
    conversionIds: [...new Set(ids.filter((id) => typeof id === 'string'))],
    conversionsRead: stored.conversions.length,
    sessionsRead: stored.sessions.length,
    refused: [...conversions.refused, ...sessions.refused],
  };
}
