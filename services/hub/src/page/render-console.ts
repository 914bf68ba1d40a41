import type { PausedLane } from '../alerts/decide-findings.ts';
import type { ShownAlert } from '../alerts/evaluate.ts';
import type { Reconciled } from '../reconcile/decide-reconciliation.ts';
import type { Runs } from '../runs.ts';
import type { Standing, Standings } from '../standings.ts';
import { formatCount } from '../wording.ts';
import { alertsSection, lanesSection } from './alerts-section.ts';
import { type AttributionState, attributionSection } from './attribution-section.ts';
import { type Frame, renderFrame } from './frame.ts';
import { type Html, html, type Part } from './html.ts';
import { groupThousands, sumMoney } from './money.ts';
import { describeNextAttempt, platformSection, sum } from './platform-section.ts';
import { alarmSection, decisionsSection, reasonsSection } from './reason-sections.ts';
import { reconciliationSection } from './reconciliation-section.ts';
import { runsSection } from './runs-section.ts';
import type { Tone } from './table.ts';

function strip(standings: Standing[], now: Date): Html {
  const unclaimed = sum(standings, 'unclaimed');
  const worth = Object.entries(sumMoney(standings.map(({ value }) => value))).map(
    ([currency, amount]) => html`<div>${groupThousands(amount)} <small>${currency}</small></div>`,
  );
  const figures: [name: string, value: Part, tone: Tone | '', below: string][] = [
    ['candidates', formatCount(sum(standings, 'candidates')), '', unclaimed === 0 ? '' : `${formatCount(unclaimed)} on their way`],
    ['sent', formatCount(sum(standings, 'sent')), 'good', ''],
    ['value sent', worth.length === 0 ? '–' : worth, '', ''],
    ['waiting', formatCount(sum(standings, 'waiting')), sum(standings, 'waiting') > 0 ? 'wait' : '', describeNextAttempt(standings, now)],
    ['rejected', formatCount(sum(standings, 'rejected')), sum(standings, 'rejected') > 0 ? 'bad' : '', ''],
    ['duplicates stopped', formatCount(sum(standings, 'duplicate')), '', ''],
  ];
  return html`<dl class="strip">${figures.map(
    ([name, value, tone, below]) =>
      html`<div><dt>${name}</dt><dd class="${tone}">${value}${below === '' ? null : html`<small>${below}</small>`}</dd></div>`,
  )}</dl>`;
}

const emptyState = html`<section><div class="head"><h2>Nothing has been decided yet</h2></div>
<p>On your own machine <code>npm start</code> brings an example company and runs the whole flow. Elsewhere start a run of sync, then one of eligibility:
<code>POST /run</code> of each service. This page shows the result by itself.</p></section>`;

/** What the console shows beside the standings. */
export interface Watch {
  alerts: ShownAlert[];
  lanes: PausedLane[];
  reconciliation: Reconciled[];
  attribution: AttributionState;
}

/** The console: where everything stands. */
export function renderConsole(state: Standings, runs: Runs, watch: Watch, frame: Frame): string {
  const platforms = [...Map.groupBy(state.standings, ({ platform }) => platform)];
  const sections = [
    platforms.length === 0 ? null : strip(state.standings, frame.now),
    platforms.length === 0 && state.decisions.length === 0 ? emptyState : null,
    alertsSection(watch.alerts, frame.now),
    alarmSection(state.stuck, runs, frame.now),
    lanesSection(watch.lanes, frame.now),
    ...platforms.map(([platform, standings]) => platformSection(platform, standings, frame.now)),
    reconciliationSection(watch.reconciliation),
    reasonsSection(state.lastReasons, frame.businessNow),
    decisionsSection(state.decisions),
    attributionSection(watch.attribution, frame.now),
    runsSection(runs, frame.now),
  ];
  return renderFrame(
    frame,
    sections.filter((section) => section !== null),
  );
}
