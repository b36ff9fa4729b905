// The search over kernels: by name, operation, operator, shape, library and module.
import { type Model, text, words } from './model.js'
import { readSearch } from './search.js'

/** What a search found. */
export interface Found {
  /** 1 for each kernel that fits. */
  matches: Uint8Array
  count: number
  /** What is wrong with the search. */
  error: string | null
}

/** Kernels that fit a search; null for a search that asks for nothing. */
export function findKernels(model: Model, query: string): Found | null {
  const search = readSearch(query)
  if (search === null) return null
  const texts = searchTexts(model)
  const fits = texts.map((each) => search.matches(each.toLowerCase(), each))
  const matches = new Uint8Array(model.count)
  let count = 0
  for (let i = 0; i < model.count; i++) {
    if (!fits[model.kind[i]!]) continue
    matches[i] = 1
    count++
  }
  return { matches, count, error: search.error }
}

const known = new WeakMap<Model, string[]>()

/** What the search looks at, for each kind of kernel. */
function searchTexts(model: Model): string[] {
  const before = known.get(model)
  if (before) return before
  const { kinds, families } = model.page
  const texts = kinds.map(({ name, operator, shape, library, op, family }) =>
    [
      text(model, name),
      text(model, operator),
      text(model, shape),
      text(model, library),
      op ?? 'unknown',
      words(op ?? ''),
      words(families[family]!),
    ].join(' '),
  )
  known.set(model, texts)
  return texts
}
