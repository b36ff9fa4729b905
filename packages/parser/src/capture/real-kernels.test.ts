import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { KernelTrace } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { parseTrace } from '../parse-trace.js'
import { capture, graph, merged, mismatch } from '../testing/graphs.js'
import { bytesOf, host, type MadeEvent, traceText } from '../testing/make-trace.js'

// The corpus has no execution trace together with its capture. Both are made out of one real trace without
// graphs, whose operators are known: kernels of a span are given to one graph launch, and must get back
// what the original says of them.
describeWithCorpus('on real kernels', () => {
  const read = (name: string) =>
    (
      JSON.parse(gunzipSync(readFileSync(corpus(`traces/${name}.trace.json.gz`))).toString()) as {
        traceEvents: MadeEvent[]
      }
    ).traceEvents

  const ran = (event: MadeEvent) =>
    ['kernel', 'gpu_memcpy', 'gpu_memset'].includes(String(event.cat))

  /** The device activities alone, all of one graph launch for each `size` of them. */
  function replayed(events: MadeEvent[], size: number): MadeEvent[] {
    const correlationOf = ({ args }: MadeEvent) => (args as MadeEvent | undefined)?.correlation
    const launched = new Set(
      events.filter(({ cat }) => /^cuda_(?:runtime|driver)$/.test(String(cat))).map(correlationOf),
    )
    const activities = events
      .filter((event) => ran(event) && launched.has(correlationOf(event)))
      .sort((a, b) => Number(a.ts) - Number(b.ts))
    const launches: MadeEvent[] = []
    return [
      ...activities.map((event, i) => {
        const correlation = 1_000_000 + Math.floor(i / size)
        if (i % size === 0) {
          launches.push(
            host('cuda_runtime', 'cudaGraphLaunch', Number(event.ts) - 50, 5, { correlation }),
          )
        }
        const args: MadeEvent = { ...(event.args as MadeEvent), correlation }
        delete args['External id']
        return { ...event, args }
      }),
      ...launches,
    ]
  }

  const essence = ({ kernels }: KernelTrace) =>
    kernels.flatMap(({ name, launch, op }) => (launch ? [{ name, op }] : []))

  it.each([['sglang-deepseek-h200-tp4-rank0'], ['transformers-qwen1.5-0.5b-mi300x']])(
    '%s: a pass without graphs',
    async (name) => {
      const events = read(name)
      const original = await parseTrace([bytesOf(traceText(events, {}, 'minified'))])
      const whole = await capture(events)
      const { trace, report } = await merged(replayed(events, 10_000), [whole])
      const expected = essence(original)
      const got = essence(trace)
      expect(report.kernels).toBe(expected.length)
      expect(report.unnamed).toBe(0)
      expect(got.filter(({ op }) => op).length).toBeGreaterThan(0.9 * got.length)
      expect(got).toEqual(expected)
    },
  )

  it('ROCm: launches with names and no kernels, as while capturing', async () => {
    const events = read('transformers-qwen1.5-0.5b-mi300x')
    const original = await parseTrace([bytesOf(traceText(events, {}, 'minified'))])
    const launches = events.filter((event) => event.cat === 'cuda_runtime')
    const [first] = launches
    const times = launches.map(({ ts }) => Number(ts))
    const bound = (api: string, ts: number) => ({ ...first!, name: api, ts, dur: 1, args: {} })
    const captured = await capture([
      ...events.filter((event) => !ran(event)),
      bound('hipStreamBeginCapture', Math.min(...times) - 10),
      bound('hipStreamEndCapture', Math.max(...times) + 1000),
    ])
    const { trace, report } = await merged(replayed(events, 10_000), [captured])
    expect(report.withShapes).toBeGreaterThan(0.9 * report.kernels)
    expect(essence(trace)).toEqual(essence(original))
  })

  it('an execution trace of vLLM with a capture of something else is refused', async () => {
    const vllm = read('vllm-piecewise-cudagraph-execution')
    const message = await mismatch(merged(vllm, [await capture(graph(4, 0))]))
    expect(message).toMatch(/graph launch 1 \(hipGraphLaunch, correlation 51848, at \d+ ns\)/)
  })
})
