// The SGLang trace of the corpus, against what TraceLens and HTA say of it. Where they differ from us,
// the test states by how much and why; docs/analysis.md has it in words.
import { readFileSync } from 'node:fs'
import { parseFile } from '@flowsim/parser/node'
import type { KernelTrace } from '@flowsim/trace-schema'
import { beforeAll, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { breakdown } from './breakdown.js'
import { collectives } from './collectives.js'
import { criticalPath } from './critical-path.js'
import { idleTime } from './idle-time.js'
import { launchStats, queueLength } from './launches.js'
import { byModule } from './modules.js'

/** Rows of a report of numbers and plain words, as text. */
function report(path: string): string[][] {
  const text = readFileSync(corpus(`parser-golden/${path}`), 'utf8').trim()
  return text.split(/\r?\n/).map((line) => line.split(','))
}

describeWithCorpus('the SGLang trace', () => {
  let trace: KernelTrace
  beforeAll(async () => {
    trace = await parseFile(corpus('traces/sglang-deepseek-h200-tp4-rank0.trace.json.gz'), {
      hostCalls: true,
    })
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

  it('has a critical path that covers the window', () => {
    const path = criticalPath(trace)
    const sum = path.segments.reduce((total, { durationNs }) => total + durationNs, 0)
    expect(sum).toBe(path.windowNs)
    expect(path.windowNs).toBe(breakdown(trace).windowNs)
    expect(path.kinds.host / path.windowNs).toBeGreaterThan(0.8)
  })

  it('is a tree of modules', () => {
    const { roots } = byModule(trace, { by: 'class' })
    expect(roots.map(({ name }) => name)).toEqual(['DeepseekV2Model', 'LogitsProcessor', 'Sampler'])
    expect(roots[0]!.children[0]!.name).toBe('DeepseekV2DecoderLayer')
  })
})
