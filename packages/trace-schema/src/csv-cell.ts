// Cells of CSV tables that hold text from files. A spreadsheet takes a cell that begins with = + - @, a tab or a
// carriage return for a formula (OWASP, CSV injection): such a text gets an apostrophe before it, which
// spreadsheets do not show. Control characters, which RFC 4180 has no place for and which a terminal obeys, are
// written as `\u001b`. Readers of these tables take both away.
import { escapeUnsafe, unescapeUnsafe } from './visible.js'

const FORMULA = /^'*[=+\-@\t]/
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A text that no spreadsheet takes for a formula, and no terminal for an order. A number stays as it is. */
export function protectText(text: string): string {
  const safe = escapeUnsafe(text)
  return FORMULA.test(safe) && !NUMBER.test(safe) ? `'${safe}` : safe
}

/** The text that {@link protectText} was given. */
export function unprotectText(text: string): string {
  return unescapeUnsafe(/^'+[=+\-@\t]/.test(text) ? text.slice(1) : text)
}

/** A text as a cell as it is, quoted where RFC 4180 asks for it. */
export function plainCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
