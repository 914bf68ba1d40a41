const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

/** Text that is markup; only `html` and `trusted` make it. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

export type Part = string | number | Html | null | Part[];

function toMarkup(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.markup;
  return Array.isArray(part) ? part.map(toMarkup).join('') : escapeText(String(part));
}

/** A template whose every part is escaped, unless it is markup itself; attribute values must stand in double quotes. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(texts.reduce((markup, text, index) => markup + toMarkup(parts[index - 1] ?? null) + text));

/** Markup of our own that holds nothing from outside, such as the style sheet. */
export const trusted = (markup: string): Html => new Html(markup);
