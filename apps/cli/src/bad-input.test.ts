// What every command that reads traces does with input that is broken, strange or wrong: one line on
// stderr and exit code 1, or a counted repair; never a part of an output.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { EVENTS, H100 } from './testing/events.js'
import { flowsim } from './testing/flowsim.js'
import { testFolder } from './testing/folder.js'

const folder = testFolder()

const at = (name: string) => join(folder, name)

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content)
  return at(name)
}

const textOf = (events: unknown[], header: object = H100) =>
  JSON.stringify({ ...header, traceEvents: events })
const TEXT = textOf(EVENTS)
const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)

/** Every command that reads a trace, with the trace in question. */
const COMMANDS: [string, (path: string) => string[]][] = [
  ['parse', (path) => ['parse', path, '-o', at('out'), '--json']],
  ['run', (path) => ['run', path, '-o', at('out'), '--json']],
  ['simulate', (path) => ['simulate', path, '-o', at('out'), '--json']],
  ['analyze', (path) => ['analyze', path, '--json']],
  ['diff', (path) => ['diff', write('good.json', TEXT), path, '--json']],
  ['kernels unknown', (path) => ['kernels', 'unknown', path, '-o', at('out')]],
]

/** One line on stderr, exit code 1, nothing on stdout, nothing written. */
async function expectRefused(args: string[], message: RegExp): Promise<void> {
  const { code, out, err } = await flowsim(...args)
  expect([code, out]).toEqual([1, ''])
  expect(err).toMatch(message)
  expect(err).toMatch(/^flowsim: [^\n]+\n$/)
  expect(existsSync(at('out'))).toBe(false)
  expect(readdirSync(folder).filter((name) => /tmp|part/i.test(name))).toEqual([])
}

describe.each(COMMANDS)('flowsim %s', (_, argsFor) => {
  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['an empty file', 'x.json', '', /x\.json: is empty/],
    ['an empty gzip', 'x.json.gz', gzipSync(''), /x\.json\.gz: is empty/],
    [
      'a truncated gzip',
      'x.json.gz',
      half(gzipSync(TEXT)),
      /x\.json\.gz: the gzip data ends in the middle/,
    ],
    ['a damaged gzip', 'x.json.gz', damaged(gzipSync(TEXT)), /x\.json\.gz: .*gzip/],
    ['a truncated text', 'x.json', TEXT.slice(0, 400), /x\.json: ends in the middle, at byte 400/],
    ['another JSON', 'x.json', '{"a": 1}', /x\.json: has no "traceEvents" array/],
    ['a JSON value', 'x.json', '42', /x\.json: /],
    ['no JSON', 'x.json', 'hello', /x\.json: is not JSON \(byte 0\)/],
    ['bytes', 'x.json', new Uint8Array(1000).fill(255), /x\.json: /],
  ])('refuses %s', async (_name, name, content, message) => {
    await expectRefused(argsFor(write(name, content)), message)
  })

  it('refuses a file that is not there, and a folder without traces', async () => {
    await expectRefused(argsFor(at('none.json')), /none\.json: cannot be read: no such file/)
    mkdirSync(at('empty'))
    await expectRefused(argsFor(at('empty')), /empty: /)
  })

  it.each<[string, string, RegExp]>([
    [
      'NaN',
      TEXT.replace('[64,1,1]', 'NaN'),
      /1 bare NaN, inf or N\/A, read as null, the first at byte \d+/,
    ],
    ['inf', TEXT.replace('[64,1,1]', '-inf'), /1 bare NaN, inf or N\/A/],
    ['N/A', TEXT.replace('[64,1,1]', 'N/A'), /1 bare NaN, inf or N\/A/],
    [
      'control characters',
      TEXT.replace('my_very', 'my\u0001\nvery'),
      /control characters in names, the first at byte \d+/,
    ],
    [
      'an event that cannot be read',
      TEXT.replace('"dur":9', '"dur":@'),
      /1 events that cannot be read/,
    ],
  ])('mends %s, and says so on stderr', async (_name, text, message) => {
    const { code, out, err } = await flowsim(...argsFor(write('x.json', text)))
    expect([code, err]).toEqual([0, expect.stringMatching(message)])
    if (out.startsWith('{')) JSON.parse(out)
  })

  it('reads a trace without operators', async () => {
    const { code } = await flowsim(...argsFor(write('x.json', textOf(EVENTS.slice(2)))))
    expect(code).toBe(0)
  })
})

describe('a trace without kernels', () => {
  const path = () => write('x.json', textOf(EVENTS.slice(0, 1)))

  it.each(COMMANDS.filter(([name]) => ['run', 'simulate', 'analyze', 'diff'].includes(name)))(
    'is refused by %s',
    async (_, argsFor) => {
      await expectRefused(
        argsFor(path()),
        /x\.json: holds no kernels, only what ran on the host; profile with/,
      )
    },
  )

  it.each(COMMANDS.filter(([name]) => ['parse', 'kernels unknown'].includes(name)))(
    'is summarised by %s',
    async (_, argsFor) => {
      expect((await flowsim(...argsFor(path()))).code).toBe(0)
    },
  )

  it('of JAX is not told to use the profiler of PyTorch', async () => {
    const path = write(
      'jax.json',
      JSON.stringify({
        traceEvents: [
          { ph: 'M', pid: 701, name: 'process_name', args: { name: '/host:CPU' } },
          { ph: 'X', pid: 701, tid: 1, ts: 1, dur: 2, name: 'PjitFunction(f)' },
        ],
      }),
    )
    const { code, err } = await flowsim('analyze', path)
    expect(code).toBe(1)
    expect(err).toMatch(
      /jax\.json: holds no kernels, only what ran on the host; .*jax\.devices\(\)/,
    )
  })

  it('is noted by parse', async () => {
    const { err } = await flowsim('parse', path(), '-o', at('out'), '--json')
    expect(err).toMatch(/^x\.json: holds no kernels, only what ran on the host; profile with/m)
  })
})

