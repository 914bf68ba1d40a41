import { describeStep } from '../attribution/find-attribution.ts';
import type { FailingEntity, Recalculations, UnresolvedCount } from '../attribution/find-recalculations.ts';
import { describeSpan, formatCount } from '../wording.ts';
import { type Html, html } from './html.ts';
import { type Cell, table } from './table.ts';

/** What the console tells of attribution. */
export interface AttributionState {
  recalculations: Recalculations;
  unresolved: UnresolvedCount[];
}

/** `40 ms`, `1.2 s`, `12 min`. */
export function describeMs(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : describeSpan(new Date(0), new Date(ms));
}

function queue({ waiting, due, overdue, oldestDueAt, failing }: Recalculations, now: Date): Html {
  const parts = [
    html`${formatCount(waiting)} ${waiting === 1 ? 'entity waits' : 'entities wait'} for the next computation`,
    ...(due === 0 || oldestDueAt === null ? [] : [html`, ${formatCount(due)} due now, the first for ${describeSpan(oldestDueAt, now)}`]),
    ...(overdue === 0 ? [] : [html`, <span class="bad">${formatCount(overdue)} for more than 10 min</span>`]),
    ...(failing === 0 ? [] : [html`, <span class="bad">${formatCount(failing)} failing</span>`]),
  ];
  return html`<p>${parts}</p>`;
}

function failureItem({ kind, entity, attempts, problem, retryAt }: FailingEntity, now: Date): Html {
  const subject = `${kind} ${entity}`;
  const when = retryAt <= now ? 'due now' : `again in ${describeSpan(now, retryAt)}`;
  return html`<li><span><b><a href="/life?of=${encodeURIComponent(subject)}">${subject}</a></b> <span class="bad">failed ${attempts === 1 ? 'once' : `${attempts} times in a row`}</span></span>
<time datetime="${retryAt.toISOString()}">${when}</time><p>${problem}</p></li>`;
}

const stepRows = ({ today }: Recalculations): Cell[][] =>
  today.map(({ step, succeeded, changed, failed, meanLateMs, mostLateMs }): Cell[] => [
    { short: describeStep(step) },
    { count: succeeded },
    { count: changed },
    { count: failed, tone: 'bad' },
    { amount: describeMs(meanLateMs) },
    { amount: describeMs(mostLateMs) },
  ]);

const unresolvedRows = (unresolved: UnresolvedCount[]): Cell[][] =>
  unresolved.map(({ type, reason, clients }) => [type === null ? reason : `met ${anOr(type)} that ${reason}`, { count: clients }]);

const anOr = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** How attribution keeps up, what it cannot compute, and the clients that are nobody's for a reason. */
export function attributionSection({ recalculations, unresolved }: AttributionState, now: Date): Html | null {
  const { waiting, today, failures } = recalculations;
  if (waiting === 0 && today.length === 0 && unresolved.length === 0) return null;
  const steps = stepRows(recalculations);
  return html`<section><div class="head"><h2>Attribution</h2>${queue(recalculations, now)}</div>
${failures.length === 0 ? null : html`<ul>${failures.map((failure) => failureItem(failure, now))}</ul>`}
${steps.length === 0 ? html`<p class="soft">Nothing has been computed today.</p>` : table(['today', 'computed', 'changed', 'failed', 'late on average', 'at most'], steps)}
${unresolved.length === 0 ? null : table(['clients that', 'clients'], unresolvedRows(unresolved))}</section>`;
}
