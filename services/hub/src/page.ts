import { type DecisionReason, decisionReasons } from '@waybill/shared/conversion';
import type { Section } from './life.ts';
import type { Standing, Standings } from './standings.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

const number = (count: number): string => count.toLocaleString('en-US');
const time = (at: Date | null): string => (at === null ? '–' : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`);
const money = (value: Record<string, string>): string =>
  Object.entries(value)
    .map(([currency, total]) => `${Number(total).toLocaleString('en-US', { minimumFractionDigits: 2 })} ${currency}`)
    .join(', ') || '–';

type Cell = string | { count: number; tone?: 'bad' | 'wait' | 'good' };

const cell = (content: Cell): string => {
  if (typeof content === 'string') return `<td>${escapeHtml(content)}</td>`;
  const tone = content.count > 0 && content.tone !== undefined ? ` ${content.tone}` : '';
  return `<td class="n${tone}">${number(content.count)}</td>`;
};

const table = (head: string[], rows: Cell[][]): string => `<div class="scroll"><table>
<thead><tr>${head.map((title) => `<th>${escapeHtml(title)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table></div>`;

const sum = (standings: Standing[], of: 'candidates' | 'sent' | 'duplicate' | 'rejected' | 'waiting'): number =>
  standings.reduce((total, standing) => total + standing[of], 0);

function strip(standings: Standing[]): string {
  const figures = [
    ['candidates', sum(standings, 'candidates'), ''],
    ['sent', sum(standings, 'sent'), 'good'],
    ['duplicates refused', sum(standings, 'duplicate'), ''],
    ['rejected', sum(standings, 'rejected'), 'bad'],
    ['waiting', sum(standings, 'waiting'), 'wait'],
  ] as const;
  return `<dl class="strip">${figures.map(([name, count, tone]) => `<div><dt>${name}</dt><dd class="${count > 0 ? tone : ''}">${number(count)}</dd></div>`).join('')}</dl>`;
}

function platformSection(platform: string, standings: Standing[]): string {
  const rows = standings.map((s): Cell[] => [
    s.conversionType.slice(platform.length + 1).replaceAll('_', ' '),
    { count: s.candidates },
    { count: s.sent, tone: 'good' },
    { count: s.duplicate },
    { count: s.rejected, tone: 'bad' },
    { count: s.waiting, tone: 'wait' },
    money(s.value),
  ]);
  return `<section><h2>${escapeHtml(platform)}</h2>${table(['type', 'candidates', 'sent', 'duplicate', 'rejected', 'waiting', 'value sent'], rows)}</section>`;
}

function reasonsSection({ lastReasons }: Standings): string {
  if (lastReasons.length === 0) return '';
  const rows = lastReasons.map((r): Cell[] => [r.platform, r.kind, r.code, r.reason, { count: r.count }, time(r.lastAt)]);
  return `<section><h2>Last reasons</h2>${table(['platform', 'outcome', 'code', 'what happened, and how to mend it', 'times', 'last'], rows)}</section>`;
}

function decisionsSection({ decisions }: Standings): string {
  const byReason = Map.groupBy(decisions, ({ reason }) => reason);
  const rows = [...byReason]
    .map(([reason, all]) => ({ reason, count: all.reduce((total, { count }) => total + count, 0) }))
    .sort((left, right) => right.count - left.count)
    .map(({ reason, count }): Cell[] => [reason, decisionReasons[reason as DecisionReason] ?? '', { count }]);
  return rows.length === 0
    ? ''
    : `<section><h2>Why, and why not</h2>${table(['decision', 'which means', 'entities × types'], rows)}</section>`;
}

function freshnessSection({ sync, lastEligibilityRun }: Standings): string {
  const rows = sync.map((s): Cell[] => [s.source, s.status, time(s.startedAt), { count: s.rowsChanged }, s.problem ?? '']);
  const run = lastEligibilityRun;
  const line =
    run === null
      ? 'Eligibility has not run yet.'
      : `Eligibility last ended ${time(run.finishedAt)}: ${number(run.considered)} considered, ${number(run.eligible)} new.`;
  const scores = rows.length === 0 ? '' : table(['scores', 'status', 'last run', 'rows changed', 'problem'], rows);
  return `<section><h2>Freshness</h2><p>${escapeHtml(line)}</p>${scores}</section>`;
}

const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #667085; --line: #e4e7ec; --ground: #f7f8fa; --paper: #fff; --good: #067647; --bad: #b42318; --wait: #b54708; --accent: #3538cd }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #2b3240; --ground: #10141b; --paper: #181d27; --good: #47cd89; --bad: #f97066; --wait: #fdb022; --accent: #a4bcfd } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px }
header { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: center; justify-content: space-between; margin-bottom: 20px }
h1 { font-size: 20px; margin: 0; letter-spacing: -.01em } h1 a { color: inherit; text-decoration: none }
h2 { font-size: 15px; margin: 0 0 10px } h2::first-letter { text-transform: uppercase }
section, .strip { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; margin: 0 0 16px }
.label { display: inline-block; border: 1px solid var(--wait); color: var(--wait); border-radius: 99px; padding: 2px 12px; font-size: 13px }
form { display: flex; gap: 8px; flex: 1 1 280px; max-width: 420px }
input { flex: 1; min-width: 0; font: inherit; padding: 7px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); color: inherit }
button { font: inherit; padding: 7px 14px; border: 0; border-radius: 8px; background: var(--accent); color: var(--paper); cursor: pointer }
.strip { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; padding: 18px 20px }
.strip div { margin: 0 } dt { color: var(--soft); font-size: 13px } dd { margin: 0; font-size: 26px; font-weight: 600; font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: 14px }
th { text-align: left; color: var(--soft); font-weight: 500; white-space: nowrap; padding: 4px 14px 6px 0; border-bottom: 1px solid var(--line) }
td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; min-width: 76px; max-width: 460px } tr:last-child td { border-bottom: 0 }
.n { font-variant-numeric: tabular-nums } .good { color: var(--good) } .bad { color: var(--bad) } .wait { color: var(--wait) } p { margin: 0 0 10px; color: var(--soft) }`;

/** The console's frame. The part inside `#live` is fetched anew every few seconds. */
function frame(label: string | undefined, search: string, body: string, refreshes: boolean): string {
  const refresh = `<script>setInterval(async () => {
  const answer = await fetch('/').catch(() => null);
  if (!answer || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
  if (fresh) document.getElementById('live').replaceWith(fresh);
}, 3000);</script>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Waybill</title><style>${style}</style></head><body><main>
<header><h1><a href="/">Waybill</a></h1>${label === undefined || label === '' ? '' : `<span class="label">${escapeHtml(label)}</span>`}
<form action="/life"><input name="of" value="${escapeHtml(search)}" placeholder="cv_… or company 42 or contact 7" aria-label="Event, company or contact"><button>Explain</button></form></header>
<div id="live">${body}</div></main>${refreshes ? refresh : ''}</body></html>`;
}

const emptyState = `<section><h2>Nothing has been decided yet</h2><p>Start a run: POST /run of sync, then of eligibility. Locally, <code>npm start</code> does both.</p></section>`;

/** The console: where everything stands. */
export function renderConsole(state: Standings, label: string | undefined): string {
  const platforms = [...Map.groupBy(state.standings, ({ platform }) => platform)];
  const sections = platforms.map(([platform, standings]) => platformSection(platform, standings)).join('\n');
  const top = platforms.length === 0 ? emptyState : strip(state.standings) + sections;
  return frame(label, '', top + reasonsSection(state) + decisionsSection(state) + freshnessSection(state), true);
}

/** The life of what was searched; `sections` null: nothing is known of it. */
export function renderLife(search: string, sections: Section[] | null, label: string | undefined): string {
  if (sections === null) {
    const hint = 'Nothing is known of it. Give an event id (cv_…), "company 42" or "contact 7".';
    return frame(label, search, `<section><h2>Not found</h2><p>${escapeHtml(hint)}</p></section>`, false);
  }
  const body = sections.map(({ title, rows, whenEmpty }) => {
    const head = Object.keys(rows[0] ?? {});
    const content =
      rows.length === 0
        ? `<p>${escapeHtml(whenEmpty)}</p>`
        : table(
            head,
            rows.map((row) => head.map((column) => row[column] ?? '')),
          );
    return `<section><h2>${escapeHtml(title)}</h2>${content}</section>`;
  });
  return frame(label, search, body.join('\n'), false);
}
