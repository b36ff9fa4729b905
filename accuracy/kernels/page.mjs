// Writes tables into docs/accuracy.md, each between its markers.
import { readFileSync, writeFileSync } from 'node:fs'

const page = new URL('../../docs/accuracy.md', import.meta.url)

/** Replaces the tables of these names. */
export function writeTables(tables) {
  let text = readFileSync(page, 'utf8')
  for (const [name, table] of Object.entries(tables)) {
    const [from, to] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`]
    const start = text.indexOf(from)
    const end = text.indexOf(to)
    if (start < 0 || end < start) throw new Error(`docs/accuracy.md has no place for ${name}`)
    text = `${text.slice(0, start + from.length)}\n${table}\n${text.slice(end)}`
  }
  writeFileSync(page, text)
}
