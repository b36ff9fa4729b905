import { isKernel } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { madeUpReport } from '../fixtures/made-up.js'
import { dataOf } from '../fixtures/unpack.js'
import { ReportError, renderReport } from './index.js'

describe('renderReport', () => {
  const data = madeUpReport()
  const html = renderReport(data)
  const budgetStart = data.breakdown.startNs

  it('is one document that asks for nothing', () => {
    expect(html.startsWith('<!doctype html>')).toBe(true)
    expect(html).not.toMatch(/<(link|img|iframe)\b|@import|url\(http|<script[^>]*\ssrc=/)
  })

  it('allows the program that it holds, pictures that this makes, and nothing else', async () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!
    const script = /<script>(.*?)<\/script>\n<script type="text\/plain"/s.exec(html)![1]!
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script))
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)))
    expect(policy).toBe(
      `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src blob:; base-uri 'none'; form-action 'none'`,
    )
  })

  it('carries the licences of the libraries in its program', () => {
    const text = /id="licenses">\n(.*?)\n<\/script>/s.exec(html)![1]!
    for (const name of ['preact', '@observablehq/plot', 'd3-scale']) expect(text).toContain(name)
    expect(text).toContain('Permission to use, copy, modify, and/or distribute')
  })

  it('escapes markup in names and titles', () => {
    expect(html.match(/<\/script>/g)).toHaveLength(3)
    const titled = renderReport({ ...data, title: '<img src=x> & "quotes"' })
    expect(titled).toContain('<title>&lt;img src=x&gt; &amp; &quot;quotes&quot;</title>')
    expect(dataOf(titled).title).toBe('<img src=x> & "quotes"')
  })

  it('gives the same text for the same data', () => {
    expect(renderReport(madeUpReport())).toBe(html)
  })

  it('stays below 2 MB for 3,000 kernels', () => {
    const large = madeUpReport([512, ...Array<number>(30).fill(16)], 12)
    expect(large.trace.kernels.length).toBeGreaterThan(3000)
    expect(renderReport(large).length).toBeLessThan(0.8e6)
  })

  it('keeps every kernel: time, kind, stream, layer, step, prediction', () => {
    const { kernels, kinds, strings, budget, families, streams } = dataOf(html)
    let at = budget.startNs
    data.trace.kernels.forEach((kernel, i) => {
      at += kernels.startDelta[i]!
      const kind = kinds[kernels.kind[i]!]!
      expect(at).toBe(kernel.startNs)
      expect(kernels.duration[i]).toBe(kernel.durationNs)
      expect(strings[kind.name]).toBe(kernel.name)
      expect(families[kind.family]).toBe(data.operations[i]!.family)
      expect(streams[kernels.stream[i]!]!.stream).toBe(kernel.stream)
      expect(kernels.layer![i]).toBe(data.layers!.layerOf[i])
      expect(kernels.step![i]).toBe(data.steps!.stepOf[i])
      const estimate = data.prediction!.estimates[i]
      expect(kernels.predicted![i]).toBe(estimate ? Math.round(estimate.latencyS * 1e9) : -1)
    })
  })

  it('writes kinds of kernels once', () => {
    const { kinds } = dataOf(html)
    expect(kinds.length).toBeLessThan(30)
    const gemm = kinds.find(({ op }) => op === 'matmul')!
    expect(gemm).toMatchObject({
      flops: 2 * 512 * 6144 * 4096,
      roof: 'matrix bf16',
      grid: '132×1×1',
    })
  })

  it('has the roofs of the types that the trace uses, and of memory', () => {
    expect(dataOf(html).device!.ceilings.map(({ of }) => of)).toEqual([
      'dram',
      'l2',
      'vector',
      'matrix bf16',
    ])
  })

  it('says what a trace was predicted for, and what share of the kernels has no estimate', () => {
    const { prediction } = dataOf(html)
    const { kernels } = data.trace
    const without = data.prediction!.estimates.flatMap((estimate, i) =>
      estimate === null && isKernel(kernels[i]!) && data.operations[i]?.auxiliary !== true
        ? [kernels[i]!.durationNs]
        : [],
    )
    const sumOf = (times: number[]) => times.reduce((sum, ns) => sum + ns, 0)
    expect(without.length).toBeGreaterThan(0)
    expect(prediction).toMatchObject({
      model: 'roofline',
      hardware: 'Test GPU',
      sameDevice: true,
      relativeTo: null,
      doubtful: { count: 0, timeShare: 0 },
    })
    const { count, timeShare } = prediction!.unanswered
    expect(count).toBe(without.length)
    expect(timeShare).toBeCloseTo(
      sumOf(without) / sumOf(kernels.filter(isKernel).map(({ durationNs }) => durationNs)),
      6,
    )
  })

  it('keeps the start of every kernel in the replay, beside the measured run', () => {
    // Every kernel twice as late, from another clock, the second before the first.
    const startNs = data.trace.kernels.map((kernel) => 1e6 + 2 * (kernel.startNs - budgetStart))
    ;[startNs[0], startNs[1]] = [startNs[1]!, startNs[0]!]
    const replay = { firstStartNs: startNs[1]!, startNs }
    const { kernels } = dataOf(
      renderReport({ ...data, prediction: { ...data.prediction!, replay } }),
    )
    let at = 0
    for (const [i, delta] of Array.from(kernels.replayStartDelta!).entries()) {
      at += delta
      expect(at).toBe(startNs[i]! - startNs[1]!)
    }
    expect(kernels.replayDuration).toBeUndefined()
    expect(dataOf(html).kernels.replayStartDelta).toBeUndefined()
    const waiting = Float64Array.from(startNs, (_, i) => 1000 * i)
    const page = renderReport({
      ...data,
      prediction: { ...data.prediction!, replay: { ...replay, durationNs: waiting } },
    })
    expect(dataOf(page).kernels.replayDuration).toEqual([...waiting])
  })

  it('needs no more than a trace, its operations and its breakdown', () => {
    const { generator, trace, operations, breakdown } = data
    const page = dataOf(renderReport({ generator, trace, operations, breakdown }))
    expect(page).toMatchObject({ prediction: null, layers: null, steps: null, device: null })
  })

  it.each([
    [{ cuda_runtime_version: 12060 }, ['CUDA', '12.6']],
    [{ cuda_runtime_version: '12.8' }, ['CUDA', '12.8']],
    [{ hip_runtime_version: 70226015 }, ['HIP', '7.2']],
    [{ nccl_version: '2.26.2' }, ['NCCL', '2.26.2']],
  ])('writes the versions of %o as people do', (producer, fact) => {
    const { generator, trace, operations, breakdown } = data
    const page = renderReport({ generator, trace: { ...trace, producer }, operations, breakdown })
    expect(dataOf(page).facts).toContainEqual(fact)
  })

  it('takes kernels in any order', () => {
    const { generator, trace, operations, breakdown } = data
    const turned = renderReport({
      generator,
      trace: { ...trace, kernels: [...trace.kernels].reverse() },
      operations: [...operations].reverse(),
      breakdown,
    })
    expect(Array.from(dataOf(turned).kernels.startDelta).every((delta) => delta >= 0)).toBe(true)
  })

  it.each([
    ['operations_mismatch', { ...data, operations: [] }],
    ['estimates_mismatch', { ...data, prediction: { ...data.prediction!, estimates: [] } }],
    [
      'estimates_mismatch',
      {
        ...data,
        prediction: { ...data.prediction!, replay: { firstStartNs: 0, startNs: [0] } },
      },
    ],
    ['layers_mismatch', { ...data, layers: { ...data.layers!, layerOf: new Int32Array(0) } }],
  ] as const)('refuses parts that do not belong together: %s', (code, wrong) => {
    expect(() => renderReport(wrong)).toThrow(ReportError)
    expect(() => renderReport(wrong)).toThrow(expect.objectContaining({ code }))
  })
})
