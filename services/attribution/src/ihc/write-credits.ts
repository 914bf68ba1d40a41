import { buildReport, type ReportRow } from './report.ts';
import { creditRows, type Refusal, readCosts, readRows, sessionRows } from './rows.ts';
import type { Credit, DayRange, IhcStore, IhcTransaction } from './store/ihc-store.ts';

export interface WrittenReport {
  report: ReportRow[];
  refused: Refusal[];
}

const dayMs = 86_400_000;

function daysOf({ from, to }: DayRange): string[] {
  const count = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  return Array.from({ length: count }, (_, index) => new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10));
}

/** A credit is met as often as its session or conversion stands in its table; those are refused there, not here. */
function readCredits(stored: unknown[]) {
  const { rows, refused } = readRows(creditRows, stored);
  const read = new Set(rows.map(({ conv_id, session_id }) => `${conv_id} ${session_id}`));
  return { rows, refused: refused.filter(({ row }) => !read.has(row)) };
}

async function rebuildReport(tx: IhcTransaction, days: string[], places: number): Promise<WrittenReport> {
  const credits = readCredits(await tx.findCredits(days));
  const sessions = readRows(sessionRows, await tx.findSessions(days));
  const costs = readCosts(await tx.findCosts(days), sessions.rows);
  const report = buildReport({ days, credits: credits.rows, sessions: sessions.rows, costs: costs.rows }, places);
  await tx.replaceReport(days, report);
  return { report, refused: [...credits.refused, ...sessions.refused, ...costs.refused] };
}

/**
 * Replaces the credits of these conversions and rebuilds the report of every day of the range, and of every day that they credit or did
 * credit, from all that is stored: conversions of other ranges keep their part in it. All in one transaction.
 */
export const writeCredits = (
  store: IhcStore,
  { range, conversionIds, credits, places }: { range: DayRange; conversionIds: string[]; credits: Credit[]; places: number },
): Promise<WrittenReport> =>
  store.transaction(async (tx) => {
    const before = await tx.findCreditedDays(conversionIds);
    await tx.replaceCredits(conversionIds, credits);
    const after = await tx.findCreditedDays(conversionIds);
    return rebuildReport(tx, [...new Set([...daysOf(range), ...before, ...after])].sort(), places);
  });
