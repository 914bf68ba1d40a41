import type { ReportRow } from '../report.ts';

/** Days, both included: YYYY-MM-DD. */
export interface DayRange {
  from: string;
  to: string;
}

export interface Credit {
  conversionId: string;
  sessionId: string;
  ihc: number;
}

/** What happens inside one transaction of a run; a run that ends before its commit has written nothing. */
export interface IhcTransaction {
  /** The days of the sessions that hold a credit of these conversions. */
  findCreditedDays(conversionIds: string[]): Promise<string[]>;
  /** Forgets every credit of these conversions and writes the given ones. */
  replaceCredits(conversionIds: string[], credits: Credit[]): Promise<void>;
  /** Every stored credit of the conversions that credit a session of these days. */
  findCredits(days: string[]): Promise<unknown[]>;
  findSessions(days: string[]): Promise<unknown[]>;
  /** The costs of the days' sessions, and those of which no session is known. */
  findCosts(days: string[]): Promise<unknown[]>;
  /** Forgets the report of these days and writes the given rows. */
  replaceReport(days: string[], rows: ReportRow[]): Promise<void>;
}

/** The challenge's five tables, wherever they are. Rows come as they are stored; whether they can be used is for the reader to say. */
export interface IhcStore {
  /** Conversions of the range, and those whose day cannot be read. */
  findConversions(range: DayRange): Promise<unknown[]>;
  /** The sessions of the users who converted in the range, and those without a user. */
  findSessions(range: DayRange): Promise<unknown[]>;
  transaction<T>(work: (tx: IhcTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
