import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { readCsv, readJson } from '../../../test/csv.js'
import { REALLM_NODES, type ReallmAllReduce, reallmAllReduce } from './all-reduce.js'
import {
  type ReallmRequest,
  type ReallmScheduler,
  reallmResultsCsv,
  simulateReallm,
} from './engine.js'
import { KernelLibrary } from './kernel-library.js'
import { REALLM_DEVICES, type ReallmKernelCounts, rooflineSeconds } from './kernel-roofline.js'
import { reallmSlo } from './slo.js'

/** Kernels of a Llama 70B step over eight tensor-parallel devices, as ReaLLM counts them. */
function llama70b(prefill: number, contexts: readonly number[]): ReallmKernelCounts {
  const layers = 80
  const tokens = prefill + contexts.length
  const attention = (rows: number, width: number): [number[], number][] => [
    [[1, rows, 128, width], layers],
    [[1, rows, width, 128], layers],
  ]
  return {
    matmul: [
      [[tokens, 8192, 1024], layers],
      [[tokens, 8192, 256], layers],
      ...(prefill > 0 ? attention(8 * prefill, prefill) : []),
      ...contexts.flatMap((context) => attention(8, context)),
      [[tokens, 1024, 8192], layers],
      [[tokens, 8192, 3584], 2 * layers],
      [[tokens, 3584, 8192], layers],
    ],
    softmax: [
      ...(prefill > 0 ? [[[8, prefill, prefill], layers] as [number[], number]] : []),
      ...contexts.map((context): [number[], number] => [[64, 1, context], layers]),
    ],
    mul: [[[tokens, 3584], layers]],
    layernorm: [[[tokens, 8192], 2 * layers]],
    silu: [[[tokens, 3584], layers]],
  }
}

const stepTime = (prefill: number, contexts: readonly number[]) =>
  rooflineSeconds(REALLM_DEVICES.GA100, llama70b(prefill, contexts)) +
  2 *
    80 *
    reallmAllReduce(REALLM_NODES.H100, 'multishot', 2 * (prefill + contexts.length) * 8192, 8)

describeWithCorpus('ReaLLM', () => {
  const folder = corpus('serving/reallm')

  test('every all-reduce', () => {
    const cases = readJson<
      { node: 'H100' | 'A100'; algo: ReallmAllReduce; tp: number; bytes: number; s: number }[]
    >(`${folder}/allreduce_cases.json`)
    for (const { node, algo, tp, bytes, s } of cases) {
      expect(reallmAllReduce(REALLM_NODES[node], algo, bytes, tp)).toBeCloseTo(s, 18)
    }
  })

  test.each(['baseline', 'continuous', 'mixed-sarathi'] as const)(
    '%s: the service levels of its results, to the last digit',
    (scheduler) => {
      const requests = readCsv(`${folder}/trace_rr_code_2_head.csv`).map(
        (row): ReallmRequest => ({
          id: Number(row.request_id),
          arrivalS: Number(row.arrival_timestamp),
          inputTokens: Number(row.prompt_size),
          outputTokens: Number(row.token_size),
        }),
      )
      const result = simulateReallm(requests, {
        scheduler,
        stepTime,
        prefillChunk: 512,
        endRequests: 12,
      })
      const line = readFileSync(`${folder}/slo.txt`, 'utf8')
        .split('\n')
        .find((text) => text.startsWith(`roofline/sim_results_${scheduler}.csv`))!
      const expected = JSON.parse(line.slice(line.indexOf('{')))
      const slo = reallmSlo(reallmResultsCsv(result))
      expect({ ttft_ms: slo.ttftMs, tbt_ms: slo.tbtMs, ete_ms: slo.e2eMs }).toEqual(expected)
    },
  )
})

describe('schedulers', () => {
  const workload = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 40 }),
      inputTokens: fc.integer({ min: 1, max: 900 }),
      outputTokens: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 20 },
  )
  test('every request gets its tokens, in order, and every prompt token is prefilled once', () => {
    fc.assert(
      fc.property(
        workload,
        fc.constantFrom<ReallmScheduler>('baseline', 'continuous', 'mixed-sarathi'),
        (items, scheduler) => {
          let arrivalS = 0
          const requests = items.map(({ gap, inputTokens, outputTokens }, id) => {
            arrivalS += gap / 1000
            return { id, arrivalS, inputTokens, outputTokens }
          })
          const result = simulateReallm(requests, {
            scheduler,
            stepTime: (prefill, contexts) => 0.001 + prefill * 1e-6 + contexts.length * 1e-6,
            prefillChunk: 256,
          })
          for (const record of result.requests) {
            expect(record.finished).toBe(true)
            expect(record.tokenS.length).toBe(record.outputTokens)
            expect(record.scheduledS).toBeGreaterThanOrEqual(record.arrivalS)
            expect(record.tokenS[0]).toBeGreaterThan(record.scheduledS!)
            for (let i = 1; i < record.tokenS.length; i++) {
              expect(record.tokenS[i]).toBeGreaterThan(record.tokenS[i - 1]!)
            }
          }
          const prefilled = result.steps.reduce((sum, step) => sum + step.prefillTokens, 0)
          expect(prefilled).toBe(requests.reduce((sum, request) => sum + request.inputTokens, 0))
          const decoded = result.steps.reduce((sum, step) => sum + step.contexts.length, 0)
          expect(decoded).toBe(
            requests.reduce((sum, { outputTokens }) => sum + outputTokens - 1, 0),
          )
        },
      ),
    )
  })
})

describe('KernelLibrary', () => {
  const matmul = KernelLibrary.parse(
    [
      'B, M, K, N, latency',
      '1, 128, 8192, 1024, 10e-6',
      '1, 256, 8192, 1024, 20e-6',
      '1, 512, 8192, 1024, 40e-6',
      '1, 512, 8192, 1024, 44e-6',
      '1, 8, 128, 128, 1e-6',
      '1, 8, 128, 256, 2e-6',
      '1, 16, 128, 256, 4e-6',
    ].join('\n'),
    'GA100_matmul_latency.csv',
    'matmul',
  )

  test('a shape of the library has its last latency, without overhead', () => {
    expect(matmul.seconds([512, 8192, 1024])).toBe(44e-6)
  })

  test('one varying dimension: a line, on beyond the last row, and a launch', () => {
    expect(matmul.seconds([192, 8192, 1024])).toBeCloseTo(15e-6 + 10e-6, 12)
    expect(matmul.seconds([1024, 8192, 1024])).toBeCloseTo(92e-6 + 10e-6, 12)
  })

  test('two varying dimensions: the plane of a triangle, or the nearest row outside', () => {
    // Between (8, 128), (8, 256) and (16, 256).
    expect(matmul.seconds([1, 10, 128, 224])).toBeCloseTo(2.25e-6 + 10e-6, 12)
    expect(matmul.seconds([1, 40, 128, 300])).toBeCloseTo(4e-6 + 10e-6, 12)
  })

  test('rows on one line answer with the nearest, where the original has an exception', () => {
    const softmax = KernelLibrary.parse(
      'M, N, latency\n8192, 1024, 5e-6\n16384, 2048, 9e-6\n32768, 4096, 17e-6\n',
      'GA100_softmax_latency.csv',
      'softmax',
    )
    expect(softmax.seconds([8, 2500, 2500])).toBeCloseTo(9e-6 + 3e-6, 12)
    expect(softmax.flat).toBe(1)
  })

  test('an empty library is an error', () => {
    expect(() => KernelLibrary.parse('M, N, latency\n', 'x.csv', 'silu')).toThrow(
      'x.csv: the library has no rows',
    )
  })
})
