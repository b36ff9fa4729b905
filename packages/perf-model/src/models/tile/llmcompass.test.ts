import type { HardwareSpec, OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeWithCorpus } from '../../../../../tests/corpus.js'
import { PerfModelError } from '../../errors.js'
import { findHardware } from '../../hardware/find.js'
import { anyCall } from '../../testing/calls.js'
import { corpusRows } from '../../testing/csv.js'
import { LLMCOMPASS_MODES } from './llmcompass.js'
import { tile } from './model.js'

/** The systems of the corpus: built-in ones, and A100s on other interconnects. */
function system(name: string): HardwareSpec {
  const [, topology, devices] = /^NVLinkV3_(FC|RING)_(\d+)$/.exec(name) ?? []
  if (topology === undefined) return findHardware(name)
  const a100 = findHardware('A100_4_fp16')
  return {
    ...a100,
    system: {
      ...a100.system,
      devices: Number(devices),
      topology: topology === 'FC' ? 'fully_connected' : 'ring',
    },
  }
}

const sizes = (shape = '') => shape.split('x').map(Number)
const product = (numbers: number[]) => numbers.reduce((a, b) => a * b, 1)

/** The operation of a row, by its file. */
function callOf(file: string, row: Record<string, string>): OpCall {
  const dtype = row.dtype as 'fp16'
  switch (file) {
    case 'matmul': {
      const [m = 0, n = 0, k = 0] = sizes(row.shape)
      return { op: 'matmul', m, n, k, dtype }
    }
    case 'bmm': {
      const [batch = 0, m = 0, n = 0, k = 0] = sizes(row.shape_BxMxNxK)
      return { op: 'bmm', batch, m, n, k, dtype }
    }
    case 'gelu':
      return { op: 'gelu', elements: product(sizes(row.shape)), dtype }
    case 'allreduce':
      return { op: 'all_reduce', elements: Number(row.elements), devices: 4, dtype }
    default: {
      const shape = sizes(row.shape)
      const cols = shape.pop() ?? 0
      return { op: file as 'softmax', rows: product(shape), cols, dtype }
    }
  }
}

/** LLMCompass' layout of a row in our notation. */
function layoutOf(file: string, row: Record<string, string>): RegExp | undefined {
  const text = row.mapping ?? ''
  if (text === '') return undefined
  if (file === 'matmul') return new RegExp(`${text.replace(/[.;=/]/g, '.')}$`)
  const size = (name: string) => new RegExp(`${name}=(\\d+)`).exec(text)?.[1]
  return new RegExp(
    `^l2=${size('l2_tile_M')}/${size('l2_tile_N')};l1=${size('l1_tile_M')}/${size('l1_tile_N')}$`,
  )
}

describeWithCorpus('LLMCompass, to the last bit', () => {
  for (const file of ['matmul', 'bmm', 'softmax', 'layernorm', 'gelu', 'allreduce']) {
    const rows = corpusRows(`llmcompass/${file}.csv`)

    it(`${file}: latency and layout of ${rows.length} runs`, () => {
      const wrong = rows.filter((row) => {
        const mode = row.compile_mode || 'heuristic-GPU'
        const estimate = tile.estimate(callOf(file, row), system(row.system ?? ''), { mode })
        const layout = layoutOf(file, row)
        return (
          estimate.latencyS !== Number(row.latency_s) ||
          (layout !== undefined && !estimate.notes?.some((note) => layout.test(note)))
        )
      })
      expect(rows.length).toBeGreaterThan(30)
      expect(wrong).toEqual([])
    })

    const column = file === 'matmul' || file === 'bmm' ? 'roofline_s_as_shipped' : 'roofline_s'
    if (file === 'allreduce') continue
    it(`${file}: roofline of ${rows.length} runs`, () => {
      const wrong = rows.filter((row) => {
        const call = callOf(file, row)
        const estimate = tile.estimate(call, system(row.system ?? ''), { mode: 'roofline' })
        return estimate.latencyS !== Number(row[column])
      })
      expect(wrong).toEqual([])
    })
  }
})

