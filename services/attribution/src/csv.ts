/** A field for a spreadsheet: quoted where RFC 4180 asks for it, and led by an apostrophe where it would be read as a formula. */
function toField(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Lines of fields as CSV (RFC 4180). */
export const toCsvText = (lines: string[][]): string => lines.map((fields) => `${fields.map(toField).join(',')}\r\n`).join('');
