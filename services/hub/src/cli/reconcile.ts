import { parseArgs } from 'node:util';
import { runCli, UsageError } from '@waybill/shared/cli';
import { createClock } from '@waybill/shared/config';
import { connect } from '@waybill/shared/db';
import { isUnexplained, type Reconciled } from '../reconcile/decide-reconciliation.ts';
import { findReconciliation, findSuspects, type Span } from '../reconcile/find-reconciliation.ts';
import { readDatabaseSettings } from './config.ts';

const usage = `Usage: npm run reconcile -- [--from DAY] [--to DAY] [--platform P] [--account A] [--events] [--format table|json|csv]

Holds, for each day (of the conversions, UTC), account and conversion action, what was eligible against what was accepted, and that against what
the platform says it counted, with the reason for each difference. The last seven days unless --from and --to (inclusive) say otherwise.

  untold        accepted, and the platform has not told of it yet, or tells nothing
  unexplained   accepted, and neither counted nor explained by the platform; below zero: it counted more than was sent
  --events      names the conversions among which the unexplained ones are: those of the requests that fell short

Ends with 1 where anything is unexplained.
`;

const dayMs = 86_400_000;
const formats = ['table', 'json', 'csv'] as const;
type Format = (typeof formats)[number];

function readDay(name: string, given: string | undefined, otherwise: Date): string {
  const day = given ?? otherwise.toISOString().slice(0, 10);
  if (/^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day))) return day;
  throw new UsageError(`--${name} ${given}: give a day such as 2026-11-01`);
}

const columns = ['day', 'platform', 'account', 'action', 'eligible', 'unclaimed', 'waiting', 'rejected', 'accepted', 'counted'] as const;
const lateColumns = ['uncounted', 'untold', 'unexplained', 'strays'] as const;
const allColumns = [...columns, ...lateColumns];

const describeReasons = ({ differences, sources }: Reconciled): string =>
  [
    ...differences.map(({ stage, code, reason, count }) => `${count} ${stage} for ${code}: ${reason}`),
    ...(sources.length === 0 ? [] : [`unexplained in ${sources.join(', ')}`]),
  ].join('; ');

function formatTable(rows: Reconciled[]): string {
  const cells = [[...allColumns], ...rows.map((row) => allColumns.map((column) => String(row[column])))];
  const widths = allColumns.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  const format = (line: string[]): string =>
    line.map((cell, column) => (column < 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ');
  const [head = [], ...body] = cells;
  const lines = body.flatMap((line, index) => {
    const reasons = describeReasons(rows[index] as Reconciled);
    return reasons === '' ? [format(line)] : [format(line), ...reasons.split('; ').map((reason) => `    ${reason}`)];
  });
  return [format(head), ...lines].join('\n');
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is led by an apostrophe. */
function toCell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
const formatCsv = (rows: Reconciled[]): string =>
  [
    [...allColumns, 'reasons'].join(','),
    ...rows.map((row) => [...allColumns.map((column) => row[column]), describeReasons(row)].map(toCell).join(',')),
  ].join('\r\n');

const write: Record<Format, (rows: Reconciled[]) => string> = {
  table: formatTable,
  json: (rows) => JSON.stringify(rows, null, 2),
  csv: formatCsv,
};

await runCli(usage, async () => {
  const text = { type: 'string' } as const;
  const options = { from: text, to: text, platform: text, account: text, format: { ...text, default: 'table' } } as const;
  const flags = { events: { type: 'boolean', default: false }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: process.argv.slice(2), options: { ...options, ...flags } });
  if (values.help) return void process.stdout.write(usage);
  const format = formats.find((name) => name === values.format);
  if (format === undefined) throw new UsageError(`--format ${values.format}: give one of ${formats.join(', ')}`);
  const config = readDatabaseSettings();
  const now = createClock(config.CLOCK_AT).now();
  const to = readDay('to', values.to, now);
  const from = readDay('from', values.from, new Date(Date.parse(to) - 6 * dayMs));
  if (from > to) throw new UsageError('--from must not be after --to');
  const span: Span = { from, to, platform: values.platform ?? null, account: values.account ?? null };

  const db = connect(config.DATABASE_URL, 2);
  try {
    const rows = await findReconciliation(db, span);
    const unexplained = rows.filter(isUnexplained);
    process.stdout.write(rows.length === 0 ? `Nothing was eligible from ${from} to ${to}.\n` : `${write[format](rows)}\n`);
    for (const row of values.events ? unexplained : []) {
      const suspects = await findSuspects(db, row);
      process.stderr.write(
        `\n${row.unexplained} of these of ${row.platform} ${row.account} ${row.action} on ${row.day}:\n  ${suspects.join('\n  ')}\n`,
      );
    }
    const total = unexplained.reduce((sum, row) => sum + Math.abs(row.unexplained) + row.strays, 0);
    process.stderr.write(total === 0 ? 'Every difference is explained.\n' : `${total} are unexplained.\n`);
    if (total > 0) process.exitCode = 1;
  } finally {
    await db.destroy();
  }
});
