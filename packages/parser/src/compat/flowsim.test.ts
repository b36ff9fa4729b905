import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { flowsimCsv, flowsimRows, type ReferenceLookup } from './flowsim.js'

const none: ReferenceLookup = () => undefined

/** Rows for a trace of these events. */
const rowsOf = (events: unknown[], lookup = none) =>
  flowsimRows([new TextEncoder().encode(JSON.stringify({ traceEvents: events }))], lookup, 't')

const kernel = (name: string, ts: number, args: object = {}) => ({
  ph: 'X',
  cat: 'kernel',
  name,
  pid: 0,
  tid: 7,
  ts,
  dur: 5,
  args,
})

const annotation = (name: string, ts: number, dur: number) => ({
  ph: 'X',
  cat: 'gpu_user_annotation',
  name,
  pid: 0,
  tid: 7,
  ts,
  dur,
  args: {},
})

describe('flowsimRows', () => {
  it('lets one annotation serve three kernels', async () => {
    const rows = await rowsOf([
      annotation('p|x[4x16:float32]', 0, 100),
      kernel('k1', 1),
      kernel('k2', 20),
      kernel('k3', 50),
    ])
    expect(rows.map((row) => row.slice(1, 5))).toEqual(
      Array(3).fill(['[[4, 16]]', "['float32']", '', "['x']"]),
    )
  })

  it('has 10 µs of slack around an annotation, 1 ms for NCCL', async () => {
    const rows = await rowsOf([
      annotation('nccl p|x[4:f]', 1000, 100),
      kernel('low', 990),
      kernel('below', 989.999),
      kernel('high', 1110),
      kernel('above', 1110.001),
      kernel('NCCL_upper', 2100),
    ])
    expect(rows.map((row) => row[1])).toEqual(['[[4]]', 'N/A', '[[4]]', 'N/A', '[[4]]'])
  })

  it('gives both launches of one External id the stack of the last', async () => {
    const host = (name: string, ts: number, dur: number, args: object) => ({
      ph: 'X',
      cat: 'cpu_op',
      name,
      pid: 1,
      tid: 1,
      ts,
      dur,
      args,
    })
    const rows = await rowsOf([
      host('aten::a', 0, 100, { 'External id': 3, 'Input Dims': [[1]], 'Input type': ['float'] }),
      host('cudaLaunchKernel', 10, 5, { 'External id': 3, correlation: 8 }),
      host('aten::inner', 20, 30, {}),
      host('cudaLaunchKernelExC', 25, 5, { 'External id': 3, correlation: 9 }),
      kernel('k1', 200, { 'External id': 3, correlation: 8 }),
      kernel('k2', 210, { 'External id': 3, correlation: 9 }),
    ])
    const stack = 'cudaLaunchKernelExC <- aten::inner <- aten::a'
    expect(rows.map((row) => row[9])).toEqual([stack, stack])
    expect(rows.map((row) => row[1])).toEqual(['[[1]]', '[[1]]'])
  })

  it('keeps integers apart from floats and prints them as Python does', async () => {
    const text = `[${['1', '1.0', '1.632', '0.00001', '12345678901234567890.5']
      .map((dur) => JSON.stringify(kernel('k', 1)).replace('"dur":5', `"dur":${dur}`))
      .join(',')}]`
    const rows = await flowsimRows([new TextEncoder().encode(text)], none, 't')
    expect(rows.map((row) => row[5])).toEqual([
      '1',
      '1.0',
      '1.632',
      '1e-05',
      '1.2345678901234567e+19',
    ])
  })
})

interface ReferenceKernel {
  kernel_name: string
  kernel_implementation: string
  op_mapping: string
  operation: string
  source_code: string
  params: { role: string; description: string }[]
}

/** The reference's own lookup over its own database. */
function referenceLookup(): ReferenceLookup {
  const json = readFileSync(corpus('kernels/flowsim-kernels.json'), 'utf8')
  const kernels = JSON.parse(json) as ReferenceKernel[]
  const byName = new Map(kernels.map((kernel) => [kernel.kernel_name, kernel]))
  const byImplementation = new Map(kernels.map((kernel) => [kernel.kernel_implementation, kernel]))
  return (name, implementation, tensors) => {
    const isAmbiguous = /<built-in function launch>|cuLaunchKernelEx/.test(implementation)
    const kernel =
      byName.get(name) ?? (isAmbiguous ? undefined : byImplementation.get(implementation))
    if (kernel === undefined) return undefined
    const isMatmul = kernel.op_mapping === 'matmul' && tensors === 2
    return {
      op: kernel.op_mapping,
      operation: isMatmul ? 'C = A @ B' : kernel.operation,
      sourceCode: kernel.source_code,
      roles: isMatmul ? ['input', 'input'] : kernel.params.map(({ role }) => role),
      descriptions: isMatmul ? ['A', 'B'] : kernel.params.map(({ description }) => description),
    }
  }
}

describeWithCorpus('against the reference parser', () => {
  it('the CSV of the SGLang trace is equal byte for byte', async () => {
    const name = 'sglang-deepseek-h200-tp4-rank0'
    const text = gunzipSync(readFileSync(corpus(`traces/${name}.trace.json.gz`)))
    const csv = await flowsimCsv([text], { lookup: referenceLookup() })
    const golden = gunzipSync(readFileSync(corpus(`parser-golden/${name}.flowsim.csv.gz`)))
    expect(csv).toBe(golden.toString())
  })
})
