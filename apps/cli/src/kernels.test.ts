// flowsim kernels: a kernel that no rule knows is listed, completed, added, and known from then on.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EVENTS, H100 } from './testing/events.js'
import { flowsim } from './testing/flowsim.js'
import { testFolder } from './testing/folder.js'

const folder = testFolder()

const at = (name: string) => join(folder, name)

function writeJson(name: string, value: unknown): string {
  writeFileSync(at(name), JSON.stringify(value))
  return at(name)
}

const readJson = (name: string) => JSON.parse(readFileSync(at(name), 'utf8'))
const trace = (name = 'x.json', events: unknown[] = EVENTS) =>
  writeJson(name, { ...H100, traceEvents: events })

const GELU = { op: 'gelu', dimensions: { elements: 'grid[0] * block[0]', dtype: 'bf16' } }

/** Lists the unknown kernels of a trace, completes the first, and writes the file. */
async function completed(fields: object): Promise<string> {
  await flowsim('kernels', 'unknown', trace(), '-o', at('unknown.json'))
  const document = readJson('unknown.json')
  Object.assign(document.kernels[0], fields)
  return writeJson('unknown.json', document)
}

describe('an unknown kernel', () => {
  it('is in the file that parse writes, and known after that was completed and added', async () => {
    const first = await flowsim('parse', trace(), '-o', at('before'), '--json')
    expect(JSON.parse(first.out)).toMatchObject({ known: { count: 1, timeShare: 0.75 } })
    expect(first.err).toContain('1 unknown kernels in')
    const document = readJson('before/unknown-kernels.json')
    expect(document).toMatchObject({
      schema: 'flowsim.unknown-kernels/1',
      kernels: [{ kernel: 'my_very_own_kernel', count: 1, timeNs: 3000, op: '', dimensions: {} }],
    })

    Object.assign(document.kernels[0], GELU)
    const added = await flowsim('kernels', 'add', writeJson('mine.json', document))
    expect([added.code, added.out]).toEqual([
      0,
      expect.stringMatching(/^added +gelu +my_very_own_kernel\n.*config\/kernels\.json\n$/s),
    ])

    const second = await flowsim('parse', trace(), '-o', at('after'), '--json')
    expect(JSON.parse(second.out)).toMatchObject({
      known: { count: 2, timeShare: 1 },
      dimensions: { count: 2 },
    })
    expect(readJson('after/unknown-kernels.json').kernels).toEqual([])
    expect(readFileSync(at('after/x.kernels.csv'), 'utf8')).toContain('"{""elements"":8192')
    expect((await flowsim('kernels', 'list', '--op', 'gelu')).out).toMatch(
      /\(yours\) +gelu +my_very_own_kernel/,
    )
    const { out } = await flowsim('kernels', 'unknown', trace())
    expect(JSON.parse(out).kernels).toEqual([])
  })

  it('is listed once for several traces, with their times together', async () => {
    const more = [...EVENTS, { ...EVENTS[3]!, ts: 90, dur: 5 }]
    const { code, out } = await flowsim(
      'kernels',
      'unknown',
      trace('a.json'),
      trace('b.json', more),
    )
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      source: 'a.json, b.json',
      kernels: [{ kernel: 'my_very_own_kernel', count: 3, timeNs: 11_000 }],
    })
  })

  it('may be corrected by adding it again', async () => {
    await flowsim('kernels', 'add', await completed({ op: 'copy' }))
    rmSync(at('config/kernels.json'))
    await flowsim('kernels', 'add', await completed(GELU))
    expect(readJson('config/kernels.json').kernels).toMatchObject([{ op: 'gelu' }])
  })

  it.each<[string, object, RegExp]>([
    ['nothing filled in', {}, /unknown\.json: no entry is complete; fill in "op"/],
    [
      'an operation that there is not',
      { op: 'magic' },
      /kernels\[0\]\.op: "magic" is not an operation/,
    ],
    [
      'a dimension too few',
      { op: 'gelu', dimensions: { elements: 1 } },
      /kernels\[0\]\.dimensions: gelu also needs dtype/,
    ],
    [
      'an expression without a value here',
      { op: 'gelu', dimensions: { elements: 'inputs[0].elements', dtype: 'bf16' } },
      /kernels\[0\]\.dimensions: do not follow from the inputs shown: dimension elements/,
    ],
  ])('is not added with %s', async (_, fields, message) => {
    const { code, out, err } = await flowsim('kernels', 'add', await completed(fields))
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(message)
    expect(err).toMatch(/^flowsim: [^\n]+\n$/)
    expect(existsSync(at('config'))).toBe(false)
  })

  it('is not added from another document', async () => {
    for (const [value, message] of [
      [{ schema: 'flowsim.unknown-kernels/2' }, /is of version 2, this FlowSim reads version 1/],
      [{ schema: 'flowsim.kernel-database/1' }, /is a "flowsim\.kernel-database\/1"/],
      [{ traceEvents: [] }, /no "schema" tag/],
    ] as const) {
      const { code, err } = await flowsim('kernels', 'add', writeJson('other.json', value))
      expect([code, err]).toEqual([1, expect.stringMatching(message)])
    }
  })
})

describe('flowsim kernels lint', () => {
  it('finds nothing wrong with the built-in rules', async () => {
    const { code, out } = await flowsim('kernels', 'lint')
    expect([out.trim(), code]).toEqual(['no findings', 0])
  })

  it('reports duplicates and descriptions that hide others, with exit code 1', async () => {
    const path = writeJson('mine.json', {
      schema: 'flowsim.kernel-database/1',
      kernels: [
        { kernel: 'mine_*', op: 'copy' },
        { kernel: 'mine_fwd', op: 'gelu' },
        { kernel: 'mine_*', op: 'copy' },
      ],
    })
    const { code, out } = await flowsim('kernels', 'lint', path)
    expect(code).toBe(1)
    expect(out).toBe(
      'shadowed             mine_fwd: answered by mine_* before it\n' +
        'duplicate            mine_*: described twice\n' +
        '2 findings\n',
    )
    const json = await flowsim('kernels', 'lint', path, '--json')
    expect([json.code, JSON.parse(json.out).findings]).toMatchObject([
      1,
      [{ kind: 'shadowed' }, { kind: 'duplicate' }],
    ])
  })

  it('is heeded when kernels are added', async () => {
    await flowsim('kernels', 'add', await completed(GELU))
    const database = readJson('config/kernels.json')
    writeJson('config/kernels.json', {
      ...database,
      kernels: [{ kernel: 'my_*', op: 'copy' }],
    })
    const document = readJson('unknown.json')
    const { code, out } = await flowsim('kernels', 'add', writeJson('unknown.json', document))
    expect(code).toBe(0)
    expect(out).toContain('warning  my_very_own_kernel: answered by my_* before it')
  })
})

it('flowsim kernels list filters by operation and library', async () => {
  const { out } = await flowsim(
    'kernels',
    'list',
    '--op',
    'attention',
    '--library',
    'flashinfer',
    '--json',
  )
  const { rules } = JSON.parse(out) as { rules: { op: string; library: string; kernel: string }[] }
  expect(rules.length).toBeGreaterThan(1)
  for (const rule of rules) expect(rule).toMatchObject({ op: 'attention', library: 'flashinfer' })
})
