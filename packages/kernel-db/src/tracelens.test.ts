// A run of vLLM with piecewise CUDA graphs and the folder of its capture, against the tables of TraceLens for
// the same pair (AMD-AGI/TraceLens, MIT): shapes, counts and times of products and attention.
import { readFileSync } from 'node:fs'
import { parseCaptures, parseFile } from '@flowsim/parser/node'
import type { KernelEvent, KernelOperation, OpCallOf } from '@flowsim/trace-schema'
import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { classifyTrace } from './classify/classify-trace.js'

type Row = Record<string, string>

describeWithCorpus('graphs of vLLM with their capture', () => {
  const folder = corpus('traces-2/vllm-piecewise-capture')
  const table = (name: string): Row[] =>
    parse(readFileSync(`${folder}/tracelens/${name}.csv`), { columns: true, relax_quotes: true })

  const read = async () => {
    const captures = await parseCaptures([`${folder}/capture_traces`])
    const trace = await parseFile(
      corpus('traces/vllm-piecewise-cudagraph-execution.trace.json.gz'),
      { captures },
    )
    const operations = classifyTrace(trace)
    return trace.kernels.map((kernel, i): [KernelEvent, KernelOperation] => [
      kernel,
      operations[i]!,
    ])
  }
  const microseconds = (rows: readonly (readonly [KernelEvent, unknown])[]) =>
    rows.reduce((sum, [{ durationNs }]) => sum + durationNs / 1000, 0)

  it('every kernel of a graph has shapes', async () => {
    const kernels = (await read()).filter(([{ launch }]) => /GraphLaunch/.test(launch?.api ?? ''))
    expect(kernels).toHaveLength(361)
    expect(kernels.filter(([{ shapesFrom }]) => shapesFrom !== 'capture')).toEqual([])
  })

  it('products have its m, n and k, as often and as long', async () => {
    const rows = (await read()).filter(([, { op }]) => op === 'matmul')
    const expected = table('GEMM').filter(({ name }) => name!.startsWith('aten::'))
    expect(rows).toHaveLength(expected.reduce((sum, { name_count }) => sum + Number(name_count), 0))
    for (const row of expected) {
      const [m, n, k] = ['M', 'N', 'K'].map((name) => Number(row[`param: ${name}`]))
      const found = rows.filter(([, { call }]) => {
        const product = call as OpCallOf<'matmul'>
        return product.m === m && product.n === n && product.k === k
      })
      expect(found).toHaveLength(Number(row.name_count))
      expect(found.map(([, { call }]) => (call as OpCallOf<'matmul'>).bias ?? false)).toEqual(
        found.map(() => row['param: bias'] === 'True'),
      )
      expect(microseconds(found)).toBeCloseTo(Number(row['Kernel Time (µs)_sum']), 1)
    }
  })

  it('attention has its pairs of query and key, but for half of the diagonal, which it leaves out', async () => {
    const [row] = table('InferenceAttention_fwd')
    const number = (name: string) => Number(row![`param: ${name}`])
    const rows = (await read()).filter(([, { op }]) => op === 'attention')
    expect(rows).toHaveLength(Number(row!.name_count))
    expect(microseconds(rows)).toBeCloseTo(Number(row!['Kernel Time (µs)_sum']), 1)
    const theirs = number('c_sqsk') + number('g_sqsk') - number('c_sqsq') / 2
    for (const [, { call }] of rows) {
      expect(call).toMatchObject({ heads: number('H_Q'), kvHeads: number('H_KV'), headDim: 64 })
      expect((call as { pairs?: number }).pairs).toBe(theirs + number('c_sq') / 2)
    }
  })

  it('experts have its tokens and their number, and take as long', async () => {
    const rows = (await read()).filter(([, { op }]) => op === 'grouped_gemm')
    const expected = table('MoE_unfused_fwd')
    expect(microseconds(rows)).toBeCloseTo(
      expected.reduce((sum, row) => sum + Number(row['Kernel Time (µs)_sum']), 0),
      0,
    )
    for (const [{ op }] of rows) {
      const [tokens, routing] = op!.args
      expect(tokens).toMatchObject({
        shape: [
          Number(expected[0]!['param: num_tokens']),
          Number(expected[0]!['param: hidden_dim']),
        ],
      })
      expect(routing).toMatchObject({
        shape: [
          Number(expected[0]!['param: num_tokens']),
          Number(expected[0]!['param: num_experts']),
        ],
      })
    }
  })
})
