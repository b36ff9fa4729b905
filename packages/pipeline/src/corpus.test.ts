// Every trace of the corpus, against a reading of its JSON that shares no code with ours: counts, sums
// and unions of kernel times.
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../tests/corpus.js'
import { summarizeTrace } from './summarize-trace.js'

const names = hasCorpus ? readdirSync(corpus('traces')) : []

interface Activity {
  cat: string
  name: string
  startNs: number
  durationNs: number
}

/** Nanoseconds from whole microseconds on: a double holds the thousandths of recorded times. */
function sinceNs(us: number, base: number): number {
  const whole = Math.floor(us)
  return (whole - base) * 1000 + Math.round((us - whole) * 1000)
}

/** Activities of the device, by JSON.parse. */
function activitiesOf(path: string): { events: number; activities: Activity[] } {
  const { traceEvents } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as {
    traceEvents: { ph: string; cat?: string; name: string; ts: number; dur?: number }[]
  }
  const found = traceEvents.filter(
    ({ ph, cat }) => ph === 'X' && /^(kernel|gpu_memcpy|gpu_memset)$/i.test(cat ?? ''),
  )
  const base = found.length === 0 ? 0 : Math.floor(Number(found[0]!.ts))
  const activities = found.map(({ cat, name, ts, dur }) => ({
    cat: cat!.toLowerCase(),
    name,
    startNs: sinceNs(Number(ts), base),
    durationNs: sinceNs(Number(dur), 0),
  }))
  return { events: traceEvents.length, activities }
}

function sumOf(activities: readonly Activity[]): number {
  return activities.reduce((sum, { durationNs }) => sum + durationNs, 0)
}

function unionOf(activities: readonly Activity[]): number {
  let sum = 0
  let end = -Infinity
  for (const { startNs, durationNs } of [...activities].sort((a, b) => a.startNs - b.startNs)) {
    sum += Math.max(0, startNs + durationNs - Math.max(end, startNs))
    end = Math.max(end, startNs + durationNs)
  }
  return sum
}

describeWithCorpus('summaries of the corpus', () => {
  it.each(names)('%s', async (name) => {
    const path = corpus(`traces/${name}`)
    const { events, activities } = activitiesOf(path)
    const of = (cat: string) => activities.filter((activity) => activity.cat === cat)
    const kernels = of('kernel')
    const trace = await parseFile(path, { stacks: 'none' })
    const summary = summarizeTrace(trace, classifyTrace(trace))

    expect(summary.events).toBe(events)
    expect(summary.kernels).toMatchObject({
      count: kernels.length,
      uniqueNames: new Set(kernels.map((kernel) => kernel.name)).size,
    })
    expect(summary.memcpy.count).toBe(of('gpu_memcpy').length)
    expect(summary.memset.count).toBe(of('gpu_memset').length)
    expect(summary.repairs).toEqual([])

    expect(summary.kernels.sumNs).toBe(sumOf(kernels))
    expect(summary.memcpy.sumNs).toBe(sumOf(of('gpu_memcpy')))
    expect(summary.kernels.busyNs).toBe(unionOf(kernels))
  })
})
