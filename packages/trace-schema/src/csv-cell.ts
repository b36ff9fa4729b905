// Cells of CSV tables that hold text from files. A spreadsheet takes a cell that begins with = + - @, a tab or a
// carriage return for a formula (OWASP, CSV injection): such a text gets an apostrophe before it, which
// spreadsheets do not show, and readers of these tables take it away.

const FORMULA = /^'*[=+\-@\t\r]/
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A text that no spreadsheet takes for a formula. A number stays as it is. */
export function protectText(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
}

/** The text that {@link protectText} was given. */
export function unprotectText(text: string): string {
  return /^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text
}

/** A text as a cell as it is, quoted where RFC 4180 asks for it. */
export function plainCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
