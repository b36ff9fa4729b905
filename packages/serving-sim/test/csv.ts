import { readFileSync } from 'node:fs'

/** Rows of a CSV file by column; a field is text. */
export function readCsv(path: string): Record<string, string>[] {
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/)
  const names = header!.split(',')
  return lines.map((line) => {
    const fields = line.split(',')
    return Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']))
  })
}

/** A JSON file. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

/** A number, or null of an empty field. */
export const numeric = (field: string | undefined): number | null =>
  field === undefined || field === '' ? null : Number(field)
