import { formatCount } from '../wording.ts';
import { type Html, html, type Part } from './html.ts';

export type Tone = 'good' | 'bad' | 'wait';

/** Text, or a figure that takes its tone when it is not zero; `short` keeps to one line, `long` takes room, `code` may break anywhere. */
export type Cell =
  | string
  | { count: number; tone?: Tone }
  | { amount: string }
  | { short: string }
  | { long: string }
  | { code: string }
  | { part: Part };

/** A title is also shown beside each cell of its column where the table is too narrow for a head. */
function toCell(title: string, cell: Cell): Html {
  if (typeof cell === 'string') return html`<td data-of="${title}">${cell}</td>`;
  if ('part' in cell) return html`<td data-of="${title}">${cell.part}</td>`;
  if ('short' in cell) return html`<td class="nowrap" data-of="${title}">${cell.short}</td>`;
  if ('long' in cell) return html`<td class="long" data-of="${title}">${cell.long}</td>`;
  if ('code' in cell) return html`<td class="any" data-of="${title}">${cell.code}</td>`;
  if ('amount' in cell) return html`<td class="n${cell.amount === '' ? ' zero' : ''}" data-of="${title}">${cell.amount || '–'}</td>`;
  const tone = cell.count === 0 ? ' zero' : cell.tone === undefined ? '' : ` ${cell.tone}`;
  return html`<td class="n${tone}" data-of="${title}">${formatCount(cell.count)}</td>`;
}

const isFigure = (cell: Cell | undefined): boolean => typeof cell === 'object' && ('count' in cell || 'amount' in cell);

/** A table with its titles on top and, where given, a last row of sums. */
export function table(head: string[], rows: Cell[][], sums: Cell[] | null = null): Html {
  const toRow = (row: Cell[]) => row.map((cell, column) => toCell(head[column] ?? '', cell));
  const titles = head.map((title, column) => html`<th scope="col" class="${isFigure(rows[0]?.[column]) ? 'n' : ''}">${title}</th>`);
  const [sumTitle, ...sumCells] = sums ?? [];
  const foot =
    typeof sumTitle === 'string'
      ? html`<tfoot><tr><th scope="row">${sumTitle}</th>${toRow(['', ...sumCells]).slice(1)}</tr></tfoot>`
      : null;
  return html`<div class="scroll"><table><thead><tr>${titles}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${toRow(row)}</tr>\n`)}</tbody>${foot}</table></div>`;
}
