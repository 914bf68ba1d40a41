import type { Life } from '../life.ts';
import type { Section } from '../section.ts';
import { type Frame, renderFrame } from './frame.ts';
import { type Html, html } from './html.ts';
import { type Cell, table } from './table.ts';

const longColumns = new Set([
  ...['reason', 'which means', 'saw', 'types', 'standing', 'score', 'events', 'error', 'consent'],
  ...['what changed', 'by way of', 'came', 'went', 'belongs to', 'all candidates'],
]);
const codeColumns = new Set(['destination', 'platform’s reference', 'code', 'said by', 'session', 'clients']);

/** They break where the table needs the room. */
const plainColumns = new Set(['campaign', 'model', 'since']);

function toCell(column: string, text: string): Cell {
  if (text === '') return '';
  if (column === 'event') return { part: html`<a href="/life?of=${encodeURIComponent(text)}" title="${text}">${shortEvent(text)}</a>` };
  if (column === 'client')
    return { part: html`<a href="/life?of=${encodeURIComponent(`client ${text}`)}" title="${text}">${text.slice(0, 8)}…</a>` };
  if (codeColumns.has(column)) return { code: text };
  if (plainColumns.has(column)) return text;
  return longColumns.has(column) ? { long: text } : { short: text };
}

const shortEvent = (id: string): string => (id.length > 15 ? `${id.slice(0, 11)}…` : id);

function renderSection({ title, rows, whenEmpty }: Section): Html {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => rows.some((row) => row[column] !== ''));
  const content =
    rows.length === 0
      ? html`<p class="soft">${whenEmpty}</p>`
      : table(
          columns,
          rows.map((row) => columns.map((column) => toCell(column, row[column] ?? ''))),
        );
  return html`<section><div class="head"><h2>${title}</h2></div>${content}</section>`;
}

/** The life of what was searched; null: nothing is known of it. */
export function renderLife(life: Life | null, frame: Frame): string {
  if (life === null)
    return renderFrame(
      frame,
      html`<section><div class="head"><h2>Nothing is known of “${frame.search}”</h2></div>
<p>Search for an event id such as <code>cv_3f…</code>, for <code>company 42</code>, for <code>contact 7</code> or for <code>client</code> with its UUID. <a href="/">Back to the standings</a></p></section>`,
    );
  const verdict = html`<section><div class="head"><h2 class="${life.subject.startsWith('cv_') ? '' : 'name'}">${life.subject}</h2></div><p class="verdict">${life.verdict}</p></section>`;
  return renderFrame(frame, [verdict, ...life.sections.map(renderSection)]);
}
