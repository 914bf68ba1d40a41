import { costPlaces, fromUnits } from '../money/decimal.ts';
import { costPerOrder, type ReportRow, returnOnAdSpend } from './report.ts';
import type { Refusal } from './rows.ts';
import type { IhcRun, Tally } from './run-ihc.ts';

/** How many rows of each table were refused; a row with several faults counts once. */
function countRefused(refused: Refusal[]): string {
  const byTable = Map.groupBy(refused, ({ table }) => table);
  const counts = [...byTable].map(([table, own]) => `${new Set(own.map(({ row }) => row)).size} of ${table}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

export const formatRefusal = ({ table, row, column, problem }: Refusal): string => `${table} ${row}: ${column} ${problem}`;

function formatTable(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const cell = (text: string, column: number): string => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0));
  return rows.map((row) => `  ${row.map(cell).join('  ').trimEnd()}\n`).join('');
}

function sumByChannel(report: ReportRow[]): ReportRow[] {
  const byChannel = Map.groupBy(report, ({ channel }) => channel);
  return [...byChannel].map(([channel, rows]) => ({
    channel,
    day: '',
    costMicros: rows.reduce((sum, { costMicros }) => sum + costMicros, 0n),
    ihc: rows.reduce((sum, { ihc }) => sum + ihc, 0),
    revenueMinor: rows.reduce((sum, { revenueMinor }) => sum + revenueMinor, 0n),
  }));
}

const orUndefined = (number: number | null): string => number?.toFixed(2) ?? 'undefined';

/** The counts of a run and its report by channel, as a person reads them. */
export function formatRun(run: IhcRun, { currency, places, creditor }: { currency: string; places: number; creditor: string }): string {
  const tallied = (name: string, { conversions, revenueMinor }: Tally): string[] => [
    name,
    `${conversions}`,
    `${fromUnits(revenueMinor, places)} ${currency}`,
  ];
  const counts = formatTable([
    ['', 'conversions', 'revenue'],
    tallied('attributed', run.attributed),
    tallied('unattributed, no session before them', run.unattributed),
    ...(run.unscored.conversions === 0 ? [] : [tallied('unscored, as before this run', run.unscored)]),
  ]);
  const channels = sumByChannel(run.report).map((row) => [
    row.channel,
    fromUnits(row.costMicros, costPlaces, 2),
    row.ihc.toFixed(2),
    fromUnits(row.revenueMinor, places),
    orUndefined(costPerOrder(row)),
    orUndefined(returnOnAdSpend(row, places)),
  ]);
  const read = `Read ${run.conversionsRead} conversions and ${run.sessionsRead} sessions; refused rows: ${countRefused(run.refused)}.`;
  const byChannel =
    channels.length === 0 ? '  nothing to report\n' : formatTable([['channel', 'cost', 'ihc', 'ihc_revenue', 'CPO', 'ROAS'], ...channels]);
  return `${read} Credits by ${creditor}.\n\n${counts}\nThe days of the range, and those of the sessions credited:\n${byChannel}${formatComparison(run)}`;
}

function formatComparison({ comparison }: IhcRun): string {
  if (comparison === null) return '';
  const { touches, meanDifference, largestDifference, byChannel } = comparison;
  const rows = byChannel.map(({ channel, one, other }) => [channel, one.toFixed(2), other.toFixed(2), (one - other).toFixed(2)]);
  const head = `\nThe local model differs on ${touches} sessions by ${meanDifference.toFixed(4)} of a conversion on average, ${largestDifference.toFixed(4)} at most:\n`;
  return head + formatTable([['channel', 'API', 'local', 'difference'], ...rows]);
}