describeWithCorpus("LLMCompass on the shapes of its paper's measurements, to the last bit", () => {
  const ops = ['matmul', 'softmax', 'layernorm', 'gelu'] as const
  it.each(['A100', 'MI210'].flatMap((device) => ops.map((op) => [op, device] as const)))(
    '%s on %s',
    (op, device) => {
      const rows = corpusRows(`llmcompass/measured_${op}_${device}.csv`)
      const hardware = findHardware(device === 'A100' ? 'A100_4_fp16' : device)
      expect(rows.length).toBeGreaterThan(19)
      for (const row of rows) {
        const [m, n, k] = [Number(row.M), Number(row.N), Number(row.K)]
        const sizes =
          op === 'matmul'
            ? { m, n, k }
            : op === 'gelu'
              ? { elements: Number(row.elements) }
              : { rows: m, cols: n }
        const call = { op, dtype: 'fp16', ...sizes } as OpCall
        expect([call, tile.estimate(call, hardware, { mode: 'heuristic-GPU' }).latencyS]).toEqual([
          call,
          Number(row.llmcompass_latency_s_raw),
        ])
      }
    },
  )
})

describe("what LLMCompass' modes refuse", () => {
  const a100 = findHardware('A100_4_fp16')
  const tpu = findHardware('TPUv3_8')
  const gemm = { op: 'matmul', m: 64, n: 64, k: 64, dtype: 'fp16' } as const

  it.each([
    [{ ...gemm, k: 0 }, a100, 'heuristic-GPU', 'invalid_dimension', 'k'],
    [{ ...gemm, dtype: 'fp8_e4m3' }, a100, 'heuristic-GPU', 'unsupported_dtype', 'dtype'],
    [
      { ...gemm, op: 'bmm', batch: 2, dtype: 'fp32' },
      a100,
      'heuristic-GPU',
      'unsupported_dtype',
      'dtype',
    ],
    [{ ...gemm, m: 8192, k: 8192 }, a100, 'heuristic-TPU', 'invalid_dimension', 'm'],
    [
      { op: 'softmax', rows: 1, cols: 1 << 30, dtype: 'fp16' },
      a100,
      'heuristic-GPU',
      'invalid_dimension',
      'cols',
    ],
    [
      { op: 'layernorm', rows: 1, cols: 64, dtype: 'fp16' },
      tpu,
      'heuristic-TPU-new',
      'unsupported_op',
      'mode',
    ],
    [
      { op: 'rmsnorm', rows: 1, cols: 64, dtype: 'fp16' },
      a100,
      'heuristic-GPU',
      'unsupported_op',
      'op',
    ],
    [gemm, a100, 'thorough', 'unknown_mode', 'mode'],
    [
      { op: 'layernorm', rows: 1, cols: 64, dtype: 'fp16' },
      a100,
      'exhaustive',
      'unsupported_op',
      'mode',
    ],
    [gemm, findHardware('p4'), 'heuristic-GPU', 'invalid_hardware', 'device.tile'],
    [
      { op: 'all_reduce', elements: 8, devices: 8, dtype: 'fp16' },
      findHardware('h100_sxm'),
      'heuristic-GPU',
      'unsupported_op',
      'mode',
    ],
  ])('%j', (call, hardware, mode, code, field) => {
    expect(() => tile.estimate(call as OpCall, hardware, { mode })).toThrow(
      expect.objectContaining({ code, at: { path: field } }),
    )
  })

  it('answers 2^63 - 1 cycles where no layout fits, as LLMCompass does', () => {
    const estimate = tile.estimate({ ...gemm, m: 4096, n: 1, k: 4096 }, tpu, {
      mode: 'heuristic-TPU',
    })
    expect(estimate.latencyS).toBe((2 ** 63 - 1) / 940e6)
    expect(estimate.notes).toEqual(['no layout fits; LLMCompass answers 2^63 - 1 cycles'])
  })
})

describe("every answer of LLMCompass' modes", () => {
  it('is finite and not negative, or an error with a field', () => {
    const ops = ['matmul', 'bmm', 'softmax', 'layernorm', 'gelu', 'all_reduce'] as const
    const devices = ['A100_4_fp16', 'mi210', 'TPUv3_8', 'TPUv3_new', 't4'].map((name) =>
      findHardware(name),
    )
    fc.assert(
      fc.property(
        anyCall(ops),
        fc.constantFrom(...LLMCOMPASS_MODES),
        fc.nat(devices.length - 1),
        fc.boolean(),
        (sample, mode, device, empty) => {
          const call = empty ? { ...sample, m: 0, rows: 0, elements: 0 } : { ...sample }
          try {
            const { latencyS, p10S, p90S } = tile.estimate(call as OpCall, devices[device]!, {
              mode,
            })
            return 0 <= p10S && p10S <= latencyS && latencyS <= p90S && p90S < Infinity
          } catch (error) {
            return error instanceof PerfModelError && (error.at?.path ?? '') !== ''
          }
        },
      ),
      { numRuns: 400, seed: 12 },
    )
  })
})
