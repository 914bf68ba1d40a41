import type { Runs } from '../runs.ts';
import { describeInstant, describeSpan, formatCount } from '../wording.ts';
import { type Html, html } from './html.ts';
import { type Cell, table } from './table.ts';

const statusTones: Record<string, string> = { succeeded: 'good', failed: 'bad', held: 'bad', running: 'wait' };

/** How fresh the scores are, and when eligibility last decided. */
export function runsSection({ sync, eligibility }: Runs, now: Date): Html | null {
  const [last] = eligibility;
  if (last === undefined && sync.length === 0) return null;
  const rows = sync.map((run): Cell[] => [
    { short: run.source },
    { part: html`<span class="${statusTones[run.status] ?? ''}">${run.status}</span>` },
    { short: `${describeSpan(run.startedAt, now)} ago` },
    { short: run.sourceModifiedAt === null ? '' : describeInstant(run.sourceModifiedAt) },
    { count: run.rowsRead },
    { count: run.rowsChanged },
    { count: run.rowsQuarantined, tone: 'bad' },
  ]);
  const eligibilitySays =
    last === undefined
      ? 'Eligibility has not run yet.'
      : last.finishedAt === null
        ? `Eligibility started ${describeSpan(last.startedAt, now)} ago and has not ended.`
        : `Eligibility ended ${describeSpan(last.finishedAt, now)} ago: ${last.isFull ? 'everything' : 'what changed'} was decided, ${formatCount(last.considered)} decisions, ${formatCount(last.candidates)} new conversions, ${formatCount(last.corrections)} corrections.`;
  const head = ['scores', 'status', 'synced', 'source written', 'rows read', 'changed', 'quarantined'];
  return html`<section><div class="head"><h2>Freshness</h2><p>${eligibilitySays}</p></div>${rows.length === 0 ? null : table(head, rows)}</section>`;
}
