// The SGLang trace of the corpus, against what TraceLens and HTA say of it. Where they differ from us,
// the test states by how much and why; docs/analysis.md has it in words.
import { readFileSync } from 'node:fs'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import type { KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { acrossRanks } from './across-ranks.js'
import { breakdown } from './breakdown.js'
import { collectives } from './collectives.js'
import { gemmTable } from './gemm-table.js'
import { byFamily } from './groups.js'
import { idleTime } from './idle-time.js'
import { launchStats, queueLength } from './launches.js'
import { byLayer } from './layers.js'
import { matchCollectives } from './match-collectives.js'
import { byModule } from './modules.js'
import { steps } from './steps.js'

/** Rows of a report of numbers and plain words, as text. */
function report(path: string): string[][] {
  const text = readFileSync(corpus(`parser-golden/${path}`), 'utf8').trim()
  return text.split(/\r?\n/).map((line) => line.split(','))
}

describeWithCorpus('the SGLang trace', () => {
  let trace: KernelTrace
  let operations: KernelOperation[]
  beforeAll(async () => {
    trace = await parseFile(corpus('traces/sglang-deepseek-h200-tp4-rank0.trace.json.gz'), {
      hostCalls: true,
    })
    operations = classifyTrace(trace)
  })

  it('has the GPU timeline of TraceLens, to the rounding of its floating-point times', () => {
    const ms = Object.fromEntries(
      report('tracelens/gpu_timeline.csv').map(([name, value]) => [name, Number(value)]),
    )
    for (const convention of ['flowsim', 'tracelens'] as const) {
      const b = breakdown(trace, undefined, { convention })
      for (const [name, ns] of [
        ['computation_time', b.computationNs],
        ['exposed_comm_time', b.exposedCommunicationNs],
        ['exposed_memcpy_time', b.exposedMemcpyNs],
        ['busy_time', b.busyNs],
        ['idle_time', b.idleNs],
        ['total_time', b.windowNs],
        ['total_comm_time', b.communicationNs],
        ['total_memcpy_time', b.memcpyNs],
      ] as const) {
        expect(Math.abs(ns - ms[name]! * 1e6), name).toBeLessThan(10)
      }
    }
  })

  it('has the kernel types of HTA, exactly, when starts and ends are rounded as HTA rounds them', () => {
    const us = report('hta/gpu_kernel_breakdown_0.csv').map(([, , sum]) => Number(sum))
    const { exclusive } = breakdown(trace, undefined, { convention: 'hta', roundToUs: true })
    expect([
      exclusive.computationNs,
      exclusive.communicationNs,
      exclusive.memcpyNs,
      exclusive.computationCommunicationNs,
      exclusive.computationMemcpyNs,
      exclusive.communicationMemcpyNs,
    ]).toEqual(us.slice(1).map((value) => value * 1000))
  })

  it('has the temporal breakdown of HTA, which loses 10 µs to kernels of negative length', () => {
    const [, idle, compute, nonCompute, window] = report('hta/temporal_breakdown_0.csv')[1]!
      .slice(1)
      .map(Number) as [number, number, number, number, number]
    const b = breakdown(trace, undefined, { convention: 'hta', roundToUs: true })
    expect(b.windowNs).toBe(window * 1000)
    expect(b.computationNs).toBe(compute * 1000)
    const negative = trace.kernels.filter(({ startNs, durationNs }) => {
      const base = Number(BigInt(trace.baseTimeNs) % 1000n)
      return Math.floor((startNs + durationNs + base) / 1000) < Math.ceil((startNs + base) / 1000)
    }).length
    expect(negative).toBe(10)
    expect(b.idleNs).toBe((idle - negative) * 1000)
    expect(b.busyNs - b.computationNs).toBe((nonCompute + negative) * 1000)
    // What the rounding costs: 0.7 ms of 77.6 ms.
    expect(breakdown(trace).busyNs - b.busyNs).toBe(736_133)
  })

  it('has the idle time of HTA by stream, within two microseconds for each activity (both its ends are rounded)', () => {
    const hta = new Map<number, number>()
    for (const [, , stream, , us] of report('hta/idle_time_0.csv').slice(1)) {
      hta.set(Number(stream), (hta.get(Number(stream)) ?? 0) + Number(us))
    }
    for (const { stream, idleNs } of idleTime(trace).streams) {
      const activities = trace.kernels.filter((kernel) => kernel.stream === stream).length
      const difference = hta.get(stream)! * 1000 - idleNs
      expect(difference).toBeGreaterThanOrEqual(0)
      expect(difference).toBeLessThan(activities * 2000)
    }
  })

  it('is idle because the host is late', () => {
    const { total } = idleTime(trace)
    expect(total.launchBoundNs / total.idleNs).toBeGreaterThan(0.99)
  })

  it('has the launches of HTA, and those that HTA leaves out: driver and cooperative launches', () => {
    const stats = launchStats(trace)
    const rows = report('hta/launch_stats_0_0.csv').slice(1)
    const seenByHta = /^cuda(LaunchKernel(ExC)?|MemcpyAsync|MemsetAsync)$/
    const activities = stats.byApi.filter(({ api }) => seenByHta.test(api))
    expect(activities.reduce((sum, api) => sum + api.activities, 0)).toBe(rows.length)
    expect(stats).toMatchObject({ activities: 853, unlinked: 0 })
    const cpu = activities.reduce((sum, api) => sum + api.durationNs.sum, 0)
    expect(Math.abs(cpu - rows.reduce((sum, row) => sum + Number(row[2]) * 1000, 0))).toBeLessThan(
      rows.length * 1000,
    )
  })

  it('has the longest queues of HTA', () => {
    const rows = report('hta/queue_length_summary_0.csv').slice(3)
    expect(rows).toHaveLength(3)
    const queues = queueLength(trace)
    for (const row of rows) {
      const queue = queues.find(({ stream }) => stream === Number(row[1]))!
      expect(queue.max).toBe(Number(row.at(-1)))
    }
  })

  it('has the collectives of TraceLens, with bus bandwidth', () => {
    const { groups } = collectives(trace)
    // Columns: kind in quotes with commas, so count from the end.
    const sums = report('tracelens/coll_analysis.csv')
      .slice(1)
      .map((row) => [Math.round(Number(row.at(-6)) * 1000), Number(row.at(-1))])
    expect(groups.map(({ sumNs, count }) => [sumNs, count])).toEqual(sums)
    expect(groups[0]).toMatchObject({ kind: 'all_reduce', ranks: 4, bytes: 117_440_512 })
    // 117 MB all-reduce over NVLink 4: 450 GB/s a direction is the limit.
    expect(groups[0]!.busBytesPerS! / 1e9).toBeCloseTo(317, 0)
  })

  it('is a tree of modules', () => {
    const { roots } = byModule(trace, { by: 'class' })
    expect(roots.map(({ name }) => name)).toEqual(['DeepseekV2Model', 'LogitsProcessor', 'Sampler'])
    expect(roots[0]!.children[0]!.name).toBe('DeepseekV2DecoderLayer')
  })

  it('has the GEMM table of TraceLens: shapes, calls, times with their helpers, throughput', () => {
    // Quoted cells hold commas; the columns in question are plain numbers before and after them.
    const text = readFileSync(corpus('parser-golden/tracelens/GEMM.csv'), 'utf8').trim()
    const [head, ...lines] = text.split(/\r?\n/).map(csvCells)
    const column = (name: string) => head!.indexOf(name)
    const ours = new Map(
      gemmTable(trace, operations).map((row) => {
        const { call } = row
        const batch = call.op === 'bmm' ? call.batch : 1
        return [
          `${call.op === 'grouped_gemm' ? 'grouped' : batch} ${call.m} ${call.n} ${call.k}`,
          row,
        ]
      }),
    )
    expect(lines).toHaveLength(34)
    for (const cells of lines) {
      const at = (name: string) => Number(cells[column(name)])
      const shape = ['B', 'M', 'N', 'K'].map((name) => at(`param: ${name}`)).join(' ')
      const row = ours.get(shape)
      expect(row, shape).toBeDefined()
      expect(row!.count).toBe(at('name_count'))
      expect(Math.abs(row!.sumNs - at('Kernel Time (µs)_sum') * 1000)).toBeLessThan(2)
      // TraceLens gives the mean of rates, we the rate of the sum.
      expect(row!.flopsPerS / 1e12 / at('TFLOPS/s_mean')).toBeCloseTo(1, 1)
    }
  })

  it('has seven passes: five prefills and two decodes', () => {
    const found = steps(trace, operations)
    expect(found.source).toBe('layers')
    expect(found.steps.map(({ phase, tokens }) => [phase, tokens])).toEqual([
      ['prefill', 1024],
      ['prefill', 8192],
      ['prefill', 8192],
      ['prefill', 8192],
      ['prefill', 6145],
      ['decode', 32],
      ['decode', 32],
    ])
  })

  it('has the communication of the reference, and less attention, whose keyword also meets norms', () => {
    const reference = JSON.parse(
      readFileSync(
        corpus('parser-golden/sglang-deepseek-h200-tp4-rank0.cross_rank_agg.json'),
        'utf8',
      ),
    ) as { categories: Record<string, { us: number }>; per_rank_comm_us: number[] }
    const { families } = acrossRanks([{ rank: 0, trace, operations }])
    const us = (name: string) => (families.find(({ family }) => family === name)?.ns ?? 0) / 1e3
    expect(us('communication')).toBeCloseTo(reference.per_rank_comm_us[0]!, 1)
    expect(us('gemm') - reference.categories.nvjet_gemm!.us).toBeLessThan(100)
    // "flash" meets flashinfer's norms and activations: more than half of what it calls attention.
    const misnamed = trace.kernels.filter(
      ({ name }, i) =>
        /flash/i.test(name) && ['normalization', 'activation'].includes(operations[i]!.family),
    )
    const misnamedUs = misnamed.reduce((sum, { durationNs }) => sum + durationNs, 0) / 1e3
    expect(misnamedUs / reference.categories.attention!.us).toBeGreaterThan(0.5)
    expect(us('attention')).toBeLessThan(reference.categories.attention!.us - misnamedUs + 1)
  })
})

describeWithCorpus('the other traces of the corpus', () => {
  const load = async (name: string) => {
    const trace = await parseFile(corpus(`traces/${name}.trace.json.gz`))
    return { trace, operations: classifyTrace(trace) }
  }

  describe.each([
    'transformers-qwen1.5-0.5b-h100',
    'transformers-qwen1.5-0.5b-mi300x',
    'transformers-bert-small-h100',
    'transformers-bert-small-mi300x',
  ])('%s', (name) => {
    it('has the same layers by repetition as by the names of its modules', async () => {
      const { trace, operations } = await load(name)
      const named = byLayer(trace, operations, { source: 'modules' })
      const repeated = byLayer(trace, operations, { source: 'repetition' })
      expect(repeated.layers).toHaveLength(named.layers.length)
      let same = 0
      let all = 0
      named.layerOf.forEach((layer, i) => {
        if (layer < 0) return
        all++
        if (repeated.layerOf[i] === layer) same++
      })
      // BERT's norms come last in a layer; by repetition they begin the next.
      expect(same / all).toBeGreaterThan(name.includes('qwen') ? 0.999 : 0.8)
    })
  })

  it('finds the 24 layers of gpt-oss in CUDA graphs, which name nothing', async () => {
    const { trace, operations } = await load('vllm-piecewise-cudagraph-execution')
    expect(byLayer(trace, operations)).toMatchObject({
      source: 'repetition',
      repetition: { period: 17, stacks: 1 },
    })
    expect(byLayer(trace, operations).layers).toHaveLength(24)
    expect(steps(trace, operations).steps).toMatchObject([{ phase: 'mixed', tokens: 8192 }])
  })

  it.each(['ddp-nccl-a100', 'param-simple-add-a100'])('finds no layers in %s', async (name) => {
    const { trace, operations } = await load(name)
    expect(byLayer(trace, operations).source).toBe('none')
  })

  it('matches the collectives of two ranks of one job', async () => {
    const ranks = await Promise.all(
      [0, 1].map(async (rank) => ({ rank, ...(await load(`ddp-sampled-rank${rank}`)) })),
    )
    const { matched, clocks } = matchCollectives(ranks)
    expect(clocks.map(({ offsetNs }) => offsetNs)).toEqual([0, 0])
    // The trace holds a sample of the kernels; five collectives are in both samples.
    expect(matched.map(({ kind, slowestRank }) => [kind, slowestRank])).toEqual([
      ['all_to_all', 1],
      ['all_reduce', 1],
      ['all_gather', 1],
      ['all_reduce', 1],
      ['all_gather', 1],
    ])
    for (const { members, transferNs, arrivalSkewNs } of matched) {
      expect(members.map(({ rank }) => rank)).toEqual([0, 1])
      expect(transferNs).toBeLessThanOrEqual(Math.max(...members.map((m) => m.durationNs)))
      expect(arrivalSkewNs).toBeGreaterThanOrEqual(0)
    }
    const sums = byFamily(ranks[0]!.trace, ranks[0]!.operations)
    const { families } = acrossRanks(ranks)
    expect(families.map(({ family }) => family).sort()).toEqual(
      expect.arrayContaining(sums.map(({ key }) => key)),
    )
  })
})

/** Cells of a line of CSV, quotes undone. */
function csvCells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}
