// The search language of the page: words that must all be there, `-word` for one that must not, `/pattern/` for a
// regular expression and `-/pattern/` for one that must not match. Case makes no difference.

/** A search; `error` says what is wrong with a pattern, and such a part matches everything. */
export interface Search {
  error: string | null
  /** Whether a text in lower case fits; `text` is the same with its case, for patterns. */
  matches: (lower: string, text: string) => boolean
}

const PART = /(-?)(?:\/((?:\\.|[^/\\])+)\/|(\S+))/g

/** Reads a search; null for one that asks for nothing. */
export function readSearch(query: string): Search | null {
  const tests: ((lower: string, text: string) => boolean)[] = []
  let error: string | null = null
  for (const [, minus, pattern, word] of query.matchAll(PART)) {
    const wanted = minus === ''
    if (pattern !== undefined) {
      try {
        const expression = new RegExp(pattern, 'i')
        tests.push((_, text) => expression.test(text) === wanted)
      } catch {
        error = `/${pattern}/ is not a regular expression`
      }
    } else if (word !== undefined && word !== '/' && word !== '-') {
      const lower = word.toLowerCase()
      tests.push((hay) => hay.includes(lower) === wanted)
    }
  }
  if (tests.length === 0 && error === null) return null
  return { error, matches: (lower, text) => tests.every((test) => test(lower, text)) }
}
