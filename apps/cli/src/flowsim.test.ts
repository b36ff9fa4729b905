import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { parseSummarySchema, simulationSummarySchema } from '@flowsim/trace-schema/zod'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { addCommands } from './commands/index.js'
import { EVENTS, H100 } from './testing/events.js'
import { flowsim } from './testing/flowsim.js'
import { testFolder } from './testing/folder.js'

const demo = fileURLToPath(
  new URL('../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz', import.meta.url),
)
const folder = testFolder()

const at = (name: string) => join(folder, name)
const files = (name: string) => readdirSync(at(name)).sort()

/** Writes a trace of these events and gives its path. */
function trace(name: string, events: unknown[], header: object = {}): string {
  writeFileSync(at(name), JSON.stringify({ schemaVersion: 1, ...header, traceEvents: events }))
  return at(name)
}

describe('every command', () => {
  const program = new Command('flowsim')
  addCommands(program)
  const leaves = (command: Command, path: string[]): string[][] =>
    command.commands.length === 0
      ? [path]
      : command.commands.flatMap((each) => leaves(each, [...path, each.name()]))

  it.each(leaves(program, []).map((path) => [path.join(' '), path] as const))(
    '%s has help with an example',
    async (_, path) => {
      const { code, out } = await flowsim(...path, '--help')
      expect(code).toBe(0)
      expect(out).toMatch(new RegExp(`Usage: flowsim ${path.join(' ')}`))
      expect(out).toMatch(new RegExp(`Examples?:\\n.*flowsim ${path.join(' ')}`, 's'))
    },
  )

  it.each([
    ['an unknown command', ['nonsense']],
    ['an unknown option', ['parse', 'x.json', '-o', 'y', '--nonsense']],
    ['a missing argument', ['parse', '-o', 'y']],
    ['a missing output, of a file to write', ['calibrate', 'x.csv']],
    ['a word that is not one of the choices', ['parse', 'x.json', '-o', 'y', '--stacks', 'some']],
    ['a format that there is not', ['parse', 'x.json', '-o', 'y', '--format', 'csv,xml']],
    ['an operation that there is not', ['estimate', 'nonsense', '--hardware', 'h100_sxm']],
    ['a port beyond the last', ['serve', '--port', '99999']],
    ['a dimension without a value', ['estimate', 'matmul', '--hardware', 'h100_sxm', '--set', 'm']],
    ['a missing dimension', ['estimate', 'matmul', '--hardware', 'h100_sxm', '--set', 'm=4']],
  ])('%s is wrong usage: exit code 2, one line', async (_, args) => {
    const { code, out, err } = await flowsim(...args)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(
      err
        .trim()
        .split('\n')
        .filter((line) => line !== '(see --help)' && line !== ''),
    ).toHaveLength(1)
  })
})

describe('flowsim parse', () => {
  it('writes tables, summary and unknown kernels; --json prints the summary alone', async () => {
    const path = trace('x.pt.trace.json', EVENTS, H100)
    const { code, out } = await flowsim(
      'parse',
      path,
      '-o',
      at('out'),
      '--format',
      'csv,jsonl,parquet',
      '--json',
    )
    expect(code).toBe(0)
    const summary = parseSummarySchema.parse(JSON.parse(out))
    expect(summary).toMatchObject({
      device: 'NVIDIA H100 80GB HBM3',
      kernels: { count: 2, sumNs: 12_000, busyNs: 12_000, windowNs: 23_000 },
      known: { count: 1, timeShare: 0.75, names: 1 },
      unlinked: { count: 1, timeNs: 3000 },
      repairs: [],
    })
    expect(files('out')).toEqual([
      'unknown-kernels.json',
      'x.kernels.csv',
      'x.kernels.jsonl',
      'x.kernels.parquet',
      'x.summary.json',
    ])
    for (const output of summary.outputs) expect(existsSync(output)).toBe(true)
    expect(JSON.parse(readFileSync(at('out/x.summary.json'), 'utf8'))).toEqual(summary)
  })

  it('takes a folder for the traces in it', async () => {
    mkdirSync(at('ranks'))
    for (const rank of [0, 1]) trace(`ranks/rank-${rank}.json`, EVENTS, H100)
    const { code, out } = await flowsim('parse', at('ranks'), '-o', at('out'), '--json')
    expect(code).toBe(0)
    expect((JSON.parse(out) as { traces: unknown[] }).traces).toHaveLength(2)
    expect(files('out')).toContain('rank-1.kernels.csv')
  })

  it('says on stderr what was mended', async () => {
    writeFileSync(at('x.json'), JSON.stringify({ traceEvents: EVENTS }).replace('[64,1,1]', 'NaN'))
    const { code, err } = await flowsim('parse', at('x.json'), '-o', at('out'))
    expect(code).toBe(0)
    expect(err).toMatch(/x\.json: 1 bare NaN, inf or N\/A, read as null, the first at byte \d+/)
  })
})

it('a trace without operators is parsed; its kernels have no shapes', async () => {
  const path = trace('x.json', EVENTS.slice(2), H100)
  const { code, out } = await flowsim('parse', path, '-o', at('out'), '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    kernels: { count: 2 },
    shapes: { count: 0, timeShare: 0 },
  })
})

