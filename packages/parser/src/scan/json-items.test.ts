import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Repairs } from '../repairs.js'
import { bytesOf, inChunks } from '../testing/make-trace.js'
import { refusal } from '../testing/samples.js'
import { JsonItems, type WantAt } from './json-items.js'

/** Items of `a.list`, whatever lies around. */
const wanted: WantAt = (path) => {
  if (path.length < 2) return path[0] === 'a' || path.length === 0 ? 'enter' : 'skip'
  if (path[1] !== 'list') return 'skip'
  return path.length === 2 ? 'enter' : 'take'
}

function read(text: string, sizes: readonly number[], salvage = false) {
  const values: unknown[] = []
  const repairs = new Repairs()
  const items = new JsonItems('t.json', wanted, (_, value) => values.push(value), repairs)
  for (const chunk of inChunks(bytesOf(text), sizes)) items.push(chunk)
  items.end(salvage)
  return { values, repairs: repairs.list() }
}

/** Integers beyond 2^53 come as texts of their digits. */
function exact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(exact)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, exact(each)]))
  }
  const isLong = typeof value === 'number' && /^-?\d{16,}$/.test(String(value))
  return isLong && !Number.isSafeInteger(value) ? String(value) : value
}

it('hands over the values at a path, in chunks of any size and any layout', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      fc.jsonValue(),
      fc.jsonValue(),
      fc.array(
        fc.nat(40).map((size) => size + 1),
        { minLength: 1 },
      ),
      fc.constantFrom(0, 2),
      (list, before, after, sizes, indent) => {
        const text = JSON.stringify({ before, a: { before, list, after }, after }, null, indent)
        expect(read(text, sizes).values).toEqual(exact(JSON.parse(JSON.stringify(list))))
      },
    ),
  )
})

it('integers that a double may not hold come as texts, alone, in values, and not within texts', () => {
  const long = '-9007199254740993'
  const text = `{"a": {"list": [${long}, [${long}], {"x": ${long}}, "y: [${long}]", 0.1234567890123456789]}}`
  expect(read(text, [7]).values).toEqual([
    long,
    [long],
    { x: long },
    `y: [${long}]`,
    0.12345678901234568,
  ])
})

it('counts what cannot be read and goes on', () => {
  const { values, repairs } = read('{"a": {"list": [1, oops, {"x": oops}, [NaN], 4]}}', [5])
  expect(values).toEqual([1, [null], 4])
  expect(repairs).toMatchObject([{ kind: 'malformed_event', count: 2 }, { kind: 'bare_literal' }])
})

it('a document that is cut off is an error, or with salvage what is complete', async () => {
  const text = '{"a": {"list": [1, 2, {"x": [3'
  expect(await refusal(async () => read(text, [4]))).toMatchObject({
    code: 'truncated',
    at: { byte: text.length },
  })
  const { values, repairs } = read(text, [4], true)
  expect(values).toEqual([1, 2])
  expect(repairs).toMatchObject([{ kind: 'truncated_file' }])
})
