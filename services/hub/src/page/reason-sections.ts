import { type DecisionReason, decisionReasons } from '@waybill/shared/conversion';
import type { Runs } from '../runs.ts';
import type { DecisionCount, ReasonCount } from '../standings.ts';
import { counted, describeSpan } from '../wording.ts';
import { type Html, html } from './html.ts';
import { type Cell, type Tone, table } from './table.ts';

const endings: Record<string, [words: string, tone: Tone]> = {
  rejected: ['rejected for good', 'bad'],
  config: ['kept until the configuration is mended', 'bad'],
  held: ['held, because no table of codes knows the answer', 'bad'],
  retry: ['kept for another attempt', 'wait'],
  later: ['sent too early, kept until it is time', 'wait'],
  throttled: ['kept back, because the platform asked for a pause', 'wait'],
};

function reasonItem({ platform, kind, code, reason, conversions, attempts, lastAt }: ReasonCount, now: Date): Html {
  const [words, tone] = endings[kind] ?? [kind, 'wait'];
  const tries = attempts === conversions ? '' : ` in ${counted(attempts, 'attempt')}`;
  return html`<li><span><b>${platform}</b>: ${counted(conversions, 'conversion')} <span class="${tone}">${words}</span>${tries} <code>${code}</code></span>
<time datetime="${lastAt.toISOString()}">${describeSpan(lastAt, now)} ago</time><p>${reason}</p></li>`;
}

/** What no retry mends: it stays until a person acts. */
export function alarmSection(stuck: ReasonCount[], { sync, eligibility }: Runs, now: Date): Html | null {
  const runs = [
    ...sync.map(({ source, problem }) => ({ of: `sync of ${source}`, problem })),
    ...eligibility.map(({ problem }) => ({ of: 'eligibility', problem })),
  ];
  const problems = runs.flatMap(({ of, problem }) => (problem === null ? [] : [html`<li><b>${of}</b><p>${problem}</p></li>`]));
  if (problems.length === 0 && stuck.length === 0) return null;
  return html`<section class="alarm"><div class="head"><h2>Needs a person</h2></div><ul>${problems}${stuck.map((reason) => reasonItem(reason, now))}</ul></section>`;
}

export function reasonsSection(lastReasons: ReasonCount[], now: Date): Html | null {
  if (lastReasons.length === 0) return null;
  const items = lastReasons.map((reason) => reasonItem(reason, now));
  return html`<section><div class="head"><h2>Last reasons</h2><p>every attempt that did not deliver, newest first</p></div><ul>${items}</ul></section>`;
}

/** Each decision with its sentence, and how often it was made for each platform. */
export function decisionsSection(decisions: DecisionCount[]): Html | null {
  if (decisions.length === 0) return null;
  const platforms = [...new Set(decisions.map(({ platform }) => platform))].sort();
  const total = (of: DecisionCount[]): number => of.reduce((all, { count }) => all + count, 0);
  const rows = [...Map.groupBy(decisions, ({ reason }) => reason)]
    .sort(([, left], [, right]) => total(right) - total(left))
    .map(([reason, all]): Cell[] => [
      { short: reason },
      decisionReasons[reason as DecisionReason] ?? '',
      ...platforms.map((platform) => ({ count: total(all.filter((decision) => decision.platform === platform)) })),
      { count: total(all) },
    ]);
  return html`<section><div class="head"><h2>Why, and why not</h2><p>${counted(total(decisions), 'decision')}: each company or contact with each type</p></div>
${table(['decision', 'which means', ...platforms, 'all'], rows)}</section>`;
}
