import { type Html, html, trusted } from './html.ts';
import { style } from './style.ts';

/** What is on every page. */
export interface Frame {
  /** Says what kind of input this is, so that invented or recorded input is not taken for a customer's. */
  label: string | undefined;
  /** What was typed into the search box. */
  search: string;
  /** Real time, as runs and waits are kept in. */
  now: Date;
  /** Business time, as conversions and outcomes are kept in; differs from `now` only where a clock stands still. */
  businessNow: Date;
}

// A page that is hidden, or whose text is being marked, is left alone. A stand that grows old says so.
const refresh = `
const live = document.getElementById('live'), stand = document.getElementById('stand');
setInterval(async () => {
  if (document.hidden || getSelection().type === 'Range') return;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(10000) });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const next = fresh.getElementById('live');
    if (answer.status >= 500 || !next) throw new Error(answer.status);
    if (next.innerHTML !== live.innerHTML) live.innerHTML = next.innerHTML;
    stand.textContent = fresh.getElementById('stand').textContent;
    stand.className = '';
  } catch {
    stand.className = 'late';
    if (!stand.textContent.startsWith('NOT')) stand.textContent = 'NOT REFRESHED, the hub or its database cannot be reached. ' + stand.textContent;
  }
}, 4000);`;

/** A whole page; the part inside `#live` is fetched anew every few seconds. */
export function renderFrame({ label, search, now }: Frame, body: Html | Html[]): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${search === '' ? 'Waybill' : `${search} · Waybill`}</title><link rel="icon" href="data:,"><style>${trusted(style)}</style></head>
<body><main>
<header><h1><a href="/"><span aria-hidden="true">▞</span> Waybill</a></h1>${label ? html`<span class="label">${label}</span>` : null}
<form action="/life" role="search"><input name="of" value="${search}" placeholder="cv_… or company 42 or contact 7" aria-label="Event id, company or contact" autocapitalize="none" spellcheck="false"><button>Explain</button></form></header>
<div id="live">${body}</div>
<footer><span id="stand">As of ${now.toISOString().slice(0, 19).replace('T', ' ')} UTC</span><a href="/api/standings">standings as JSON</a><a href="/api/runs">runs as JSON</a><a href="/api/reconciliation">reconciliation as JSON</a><a href="/api/attribution">attribution as JSON</a></footer>
</main><script>${trusted(refresh)}</script></body></html>`;
  return page.markup;
}

/** What is shown in place of figures while the database cannot be reached. */
export const renderUnreachable = (frame: Frame): string =>
  renderFrame(
    frame,
    html`<section class="alarm"><h2>The database cannot be reached</h2>
<p>Nothing is lost: messages are held until it answers again, and this page comes back by itself.</p></section>`,
  );
