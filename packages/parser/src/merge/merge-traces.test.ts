import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf, host, kernel, type MadeEvent, traceText } from '../testing/make-trace.js'
import { mergeTraces } from './merge-traces.js'

/** A rank's trace: one launch and its kernel. */
function rankText(base: bigint, ts: string): string {
  const events: MadeEvent[] = [
    { ph: 'M', name: 'process_name', pid: 100, tid: 0, ts: 0, args: { name: 'python' } },
    host('cuda_runtime', 'cudaLaunchKernel', 1, 2, { correlation: 5, 'External id': 9 }),
    { ph: 's', id: 5, pid: 100, tid: 1, ts: 1, cat: 'ac2g', name: 'ac2g' },
    kernel('gemm', 10, 1, { correlation: 5 }),
    { ph: 'f', id: 5, pid: 0, tid: 7, ts: 10, cat: 'ac2g', name: 'ac2g', bp: 'e' },
    { ph: 'X', cat: 'Trace', name: 'PyTorch Profiler (0)', pid: 'Spans', tid: 'x', ts: 0, dur: 99 },
  ]
  return traceText(events, { distributedInfo: { rank: 1, world_size: 2 } })
    .replace('"ts": 10,', `"ts": ${ts},`)
    .replace(/\}\s*$/, `, "baseTimeNanoseconds": ${base}}`)
}

async function merged(...texts: string[]): Promise<string> {
  let out = ''
  const inputs = texts.map((text, rank) => ({
    source: `rank${rank}.json`,
    rank,
    open: async function* () {
      yield bytesOf(text)
    },
  }))
  for await (const part of mergeTraces(inputs)) out += part
  return out
}

describe('mergeTraces', () => {
  const texts = [rankText(1751410836000000000n, '10.001'), rankText(1751410836000002000n, '20.002')]

  it('keeps processes, flows and correlations of ranks apart and names the ranks', async () => {
    const { traceEvents } = JSON.parse(await merged(...texts)) as { traceEvents: MadeEvent[] }
    const of = (test: (event: MadeEvent) => boolean) => traceEvents.filter(test)
    const pids = (cat: string) => of((event) => event.cat === cat).map(({ pid }) => pid)
    expect(new Set([...pids('kernel'), ...pids('cuda_runtime')]).size).toBe(4)
    const flows = of(({ ph }) => ph === 's' || ph === 'f').map(({ id }) => id)
    expect(new Set(flows).size).toBe(2)
    const processNames = of(({ name }) => name === 'process_name').map(
      ({ args }) => (args as { name: string }).name,
    )
    expect(processNames).toEqual(expect.arrayContaining(['rank 0: python', 'rank 1: python']))
    expect(of(({ pid }) => pid === 'Spans (rank 1)')).toHaveLength(1)
  })

  it('sorts ranks one below the other', async () => {
    const { traceEvents } = JSON.parse(await merged(...texts)) as { traceEvents: MadeEvent[] }
    const order = new Map(
      traceEvents
        .filter(({ name }) => name === 'process_sort_index')
        .map(({ pid, args }) => [pid, (args as { sort_index: number }).sort_index]),
    )
    const kernelPids = traceEvents.filter(({ cat }) => cat === 'kernel').map(({ pid }) => pid)
    expect(order.get(kernelPids[0])).toBeLessThan(order.get(kernelPids[1])!)
  })

  it('puts times on one base, to the nanosecond', async () => {
    const { kernels, baseTimeNs } = await parseTrace([bytesOf(await merged(...texts))])
    expect(kernels.map(({ startNs }) => BigInt(baseTimeNs) + BigInt(startNs))).toEqual([
      1751410836000010001n,
      1751410836000022002n,
    ])
    expect(kernels.map(({ launch }) => launch?.api)).toEqual([
      'cudaLaunchKernel',
      'cudaLaunchKernel',
    ])
  })
})
