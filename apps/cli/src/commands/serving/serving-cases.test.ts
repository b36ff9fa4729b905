import { type PreparedRun, prepareServing } from '@flowsim/serving-sim'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { optionsBeside, readText } from '../../inputs/serving-config.js'

const prepare = (name: string): PreparedRun => {
  const path = corpus(`serving/cases/${name}.yaml`)
  return prepareServing(readText(path), optionsBeside(path))
}
const run = (name: string) => prepare(name).run()

describeWithCorpus('small serving cases', () => {
  it('a lone request takes its prefill and a few milliseconds, and every constant is named', () => {
    const prepared = prepare('one-request-vllm')
    const { ttft } = prepared.run().report
    expect(ttft!.meanS).toBeGreaterThan(0.007)
    expect(ttft!.meanS).toBeLessThan(0.013)
    const named = prepared.assumptions.map(({ setting, name }) => setting ?? name)
    expect(named).toEqual(
      expect.arrayContaining([
        'requestOverheadMs',
        'stepTime.hostOpUs',
        'scheduler.maxNumBatchedTokens',
        'kv.memoryUtilization',
        'cpuOverhead.perStepUs',
      ]),
    )
    expect(prepared.assumptions.every(({ source }) => source.length > 0)).toBe(true)
  })

  it('autoscaling takes effect, and its thresholds are named', () => {
    const prepared = prepare('autoscaling-inert')
    const { instances, native, report } = prepared.run()
    expect(instances.filter(({ requests }) => (requests.completed ?? 0) > 0).length).toBe(4)
    const up = native!.instanceSeconds as number
    expect(up).toBeGreaterThan(1.5 * report.durationS)
    expect(up).toBeLessThan(4 * report.durationS)
    expect(prepared.assumptions).toContainEqual({
      name: 'autoscaling.upKvUse',
      setting: 'autoscaling.upKvUse',
      value: 0.8,
      source: "BLIS's default",
    })
  })

  it('a length that the KV cache cannot hold is refused, with the longest that it can', () => {
    expect(() => prepare('maxlen')).toThrow(
      /maxlen\.yaml:3:27: maxModelLen is 131072, but the KV cache holds (\d+) tokens of a sequence; at most \1 works/,
    )
  })

  it('shards that cut blocks of FP8 are refused, with the degrees that work', () => {
    expect(() => prepare('tp8')).toThrow(
      /tp8\.yaml:2:\d+: moeTensorParallel 8 cuts the experts of .*, 1536 wide, into shards of 192, .* moeTensorParallel 1 or 2 or 4 works/,
    )
    expect(() => prepare('tp4b')).toThrow(/tp4b\.yaml:2:\d+: moeTensorParallel 4 cuts the experts/)
  })

  it('a system prompt that all share does not send all to one instance', () => {
    const aware = run('moon-4pa')
    const turns = run('moon-4rr')
    const shares = aware.instances.map(({ requests }) => requests.completed! / 755)
    expect(Math.min(...shares)).toBeGreaterThan(0.15)
    expect(Math.max(...shares)).toBeLessThan(0.35)
    expect(aware.report.ttft!.meanS).toBeLessThan(Math.min(0.26, turns.report.ttft!.meanS))
    expect(aware.report.cachedTokens).toBeGreaterThan(turns.report.cachedTokens!)
  })

  it('KV above what the links carry waits for them', () => {
    const { report } = run('pdt')
    // 8,000 tokens of 80 layers · 2 · 8 heads · 128 · 2 bytes, over eight links of 1 GB/s, one after the other.
    const transferS = (8000 * 80 * 2 * 8 * 128 * 2) / 8e9
    expect(report.durationS).toBeGreaterThan(200 * transferS)
    expect(report.durationS).toBeLessThan(200 * transferS + 5)
    expect(report.ttft!.maxS).toBeGreaterThan(10)
    expect(report.tpot!.p99S).toBeLessThan(0.02)
  })

  it('classes in, attainment and latencies of each class out', () => {
    const { classes, fairness } = run('cls').report
    expect(classes!.map(({ name }) => name)).toEqual(['bulk', 'gold'])
    for (const { attainment, ttft, tpot, requests, finished } of classes!) {
      expect(finished).toBe(requests)
      expect(attainment).toBeGreaterThan(0.9)
      expect(ttft!.count).toBe(requests)
      expect(tpot!.count).toBe(requests)
    }
    const [bulk, gold] = classes!
    expect(gold!.ttft!.meanS).toBeLessThan(bulk!.ttft!.meanS)
    expect(fairness).toBeGreaterThan(0.9)
    expect(fairness).toBeLessThanOrEqual(1)
  })
})

// SGLang on 96 H100, May 2025: 54.5k tokens a second and node of prompts of 2,000 tokens, 22.3k of decoding
// (lmsys.org/blog/2025-05-05-large-scale-ep).
describeWithCorpus('DeepSeek V3 with wide expert parallelism', () => {
  const perNode = (name: string, nodes: number) => {
    const { inputTokens, outputTokens, durationS } = run(name).report
    return (name.includes('pre') ? inputTokens : outputTokens) / durationS / nodes
  }

  it('reads 50k tokens a second and node of prompts on four nodes, and more on one', () => {
    const four = perNode('ds-pre-balanced', 4)
    expect(four).toBeGreaterThan(0.85 * 50_000)
    expect(four).toBeLessThan(1.15 * 50_000)
    const one = perNode('ds-pre-8', 1)
    expect(one).toBeGreaterThan(four)
    expect(one).toBeLessThan(1.5 * four)
  })

  it.each([
    ['ds-dec-64', 8],
    ['ds-dec-72', 9],
  ])('decodes 22k tokens a second and node: %s', (name, nodes) => {
    expect(perNode(name, nodes)).toBeGreaterThan(0.85 * 22_000)
    expect(perNode(name, nodes)).toBeLessThan(1.15 * 22_000)
  })
})
