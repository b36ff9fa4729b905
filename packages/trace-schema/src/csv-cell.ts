// Cells of CSV tables that hold text from files. A spreadsheet takes a cell that begins with = + - @, a tab or a
// carriage return for a formula (OWASP, CSV injection): such a text gets an apostrophe before it, which
// spreadsheets do not show, and readers of these tables take it away.

const FORMULA = /^'*[=+\-@\t\r]/

/** A text as a cell, quoted where RFC 4180 asks for it, and never a formula. Numbers do not go through here. */
export function textCell(text: string): string {
  return plainCell(FORMULA.test(text) ? `'${text}` : text)
}

/** A text as a cell as it is, quoted where RFC 4180 asks for it. */
export function plainCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The text that {@link textCell} made a cell of. */
export function textOfCell(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell
}
