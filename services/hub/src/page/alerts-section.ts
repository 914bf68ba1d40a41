import type { PausedLane } from '../alerts/decide-findings.ts';
import type { ShownAlert } from '../alerts/evaluate.ts';
import { describeInstant, describeSpan } from '../wording.ts';
import { type Html, html } from './html.ts';

/** What is wrong now in red, and below it what is over. */
export function alertsSection(alerts: ShownAlert[], now: Date): Html | null {
  const open = alerts.filter(({ resolvedAt }) => resolvedAt === null);
  const over = alerts.filter(({ resolvedAt }) => resolvedAt !== null);
  if (alerts.length === 0) return null;
  const item = ({ name, subject, detail, beganAt, resolvedAt }: ShownAlert): Html => {
    const words = resolvedAt === null ? `for ${describeSpan(beganAt, now)}` : `over since ${describeSpan(resolvedAt, now)}`;
    return html`<li><span><b>${name}</b> ${subject}</span><time datetime="${beganAt.toISOString()}">${words}</time><p>${detail}</p></li>`;
  };
  return html`<section class="${open.length > 0 ? 'alarm' : ''}"><div class="head"><h2>Alerts</h2><p>${open.length === 0 ? 'none now' : `${open.length} now`}</p></div>
<ul>${[...open, ...over].map(item)}</ul></section>`;
}

/** What stands still: each lane with its reason and when it is tried again. */
export function lanesSection(lanes: PausedLane[], now: Date): Html | null {
  if (lanes.length === 0) return null;
  const item = ({ platform, lane, reason, until }: PausedLane): Html => {
    const when = until > now ? `tried again in ${describeSpan(now, until)}` : 'the next conversion is its probe';
    return html`<li><span><b>${platform}</b> ${lane} stands still</span><time datetime="${until.toISOString()}">${describeInstant(until)}</time><p>${reason}; ${when}</p></li>`;
  };
  return html`<section><div class="head"><h2>Paused lanes</h2><p>other accounts and actions go on</p></div><ul>${lanes.map(item)}</ul></section>`;
}
