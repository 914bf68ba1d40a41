import type { Standing } from '../standings.ts';
import { describeSpan } from '../wording.ts';
import { type Html, html } from './html.ts';
import { describeMoney, sumMoney } from './money.ts';
import { type Cell, table } from './table.ts';

type Figure = 'candidates' | 'published' | 'sent' | 'duplicate' | 'rejected' | 'waiting' | 'config' | 'held' | 'unclaimed';

export const sum = (standings: Standing[], of: Figure): number => standings.reduce((total, standing) => total + standing[of], 0);

/** When the soonest of the conversions that wait is tried again; empty where none waits for its time. */
export function describeNextAttempt(standings: Standing[], now: Date): string {
  const times = standings.flatMap(({ nextRetryAt }) => nextRetryAt ?? []).map((at) => at.getTime());
  if (times.length === 0) return '';
  const at = new Date(Math.min(...times));
  return at <= now ? 'next attempt is due' : `next attempt in ${describeSpan(now, at)}`;
}

const tones = { sent: 'good', waiting: 'wait', rejected: 'bad' };

function bar(standings: Standing[]): Html {
  const parts = (['sent', 'waiting', 'rejected'] as const)
    .map((of) => ({ of, count: sum(standings, of) }))
    .filter(({ count }) => count > 0);
  const unclaimed = sum(standings, 'unclaimed');
  const words = parts.map(({ of, count }) => `${count} ${of}`).join(', ');
  return html`<div class="bar" role="img" aria-label="${words || 'none sent yet'}">${parts.map(({ of, count }) => html`<i class="${tones[of]}" style="flex-grow: ${count}"></i>`)}${
    unclaimed > 0 ? html`<i style="flex-grow: ${unclaimed}"></i>` : null
  }</div>`;
}

const head = ['type', 'candidates', 'published', 'sent', 'waiting', '(config)', '(held)', 'rejected', 'duplicates', 'value sent'];

function toCells(name: string, of: (figure: Figure) => number, value: Record<string, string>): Cell[] {
  return [
    name,
    { count: of('candidates') },
    { count: of('published') },
    { count: of('sent'), tone: 'good' },
    { count: of('waiting'), tone: 'wait' },
    { count: of('config'), tone: 'bad' },
    { count: of('held'), tone: 'bad' },
    { count: of('rejected'), tone: 'bad' },
    { count: of('duplicate') },
    { amount: describeMoney(value) },
  ];
}

/** One platform with its conversion types, and their sum where there are several. */
export function platformSection(platform: string, standings: Standing[], now: Date): Html {
  const rows = standings.map((standing) =>
    toCells(standing.conversionType.replace(`${platform}.`, '').replaceAll('_', ' '), (of) => standing[of], standing.value),
  );
  const sums = toCells('all types', (of) => sum(standings, of), sumMoney(standings.map(({ value }) => value)));
  return html`<section class="figures"><div class="head"><h2 class="name">${platform}</h2><p>${describeNextAttempt(standings, now)}</p></div>
${bar(standings)}${table(head, rows, standings.length > 1 ? sums : null)}</section>`;
}
