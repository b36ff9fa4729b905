// Small files of every format, damaged at random and cut off: a parse gives what it can or a TraceParseError,
// and the events that are kept, left out for a fault and passed over are those that can be read in the file. The damage is the same in every run; FLOWSIM_FUZZ_S gives
// seconds for each format, to look further.
import { describe, expect, it } from 'vitest'
import { TraceParseError } from './errors.js'
import { formatOf } from './formats/index.js'
import { chunksOf } from './input/chunks.js'
import { traceFile } from './input/trace-file.js'
import { parseTrace } from './parse-trace.js'
import { type RepairKind, Repairs } from './repairs.js'
import { closeDatabaseOf } from './sqlite/database.js'
import { ASCEND_TABLE } from './testing/ascend-samples.js'
import { damaged, randomNumbers } from './testing/damage.js'
import { FORMAT_SAMPLES } from './testing/format-samples.js'
import { bytesOf } from './testing/make-trace.js'

const SECONDS = Number(process.env.FLOWSIM_FUZZ_S ?? 0)
const ROUNDS = 150
/** A hang, on a machine that does much else beside this. */
const MAX_SECONDS = 20
const MAX_BYTES = 600e6

/** Events of each sample, as counted in it by hand. */
const EVENTS: Record<keyof typeof FORMAT_SAMPLES, number> = {
  kineto: 3,
  'nsight-systems': 17,
  rocprofv3: 8,
  rocpd: 6,
  rpd: 8,
  xplane: 12,
  perfetto: 9,
  chakra: 6,
  'jax-chrome': 1,
  'proton-hatchet': 2,
  ascend: 5,
  'ascend-kernels': 3,
}

/** What becomes of the events of a file. */
async function fates(bytes: Uint8Array, salvage: boolean, beside: Uint8Array | undefined) {
  const repairs = new Repairs()
  const input = {
    source: 'trace',
    open: () => chunksOf(bytes),
    isRepeatable: true,
    beside: async () => (beside === undefined ? undefined : chunksOf(beside)),
  }
  const file = await traceFile(input, repairs)
  try {
    const format = await formatOf(file, repairs)
    const store = await format.read(
      file,
      {
        pythonFrames: true,
        synchronizations: true,
        launchedKernels: false,
        recordFunctions: false,
        salvage,
      },
      repairs,
    )
    const { device, runtime, operators, annotations, frames, spans } = store
    const kept = [device, runtime, operators, annotations, frames, spans].reduce(
      (sum, { length }) => sum + length,
      -store.derivedCount,
    )
    const leftOut = repairs
      .list()
      .filter(({ kind }) => OF_READABLE_EVENTS.has(kind))
      .reduce((sum, { count }) => sum + count, 0)
    return { events: store.eventCount, kept, leftOut, skipped: store.skippedCount }
  } finally {
    await closeDatabaseOf(file)
  }
}

/** Faults that leave out an event which can be read. */
const OF_READABLE_EVENTS = new Set<string>([
  'missing_timestamp',
  'timestamp_outside',
  'duration_outside',
  'unmatched_end',
  'lost_packets',
] satisfies RepairKind[])

it('the samples are of the formats that they stand for', async () => {
  for (const [name, bytes] of Object.entries(FORMAT_SAMPLES)) {
    const trace = await parseTrace(bytes)
    expect([name, trace.format]).toEqual([name, name])
    expect(trace.kernels.length).toBeGreaterThan(0)
    expect([name, trace.eventCount]).toEqual([name, EVENTS[name]])
  }
})

describe.each(Object.entries(FORMAT_SAMPLES))('%s', (name, bytes) => {
  it('damaged gives kernels or a TraceParseError, in bounded time and memory', {
    timeout: 600_000,
  }, async () => {
    const random = randomNumbers(name.length)
    const until = performance.now() + 1000 * SECONDS
    for (let round = 0; round < ROUNDS || performance.now() < until; round++) {
      const input = damaged(bytes, random)
      const beside =
        random() < 0.5 ? {} : { 'kernel_details.csv': damaged(bytesOf(ASCEND_TABLE), random) }
      const start = performance.now()
      const salvage = random() < 0.7
      try {
        const { events, kept, leftOut, skipped } = await fates(
          input,
          salvage,
          beside['kernel_details.csv'],
        )
        expect(kept + leftOut + skipped).toBe(events)
        const trace = await parseTrace(input, { salvage, hostCalls: true, beside })
        for (const { startNs, durationNs, name: kernelName } of trace.kernels) {
          expect(Number.isFinite(startNs) && durationNs >= 0).toBe(true)
          expect(typeof kernelName).toBe('string')
        }
        for (const { count } of trace.repairs) expect(count).toBeGreaterThan(0)
        const host = trace.hostCalls!.length + trace.annotations.length
        expect(trace.kernels.length + host).toBeLessThanOrEqual(trace.eventCount)
      } catch (error) {
        expect(error).toBeInstanceOf(TraceParseError)
        expect((error as Error).message).not.toContain('\n')
      }
      expect((performance.now() - start) / 1000).toBeLessThan(MAX_SECONDS)
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      expect(heapUsed + arrayBuffers).toBeLessThan(MAX_BYTES)
    }
  })
})
