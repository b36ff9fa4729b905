// Tables as a workbook (xlsx): a sheet a table, the head bold and in view, numbers as numbers.

import { visible } from '@flowsim/trace-schema'
import type { ResultTable } from './tables.js'

/** A sheet's name has 31 characters at most, and none of these. */
const LONGEST_NAME = 31
const FORBIDDEN = /[[\]:*?/\\]/g
/** A cell holds no more characters. */
const LONGEST_TEXT = 32_767

/** A workbook as the bytes of its file. */
export async function workbook(tables: readonly ResultTable[]): Promise<Uint8Array> {
  const { default: write } = await import('write-excel-file/node')
  const names = new Set<string>()
  const sheets = tables.map(({ name, columns, rows }) => ({
    sheet: sheetName(name, names),
    stickyRowsCount: 1,
    columns: columns.map(({ label }, c) => ({
      width: widthOf([label, ...rows.slice(0, 50).map((row) => row[c])]),
    })),
    data: [
      columns.map(({ label }) => ({ value: label, fontWeight: 'bold' as const })),
      ...rows.map((row) =>
        columns.map(({ share, digits }, c) => {
          const value = row[c] ?? null
          if (value === null || value === '') return null
          if (typeof value === 'string') return { value: cellText(value), type: String }
          if (!Number.isFinite(value)) return null
          return { value, type: Number, ...formatOf(share ? 1 : digits, share) }
        }),
      ),
    ],
  }))
  return write(sheets).toBuffer()
}

/** Text that XML can hold, no longer than a cell. */
function cellText(text: string): string {
  return visible(text)
    .slice(0, LONGEST_TEXT)
    .replace(/\p{Surrogate}/gu, '\ufffd')
}

function formatOf(digits: number | undefined, share: true | undefined): { format?: string } {
  if (digits === undefined) return {}
  return { format: `#,##0${digits > 0 ? `.${'0'.repeat(digits)}` : ''}${share ? '%' : ''}` }
}

/** A name that no other sheet has. */
function sheetName(name: string, taken: Set<string>): string {
  const clean = name.replace(FORBIDDEN, ' ').slice(0, LONGEST_NAME).trim()
  let unique = clean
  for (let n = 2; taken.has(unique.toLowerCase()); n++) {
    unique = `${clean.slice(0, LONGEST_NAME - 1 - String(n).length)} ${n}`
  }
  taken.add(unique.toLowerCase())
  return unique
}

/** Characters that a column is wide. */
function widthOf(cells: readonly unknown[]): number {
  const longest = Math.max(...cells.map((cell) => (typeof cell === 'string' ? cell.length : 8)))
  return Math.min(60, Math.max(8, longest + 2))
}
