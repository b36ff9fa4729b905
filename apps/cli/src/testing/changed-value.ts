// Valid documents, changed at random as hostile or careless people change them: the same in every run.
import fc from 'fast-check'

/** What a field is replaced by: nothing, other types, numbers beyond all use, texts that programs trip over. */
const INSTEAD = [
  null,
  undefined,
  true,
  '',
  'NaN',
  '-',
  '__proto__',
  '\u202e\u001b[31m',
  'x'.repeat(10_000),
  0,
  -1,
  0.5,
  1e-300,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  [],
  [[]],
  {},
  { a: {} },
] as const

type Path = (string | number)[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value)
  return [path, ...keys.flatMap((key) => pathsOf((value as never)[key], [...path, key]))]
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (typeof value !== 'object' || value === null) return value
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<
    string | number,
    unknown
  >
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

/** One of the documents, with one to three of its fields replaced. */
export function changedValue(documents: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.constantFrom(...documents).chain((document) => {
    const path = fc.constantFrom(...pathsOf(document))
    const change = fc.tuple(path, fc.constantFrom(...INSTEAD))
    return fc
      .array(change, { minLength: 1, maxLength: 3 })
      .map((changes) =>
        changes.reduce<unknown>((value, [at, by]) => replaced(value, at, by), document),
      )
      .filter((value) => value !== undefined)
  })
}

/** What a field is given in turn: other types, and numbers out of range. */
const WRONG = [null, 'x', -1, 0.5, true, [], { a: 1 }] as const

/** Of long lists only the first entries are changed. */
const FIRST = 2

/**
 * Every field of a document missing, of a wrong type, out of range, and with a field beside it that nobody knows:
 * what was done, in words, and the document.
 */
export function* faultyDocuments(document: object): Generator<[what: string, value: unknown]> {
  for (const path of pathsOf(document)) {
    if (path.some((key) => typeof key === 'number' && key >= FIRST)) continue
    const at = path.join('.')
    for (const wrong of WRONG)
      yield [`${at} is ${JSON.stringify(wrong)}`, replaced(document, path, wrong)]
    const value = path.reduce<unknown>((inner, key) => (inner as never)[key], document)
    if (path.length > 0) yield [`${at} is missing`, without(document, path)]
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      yield [`${at} has zzUnknown`, replaced(document, path, { ...value, zzUnknown: 1 })]
  }
}

function without(document: unknown, path: Path): unknown {
  const parent = path.slice(0, -1)
  const inner = parent.reduce<unknown>((value, key) => (value as never)[key], document)
  const key = path.at(-1)!
  if (Array.isArray(inner))
    return replaced(
      document,
      parent,
      inner.filter((_, i) => i !== key),
    )
  const { [key]: _, ...rest } = inner as Record<string | number, unknown>
  return replaced(document, parent, rest)
}

/** The text of one of the documents, with pieces taken out, doubled, overwritten or cut off. */
export function changedText(texts: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\n',
      '\t',
      '\0',
      '&a ',
      '*a',
      '!!js',
      '- ',
      '? ',
    ),
    fc.string({ maxLength: 4 }),
  )
  const edit = fc.tuple(fc.nat(), fc.nat({ max: 20 }), piece)
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 }), fc.boolean())
    .map(([text, edits, cut]) => {
      let changed = text
      for (const [at, length, by] of edits) {
        const from = at % (changed.length + 1)
        changed = changed.slice(0, from) + by + changed.slice(from + length)
      }
      return cut ? changed.slice(0, edits[0]![0] % (changed.length + 1)) : changed
    })
}