describe('flowsim run', () => {
  it('writes everything about the demo trace', async () => {
    const { code, out } = await flowsim('run', demo, '-o', at('out'), '--json')
    expect(code).toBe(0)
    const result = JSON.parse(out) as { parse: unknown; simulation: unknown; report: string }
    const { known, dimensions } = parseSummarySchema.parse(result.parse)
    const simulation = simulationSummarySchema.parse(result.simulation)
    expect(known.timeShare).toBe(1)
    expect(dimensions.timeShare).toBeGreaterThan(0.99)
    expect(simulation.predicted.endToEndNs).toBeGreaterThan(0)
    const { measured, transfers } = simulation
    expect(measured.kernelSumNs + transfers.measuredNs).toBeGreaterThanOrEqual(measured.busyNs)
    const html = readFileSync(result.report, 'utf8')
    expect(html).toContain('flowsim synth made it')
    expect(files('out')).toEqual([
      'kernels.csv',
      'llama-3.1-8b-4layers.tp2.rank0.kernels.csv',
      'llama-3.1-8b-4layers.tp2.rank0.summary.json',
      'predicted.trace.json.gz',
      'report.html',
      'summary.json',
      'unknown-kernels.json',
    ])
    const predicted = JSON.parse(
      gunzipSync(readFileSync(at('out/predicted.trace.json.gz'))).toString(),
    )
    expect(predicted.traceEvents.length).toBeGreaterThan(100)
    expect(predicted.flowsim_predicted_for).toBe('h100_sxm')
  })

  it('reports a trace of an unknown GPU without a prediction, and says so', async () => {
    const path = trace('x.json', EVENTS, {
      deviceProperties: [{ id: 0, name: 'GPU 9000', numSms: 3 }],
    })
    const { code, out, err } = await flowsim('run', path, '-o', at('out'), '--json')
    expect([code, JSON.parse(out).simulation]).toEqual([0, null])
    expect(err).toContain('The report has no prediction')
    expect(existsSync(at('out/report.html'))).toBe(true)
  })

  it('is deterministic', async () => {
    for (const out of ['a', 'b']) await flowsim('run', demo, '-o', at(out))
    for (const name of files('a')) {
      const text = (out: string) =>
        readFileSync(at(`${out}/${name}`), 'latin1').replaceAll(at(out), '')
      expect(text('a') === text('b'), name).toBe(true)
    }
  })
})

it('flowsim simulate takes the kernels that parse wrote', async () => {
  await flowsim('parse', demo, '-o', at('out'), '--format', 'jsonl')
  const table = at('out/llama-3.1-8b-4layers.tp2.rank0.kernels.jsonl')
  const { code, out } = await flowsim(
    'simulate',
    table,
    '--hardware',
    'a100_sxm',
    '-o',
    at('sim'),
    '--json',
  )
  expect(code).toBe(0)
  const { predicted, measured } = simulationSummarySchema.parse(JSON.parse(out))
  expect(predicted.kernelSumNs).toBeGreaterThan(measured.kernelSumNs)
})

describe('flowsim estimate', () => {
  const matmul = ['--set', 'm=4096', '--set', 'n=4096', '--set', 'k=4096', '--dtype', 'bf16']

  it('prints one Estimate with --json', async () => {
    const { code, out } = await flowsim(
      'estimate',
      'matmul',
      '--hardware',
      'h100_sxm',
      '--model',
      'roofline',
      ...matmul,
      '--json',
    )
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      schema: 'flowsim.estimate/1',
      flops: 2 * 4096 ** 3,
      bound: 'compute',
      latencyS: expect.closeTo((2 * 4096 ** 3) / 989e12, 9),
    })
  })

  it('gives the numbers of LLMCompass in its mode', async () => {
    const { out } = await flowsim(
      'estimate',
      'matmul',
      '--hardware',
      'A100_4_fp16',
      '--model',
      'tile',
      '--mode',
      'heuristic-GPU',
      '--set',
      'm=64',
      '--set',
      'n=12288',
      '--set',
      'k=12288',
      '--dtype',
      'fp16',
      '--json',
    )
    expect(JSON.parse(out).latencyS).toBe(0.0001520595744680851)
  })

  it('refuses a type that the device lacks', async () => {
    const { code, err } = await flowsim(
      'estimate',
      'matmul',
      '--hardware',
      'a100_sxm',
      ...matmul,
      '--dtype',
      'fp8_e4m3',
    )
    expect([code, err]).toEqual([1, expect.stringMatching(/fp8_e4m3/)])
  })
})

describe('flowsim hardware', () => {
  it('lists, shows with sources, validates', async () => {
    expect((await flowsim('hardware', 'list')).out).toContain('h100_sxm')
    expect((await flowsim('hardware', 'show', 'NVIDIA H200')).out).toMatch(
      /device\.memory\.dram\.bandwidthBytesPerS/,
    )
    writeFileSync(at('gpu.json'), '{"schema": "flowsim.hardware-spec/1", "name": "x"}')
    const { code, out } = await flowsim('hardware', 'validate', at('gpu.json'))
    expect([code, out]).toEqual([1, expect.stringMatching(/error: title/)])
  })
})

it('flowsim doctor says what is here', async () => {
  const { code, out } = await flowsim('doctor', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ ready: true })
})

describeWithCorpus('real traces', () => {
  it('--compat flowsim writes the CSV of the reference parser byte for byte', async () => {
    const name = 'sglang-deepseek-h200-tp4-rank0'
    const path = corpus(`traces/${name}.trace.json.gz`)
    expect((await flowsim('parse', path, '-o', at('out'), '--compat', 'flowsim')).code).toBe(0)
    const golden = gunzipSync(
      readFileSync(corpus(`parser-golden/${name}.flowsim.csv.gz`)),
    ).toString()
    expect(readFileSync(at(`out/${name}.kernels.csv`), 'utf8') === golden).toBe(true)
  })

  it.each(readdirSync(corpus('traces')))('flowsim run works on %s', async (name) => {
    const { code, out } = await flowsim('run', corpus(`traces/${name}`), '-o', at('out'), '--json')
    expect(code).toBe(0)
    const { parse } = JSON.parse(out) as { parse: unknown }
    expect(parseSummarySchema.parse(parse).known.timeShare).toBeGreaterThan(0.99)
  })
})
