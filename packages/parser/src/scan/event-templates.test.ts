import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf, inChunks } from '../testing/make-trace.js'

// Values as they stand in a text: JSON, JSON that templates leave alone, and what is not JSON.
const VALUES = [
  ...['0', '17', '-3', '1.500000', '-0.25', '1e3', '.5', '1.', '-', '1-2', '--1', '1.2.3', ''],
  ...['true', 'null', 'NaN', 'N/A', '{}', '{"a": [1]}', '[]', '[ ]', '[[]]', '[1 2]', '[1,]'],
  ...[
    '[[64, 4096], [4096, 4096]]',
    '[[1, [2]], [-3, "x"]]',
    '[1"a"]',
    '["a"1]',
    '["a" 1]',
    '["a" ]',
  ],
  ...[
    '[-]',
    '[1-2]',
    '[{"a": 1}]',
    '[true]',
    '[1}',
    '[1',
    '1]',
    '"',
    '""',
    '"a"',
    '"a\\"b"',
    '"a\\\\"',
  ],
  ...[
    '"a "b" c"',
    '"a", "b"',
    '"a": "b"',
    '"a"}',
    '"}}, {"',
    '["", "a, b]", "]"]',
    '"\\u00e9"',
    '7 ',
  ],
]

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 5, arbitrary: fc.constantFrom('1', '22', '"x"', '[1, 1, 1]', '[[2, 3]]') },
)
const members = (names: string[]) =>
  fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), value)))
const args = fc.oneof(
  members(['External id', 'correlation', 'stream']),
  members(['External id', 'Input Dims', 'Input type', 'Concrete Inputs', 'Ev Idx', 'kernel_file']),
  members([
    'device',
    'stream',
    'correlation',
    'grid',
    'block',
    'registers per thread',
    'module_fqn',
  ]),
)
interface MadeText {
  cat: string
  name: string
  tid: string
  ts: string
  dur: string
  args: [string, string][]
  more: string
}

const event: fc.Arbitrary<MadeText> = fc.record({
  cat: fc.constantFrom('kernel', 'cpu_op', 'cuda_runtime', 'gpu_memcpy', 'user_annotation'),
  name: fc.oneof(fc.constant('"aten::mm"'), value),
  tid: fc.oneof(fc.constant('7'), value),
  ts: fc.oneof(fc.integer({ min: 1000, max: 2000 }).map(String), value),
  dur: fc.oneof(fc.constant('3.250'), value),
  args,
  more: fc.constantFrom('', '', '', ', "id": 5', ', "tts": 1', ', "sf": "x"'),
})
const layout = fc.constantFrom<readonly [string, string]>(
  [': ', ', '],
  [':', ','],
  [' :\n', ' ,\r\n\t'],
)

/** The events as Kineto writes them, or with `pid` before `ph`, which fits no template. */
function textOf(
  events: MadeText[],
  [colon, comma]: readonly [string, string],
  isPidFirst = false,
): string {
  const texts = events.map(({ cat, name, tid, ts, dur, args, more }) => {
    const list = args.map(([key, text]) => `"${key}"${colon}${text}`).join(comma)
    const head = ['"ph": "X"', `"cat": "${cat}"`, `"name"${colon}${name}`]
    const place = [`"tid"${colon}${tid}`, `"ts": ${ts}`, `"dur": ${dur}${more}`]
    const members = isPidFirst ? ['"pid": 1', ...head] : [...head, '"pid": 1']
    return `{${[...members, ...place, `"args": {${list}}`].join(comma)}}`
  })
  const device =
    '{"ph": "X", "cat": "kernel", "name": "k", "pid": 1, "tid": 7, "ts": 1500, "dur": 1, "args": {}}'
  return `{"schemaVersion": 1, "traceEvents": [${[device, ...texts, device].join(',\n')}]}`
}

async function read(text: string, sizes: number[]) {
  try {
    const chunks = inChunks(bytesOf(text), sizes)
    const { repairs, ...trace } = await parseTrace(chunks, { salvage: true, hostCalls: true })
    return { ...trace, repairs: repairs.map(({ kind, count }) => ({ kind, count })) }
  } catch (error) {
    return (error as Error).message.replace(/\d+/g, '')
  }
}

it('events that are like one before are read as they are in full, whatever their values are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(2), fc.array(value, { maxLength: 4 })), { maxLength: 12 }),
      layout,
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
      async (kinds, changes, between, sizes) => {
        // Events of few kinds, so that most follow a template; of some, values change.
        const events = changes.map(([which, values]) => {
          const like = kinds[which % kinds.length]!
          const changed = like.args.map(([key, text], i) => [key, values[i] ?? text])
          return { ...like, args: changed as MadeText['args'] }
        })
        const all = [...kinds, ...events]
        const whole = await read(textOf(all, between, true), [100_000])
        expect(await read(textOf(all, between), sizes)).toEqual(whole)
      },
    ),
    { numRuns: 500 },
  )
})
