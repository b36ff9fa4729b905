// Real traces, damaged at random and cut off: a parse gives what it can or a TraceParseError. It never
// crashes, hangs or takes more memory than a fixed amount. The damage is the same in every run; FLOWSIM_FUZZ_S
// gives seconds for each trace, to look further.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { TraceParseError } from './errors.js'
import { parseTrace } from './parse-trace.js'
import { damaged, randomNumbers } from './testing/damage.js'
import { inChunks } from './testing/make-trace.js'

const SECONDS = Number(process.env.FLOWSIM_FUZZ_S ?? 0)
const ROUNDS = 12
/** Slowest parse of a damaged text, against that of the whole one: no step back is repeated without bound. */
const MAX_SLOWDOWN = 25
const MAX_BYTES = 600e6
/** Bytes of a trace that are taken: enough to hold every kind of event. */
const PART_BYTES = 1_000_000

const TRACES = [
  'ddp-nccl-a100',
  'param-simple-add-a100',
  'sglang-deepseek-h200-tp4-rank0',
  'torch-compile-triton-mi300x',
  'transformers-qwen1.5-0.5b-h100',
  'vllm-piecewise-cudagraph-execution',
]

/** The beginning and the end of a long text: its frames and operators, its kernels and header. */
function parts(text: Uint8Array): Uint8Array {
  if (text.length <= PART_BYTES) return text
  const half = PART_BYTES / 2
  return Buffer.concat([text.subarray(0, half), text.subarray(text.length - half)])
}

describeWithCorpus('damaged traces', () => {
  describe.each(TRACES)('%s', (name) => {
    const text = parts(gunzipSync(readFileSync(corpus(`traces/${name}.trace.json.gz`))))

    it('give kernels or a TraceParseError, in bounded time and memory', {
      timeout: 600_000,
    }, async () => {
      const random = randomNumbers(name.length)
      const cpu = async (run: () => Promise<unknown>) => {
        const before = process.cpuUsage()
        await run()
        const { user, system } = process.cpuUsage(before)
        return (user + system) / 1e6
      }
      const whole = Math.max(
        0.1,
        await cpu(() => parseTrace(inChunks(text, [1 << 18]), { salvage: true })),
      )
      const until = performance.now() + 1000 * SECONDS
      for (let round = 0; round < ROUNDS || performance.now() < until; round++) {
        const bytes = damaged(text, random)
        const size = 1 << (10 + Math.floor(random() * 9))
        const seconds = await cpu(async () => {
          try {
            const trace = await parseTrace(inChunks(bytes, [size]), { salvage: random() < 0.8 })
            for (const { startNs, durationNs, name: kernel } of trace.kernels) {
              expect(Number.isFinite(startNs) && durationNs >= 0).toBe(true)
              expect(typeof kernel).toBe('string')
            }
          } catch (error) {
            expect(error).toBeInstanceOf(TraceParseError)
            expect((error as Error).message).not.toContain('\n')
          }
        })
        expect(seconds / whole).toBeLessThan(MAX_SLOWDOWN)
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        expect(heapUsed + arrayBuffers).toBeLessThan(MAX_BYTES)
      }
    })
  })
})
