// The rows of a small CSV file of the test corpus, as records of text.
import { readFileSync } from 'node:fs'
import { corpus, hasCorpus } from '../../../../tests/corpus.js'

/** Rows of a CSV file with a header, quoted fields included; path inside the corpus; none without it. */
export function corpusRows(path: string): Record<string, string>[] {
  if (!hasCorpus) return []
  const [header, ...lines] = readFileSync(corpus(path), 'utf8').trimEnd().split(/\r?\n/)
  const names = fields(header ?? '')
  return lines.map((line) => {
    const values = fields(line)
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
  })
}

function fields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}
