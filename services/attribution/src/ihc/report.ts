import { toCsvText } from '../csv.ts';
import { costPlaces, fromUnits, toUnits } from '../money/decimal.ts';
import { splitValue } from '../money/split-value.ts';
import type { CostRow, CreditRow, SessionRow } from './rows.ts';

/** What a channel cost on a day, and what the conversions credited to that day's sessions brought. */
export interface ReportRow {
  channel: string;
  /** Of the sessions, YYYY-MM-DD. */
  day: string;
  costMicros: bigint;
  /** Conversions. */
  ihc: number;
  revenueMinor: bigint;
}

/** Micros divided by a number of minor units or of conversions; undefined, hence null, where it is 0. */
const ratio = (numerator: number, denominator: number): number | null => (denominator === 0 ? null : numerator / denominator);

/** Cost per order. */
export const costPerOrder = ({ costMicros, ihc }: ReportRow): number | null => ratio(Number(costMicros) / 1e6, ihc);

/** Return on ad spend; `places` are the decimal places of the revenue's currency. */
export const returnOnAdSpend = ({ costMicros, revenueMinor }: ReportRow, places: number): number | null =>
  ratio(Number(revenueMinor) / 10 ** places, Number(costMicros) / 1e6);

export interface ReportSources {
  days: string[];
  /** Every credit of each conversion that credits one of the days, since its revenue is split over all of its sessions. */
  credits: CreditRow[];
  /** The sessions of the days. */
  sessions: SessionRow[];
  costs: CostRow[];
}

/** Orders credits as touches are: by time and then by id, so that the odd cent goes to the same session every time. */
const compareCredits = (left: CreditRow, right: CreditRow): number =>
  `${left.event_date} ${left.event_time} ${left.session_id}` < `${right.event_date} ${right.event_time} ${right.session_id}` ? -1 : 1;

/**
 * The report of these days by channel: cost is that of all sessions, once each, however many conversions they led to; revenue is each
 * conversion's, split to the minor unit. Rows in order of day and channel; one with neither cost nor credit is left out.
 */
export function buildReport({ days, credits, sessions, costs }: ReportSources, places: number): ReportRow[] {
  const wanted = new Set(days);
  const rows = new Map<string, ReportRow>();
  const rowOf = (channel: string, day: string): ReportRow => {
    const key = JSON.stringify([day, channel]);
    const row = rows.get(key) ?? { channel, day, costMicros: 0n, ihc: 0, revenueMinor: 0n };
    rows.set(key, row);
    return row;
  };

  const costOf = new Map(costs.map(({ session_id, cost }) => [session_id, cost === null ? 0n : (toUnits(cost, costPlaces) ?? 0n)]));
  for (const session of sessions) rowOf(session.channel_name, session.event_date).costMicros += costOf.get(session.session_id) ?? 0n;

  const byConversion = [...Map.groupBy(credits, ({ conv_id }) => conv_id)].sort(([left], [right]) => (left < right ? -1 : 1));
  for (const [, unordered] of byConversion) {
    const ordered = unordered.toSorted(compareCredits);
    const revenue = toUnits(ordered[0]?.revenue ?? 0, places) ?? 0n;
    const shares = splitValue(
      revenue,
      ordered.map(({ ihc }) => ihc),
    );
    for (const [index, credit] of ordered.entries()) {
      if (!wanted.has(credit.event_date)) continue;
      const row = rowOf(credit.channel_name, credit.event_date);
      row.ihc += credit.ihc;
      row.revenueMinor += shares[index] ?? 0n;
    }
  }
  return [...rows]
    .filter(([, row]) => row.costMicros !== 0n || row.ihc !== 0 || row.revenueMinor !== 0n)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, row]) => row);
}

const round = (number: number | null): string => (number === null ? '' : String(Math.round(number * 1e6) / 1e6));

/** The report as CSV (RFC 4180); CPO and ROAS are empty where they are undefined. */
export function toCsv(report: ReportRow[], places: number): string {
  const lines = report.map((row) => [
    row.channel,
    row.day,
    fromUnits(row.costMicros, costPlaces, 2),
    round(row.ihc),
    fromUnits(row.revenueMinor, places),
    round(costPerOrder(row)),
    round(returnOnAdSpend(row, places)),
  ]);
  return toCsvText([['channel_name', 'date', 'cost', 'ihc', 'ihc_revenue', 'CPO', 'ROAS'], ...lines]);
}