describe('a GPU that the catalogue does not know', () => {
  const strange = () =>
    write('x.json', textOf(EVENTS, { deviceProperties: [{ id: 0, name: 'GPU 9000', numSms: 3 }] }))

  it('is refused where it is needed, with what to do', async () => {
    await expectRefused(
      ['simulate', strange(), '-o', at('out')],
      /ran on GPU 9000, which the catalogue does not have; .*--hardware/,
    )
  })

  it('costs a report its prediction, and an analysis its roofline', async () => {
    const run = await flowsim('run', strange(), '-o', at('out'), '--json')
    expect([run.code, JSON.parse(run.out).simulation]).toEqual([0, null])
    expect(run.err).toContain('The report has no prediction')
    expect(existsSync(at('out/report.html'))).toBe(true)
    const analyzed = await flowsim('analyze', strange(), '--json')
    expect([analyzed.code, JSON.parse(analyzed.out).traces[0].device]).toEqual([0, 'GPU 9000'])
  })

  it.each(['run', 'simulate'])('is refused by its name: %s --hardware', async (command) => {
    await expectRefused(
      [command, strange(), '-o', at('out'), '--hardware', 'h1000'],
      /"h1000" is not in the hardware catalogue; .*did you mean h100/,
    )
  })
})

describe('a kernels file', () => {
  const kernels = (document: unknown) => write('kernels.json', JSON.stringify(document))
  const using = (command: string) => {
    const args = [command, write('x.json', TEXT), '--kernels', at('kernels.json')]
    if (command === 'diff') args.splice(1, 0, at('x.json'))
    return ['parse', 'run', 'simulate'].includes(command) ? [...args, '-o', at('out')] : args
  }
  const READERS = ['parse', 'run', 'simulate', 'analyze', 'diff']

  it.each(READERS)('of another version is refused by %s', async (command) => {
    kernels({ schema: 'flowsim.kernel-database/7', kernels: [] })
    await expectRefused(
      using(command),
      /kernels\.json: is of version 7, this FlowSim reads version 1/,
    )
  })

  it.each<[string, unknown, RegExp]>([
    [
      'of another kind',
      { schema: 'flowsim.op-call/1' },
      /kernels\.json: is a "flowsim\.op-call\/1"/,
    ],
    ['without a tag', { kernels: [] }, /kernels\.json: no "schema" tag/],
    [
      'with a wrong operation',
      { schema: 'flowsim.kernel-database/1', kernels: [{ kernel: 'x', op: 'magic' }] },
      /kernels\.json: kernels\[0\]\.op: "magic" is not an operation/,
    ],
  ])('%s is refused', async (_, document, message) => {
    kernels(document)
    await expectRefused(using('parse'), message)
    await expectRefused(['kernels', 'lint', at('kernels.json')], message)
  })

  it('of the user in another version stops every command that needs it', async () => {
    mkdirSync(at('config'))
    write('config/kernels.json', '{"schema": "flowsim.kernel-database/7", "kernels": []}')
    await expectRefused(
      ['parse', write('x.json', TEXT), '-o', at('out')],
      /config\/kernels\.json: is of version 7/,
    )
    await expectRefused(['kernels', 'list'], /config\/kernels\.json: is of version 7/)
  })
})

it('an output folder that is a file is left alone', async () => {
  write('out', 'mine')
  const { code, err } = await flowsim('parse', write('x.json', TEXT), '-o', at('out'))
  expect([code, err]).toEqual([1, expect.stringMatching(/^flowsim: [^\n]+\n$/)])
  expect(existsSync(at('out'))).toBe(true)
})

it('one bad trace among several leaves nothing of the others', async () => {
  mkdirSync(at('ranks'))
  write('ranks/a.json', TEXT)
  write('ranks/b.json', '')
  const { code, err } = await flowsim('parse', at('ranks'), '-o', at('out'))
  expect([code, err]).toEqual([1, expect.stringMatching(/^flowsim: .*b\.json: is empty/m)])
  expect(existsSync(at('out'))).toBe(false)
})

it('--salvage keeps what is complete of a truncated file', async () => {
  const cut = gunzipSync(gzipSync(TEXT)).subarray(0, TEXT.length - 20)
  const path = write('x.json', cut)
  const refused = await flowsim('parse', path, '-o', at('none'))
  expect(refused.err).toMatch(/or keep what is complete with --salvage\n/)
  const { code, out, err } = await flowsim('parse', path, '-o', at('out'), '--salvage', '--json')
  expect([code, JSON.parse(out).kernels.count]).toEqual([0, 1])
  expect(err).toMatch(/1 cut-off end/)
})

/** Bytes in the middle turned over. */
function damaged(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i > bytes.length / 2 && i < bytes.length / 2 + 20 ? ~byte : byte))
}
