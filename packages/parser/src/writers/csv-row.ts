// One row of CSV (RFC 4180), without its line end.

/** Cells with commas between them; those that hold commas, quotes or line ends are quoted. */
export function csvRow(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',')
}
