import { isUnexplained, type Reconciled } from '../reconcile/decide-reconciliation.ts';
import { counted } from '../wording.ts';
import { type Html, html } from './html.ts';
import { type Cell, table } from './table.ts';

const head = [
  'day',
  'platform',
  'action',
  'eligible',
  'accepted',
  'counted',
  'untold',
  'waiting',
  'rejected',
  'not counted',
  'unexplained',
  'why',
];

const whyOf = ({ differences, sources, strays }: Reconciled): string =>
  [
    ...differences.map(({ count, code, reason }) => `${count} ${code}: ${reason}`),
    ...(sources.length === 0 ? [] : [`unexplained in ${sources.join(', ')}`]),
    ...(strays === 0 ? [] : [`${strays} were never eligible`]),
  ].join('; ');

const toRow = (row: Reconciled): Cell[] => [
  { short: row.day },
  `${row.platform} ${row.account}`,
  row.action,
  { count: row.eligible },
  { count: row.accepted, tone: 'good' },
  { count: row.counted, tone: 'good' },
  { count: row.untold },
  { count: row.waiting + row.unclaimed, tone: 'wait' },
  { count: row.rejected, tone: 'bad' },
  { count: row.uncounted, tone: 'bad' },
  { count: row.unexplained + row.strays, tone: 'bad' },
  { long: whyOf(row) },
];

type Figure =
  | 'eligible'
  | 'unclaimed'
  | 'waiting'
  | 'rejected'
  | 'accepted'
  | 'counted'
  | 'uncounted'
  | 'untold'
  | 'unexplained'
  | 'strays';
const figures: Figure[] = [
  'eligible',
  'unclaimed',
  'waiting',
  'rejected',
  'accepted',
  'counted',
  'uncounted',
  'untold',
  'unexplained',
  'strays',
];

/** Rows of one day, platform and account as one, with the reasons of all of them. */
function merge(rows: [Reconciled, ...Reconciled[]]): Reconciled {
  const sums = Object.fromEntries(figures.map((figure) => [figure, rows.reduce((total, row) => total + row[figure], 0)])) as Record<
    Figure,
    number
  >;
  const differences = [
    ...Map.groupBy(
      rows.flatMap((row) => row.differences),
      ({ stage, code }) => `${stage} ${code}`,
    ).values(),
  ].map((all) => ({
    ...(all[0] as Reconciled['differences'][number]),
    count: all.reduce((total, { count }) => total + count, 0),
  }));
  return { ...rows[0], ...sums, action: counted(rows.length, 'action'), differences, sources: rows.flatMap(({ sources }) => sources) };
}

/** The last days in short: a row for each day and account, and one of its own for each action with something unexplained. */
export function reconciliationSection(rows: Reconciled[]): Html | null {
  if (rows.length === 0) return null;
  const days = [...Map.groupBy(rows, ({ day, platform, account }) => `${day} ${platform} ${account}`).values()];
  const shown = days.flatMap((all) => [merge(all as [Reconciled, ...Reconciled[]]), ...all.filter(isUnexplained)]);
  return html`<section><div class="head"><h2>Reconciliation</h2><p>sent is not counted: what each platform says of what it took · <a href="/reconciliation">every action</a></p></div>
${table(head, shown.map(toRow))}</section>`;
}

/** Every action of the last days. */
export function fullReconciliationSection(rows: Reconciled[]): Html {
  if (rows.length === 0)
    return html`<section><div class="head"><h2>Reconciliation</h2></div><p>Nothing was eligible in the last days.</p></section>`;
  return html`<section><div class="head"><h2>Reconciliation</h2><p>each action by the day of its conversions, UTC, newest first</p></div>
${table(head, rows.map(toRow))}</section>`;
}
