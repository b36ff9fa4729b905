// Laws that hold whatever the call and whatever the device: for calibrated and measured alike.

import { type LatencyModel, PerfModelError, roofline } from '@flowsim/perf-model'
import { findHardware, listHardware } from '@flowsim/perf-model/hardware'
import { type HardwareSpec, matrixDtypes, OP_NAMES, type OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyCall, SAMPLES } from '../../../perf-model/src/testing/calls.js'
import { measured } from '../measured/measured.js'
import { calibrated } from './calibrated.js'

const factor = () => fc.double({ min: -1.6, max: 1.6, noNaN: true }).map((x) => 2 ** x)

/** Devices that nobody has built: one of the catalogue with other rates, sizes and numbers of units. */
const unseenDevice = (): fc.Arbitrary<HardwareSpec> =>
  fc
    .record({
      base: fc.constantFrom(...listHardware()),
      units: factor(),
      memory: factor(),
      compute: factor(),
    })
    .map(({ base, units, memory, compute }) => {
      const spec = structuredClone(base)
      spec.name = `unseen-${base.name}`
      const { device } = spec
      device.computeUnits = Math.max(1, Math.round(device.computeUnits * units))
      for (const level of device.memory) {
        level.bandwidthBytesPerS = level.bandwidthBytesPerS && level.bandwidthBytesPerS * memory
      }
      for (const dtype of matrixDtypes(spec)) {
        device.matrixFlopsPerS[dtype] = device.matrixFlopsPerS[dtype]! * compute
      }
      return spec
    })
const anyDevice = () => fc.oneof(fc.constantFrom(...listHardware()), unseenDevice())

function isSound(model: LatencyModel, call: OpCall, hardware: HardwareSpec, l2: 'warm' | 'cold') {
  try {
    const { latencyS, p10S, p90S, parts } = model.estimate(call, hardware, { l2 })
    for (const value of [latencyS, p10S, p90S, ...Object.values(parts)]) {
      expect(Number.isFinite(value) && value >= 0).toBe(true)
    }
    expect(p10S).toBeLessThanOrEqual(latencyS)
    expect(p90S).toBeGreaterThanOrEqual(latencyS)
  } catch (error) {
    expect(error).toBeInstanceOf(PerfModelError)
    expect((error as PerfModelError).at?.path).not.toBe('')
  }
}

describe('calibrated', () => {
  it('answers every operation on every device of the catalogue, or names what the device lacks', () => {
    for (const hardware of listHardware()) {
      for (const op of OP_NAMES) isSound(calibrated, SAMPLES[op], hardware, 'cold')
    }
  })

  it('gives no NaN, Infinity or negative time on devices that nobody has built', () => {
    fc.assert(
      fc.property(anyCall(), unseenDevice(), fc.constantFrom('warm', 'cold'), (call, device, l2) =>
        isSound(calibrated, call, device, l2),
      ),
      { numRuns: 300 },
    )
  })
})

describe('measured', () => {
  const h100 = findHardware('h100_sxm')
  const rows = OP_NAMES.flatMap((op) => [{ call: SAMPLES[op], hardware: h100, latencyUs: 42 }])
  const model = measured(rows)

  it('gives no NaN, Infinity or negative time, whatever the call, the device and the rows', () => {
    fc.assert(
      fc.property(anyCall(), anyDevice(), fc.constantFrom('warm', 'cold'), (call, device, l2) =>
        isSound(model, call, device, l2),
      ),
      { numRuns: 300 },
    )
    for (const op of OP_NAMES) isSound(model, SAMPLES[op], h100, 'cold')
  })
})

// The bounds of envelope.ts are 0.88 and 1.14 around a function that grows.
const QUANTUM = 0.88 / 1.14
const size = (high: number) => fc.integer({ min: 1, max: high })
const growth = () => fc.double({ min: 1, max: 8, noNaN: true })

describe('more work never takes less time, but for the tile quantum', () => {
  const falls = (call: OpCall, larger: OpCall, hardware: HardwareSpec) => {
    const [a, b] = [call, larger].map((c) => calibrated.estimate(c, hardware).latencyS)
    expect(b! / a!).toBeGreaterThanOrEqual(QUANTUM - 1e-9)
  }

  it('attention, by sequences, queries and keys', () => {
    const heads = fc.constantFrom([32, 8, 128], [8, 8, 64], [64, 1, 128])
    fc.assert(
      fc.property(
        fc.record({ batch: size(128), queryLen: size(8192), kvLen: size(65536) }),
        fc.record({ batch: growth(), queryLen: growth(), kvLen: growth() }),
        heads,
        fc.boolean(),
        fc.constantFrom('h100_sxm', 'a100_sxm', 'h200_sxm', 'b200_sxm', 'mi300x', 'l40s'),
        (dims, grow, [h = 1, kv = 1, dim = 64], isDecode, name) => {
          const at = (batch: number, queryLen: number, kvLen: number): OpCall => ({
            op: 'attention',
            phase: isDecode ? 'decode' : 'prefill',
            batch: Math.ceil(batch),
            queryLen: isDecode ? 1 : Math.ceil(queryLen),
            kvLen: Math.ceil(isDecode ? kvLen : queryLen + kvLen),
            heads: h,
            kvHeads: kv,
            headDim: dim,
            causal: true,
            dtype: 'bf16',
          })
          const { batch, queryLen, kvLen } = dims
          falls(
            at(batch, queryLen, kvLen),
            at(batch * grow.batch, queryLen * grow.queryLen, kvLen * grow.kvLen),
            findHardware(name),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('collectives, from the devices that were measured together to more', () => {
    const ops = ['all_reduce', 'all_gather', 'reduce_scatter', 'all_to_all', 'broadcast'] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        fc.integer({ min: 0, max: 32 }).map((log) => 2 ** log),
        size(120),
        fc.constantFrom(
          ...['a100_sxm', 'h100_sxm', 'b200_sxm', 'gb200', 'gb300'].map(findHardware),
        ),
        (op, elements, more, hardware) => {
          const time = (devices: number) =>
            calibrated.estimate({ op, elements, devices, dtype: 'bf16' }, hardware).latencyS
          expect(time(8 + more)).toBeGreaterThanOrEqual(time(8))
        },
      ),
      { numRuns: 300, examples: [['all_to_all', 65536, 1, findHardware('gb200')]] },
    )
  })

  it('collectives, between numbers of devices that were measured', () => {
    const ops = ['all_reduce', 'all_gather', 'reduce_scatter', 'all_to_all', 'broadcast'] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        fc.double({ min: 0, max: 30, noNaN: true }).map((log) => Math.floor(2 ** log)),
        fc.constantFrom(...['a100_sxm', 'h100_sxm', 'b200_sxm', 'gb200', 'l40s'].map(findHardware)),
        (op, elements, hardware) => {
          const time = (devices: number) =>
            calibrated.estimate({ op, elements, devices, dtype: 'bf16' }, hardware).latencyS
          for (const measured of [
            [2, 3, 4],
            [4, 5, 6, 7, 8],
          ]) {
            const times = measured.map(time)
            const isLonger = times.at(-1)! >= times[0]!
            const sorted = times.toSorted((a, b) => (isLonger ? a - b : b - a))
            expect(times).toEqual(sorted)
          }
        },
      ),
      { numRuns: 200, examples: [['all_reduce', 1e8, findHardware('h100_sxm')]] },
    )
  })

  it('every operation on rows, tokens or elements', () => {
    const grown = (call: OpCall, x: number): OpCall | undefined => {
      for (const field of ['rows', 'tokens', 'elements', 'bytes'] as const) {
        if (field in call) return { ...call, [field]: x } as OpCall
      }
      return undefined
    }
    const ops = OP_NAMES.filter((op) => grown(SAMPLES[op], 1) !== undefined)
    expect(ops.length).toBeGreaterThan(25)
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        size(1 << 18),
        fc.double({ min: 1, max: 64, noNaN: true }),
        fc.constantFrom(
          ...['h100_sxm', 'a100_sxm', 'b200_sxm', 'mi300x', 'rtx_pro_6000_server', 't4', 'l4'],
        ),
        fc.constantFrom('bf16', 'fp16', 'fp32'),
        (op, x, grow, name, dtype) => {
          const sample = SAMPLES[op]
          const typed = ('dtype' in sample ? { ...sample, dtype } : sample) as OpCall
          const [small, large] = [x, Math.ceil(x * grow)].map((n) => grown(typed, n)!)
          try {
            falls(small!, large!, findHardware(name))
          } catch (error) {
            if (!(error instanceof PerfModelError)) throw error
          }
        },
      ),
      {
        numRuns: 600,
        examples: [
          ['memset', 1, 2, 'a100_sxm', 'bf16'],
          // A row and a bit are not two rows.
          ['elementwise', 1024, 1025 / 1024, 't4', 'fp32'],
          ['elementwise', 588, 2, 'l4', 'fp32'],
        ],
      },
    )
  })
})

describe('large operations on any device of the catalogue', () => {
  const large: OpCall[] = [
    { op: 'matmul', m: 4096, n: 4096, k: 4096, dtype: 'bf16' },
    { op: 'matmul', m: 8, n: 8192, k: 8192, dtype: 'bf16' },
    { ...SAMPLES.attention, phase: 'decode', batch: 64, queryLen: 1, kvLen: 4096 } as OpCall,
    { op: 'rmsnorm', rows: 8192, cols: 4096, dtype: 'bf16' },
    { op: 'moe', tokens: 4096, experts: 64, topk: 6, hidden: 2048, inter: 1408, dtype: 'bf16' },
  ]
  it.each(listHardware().map((spec) => [spec.name, spec] as const))(
    '%s: reach a sixth of what it could do at least',
    (_, spec) => {
      for (const call of large) {
        const bound = roofline.estimate(call, spec).latencyS
        expect(calibrated.estimate(call, spec).latencyS, call.op).toBeLessThan(6 * bound)
      }
    },
  )

  it('far beyond the longest row are told', () => {
    const decode = (kvLen: number): OpCall =>
      ({ ...SAMPLES.attention, phase: 'decode', batch: 1, queryLen: 1, kvLen }) as OpCall
    const notesOf = (kvLen: number) =>
      calibrated.estimate(decode(kvLen), findHardware('h100_sxm')).notes?.join() ?? ''
    expect(notesOf(4096)).not.toContain('beyond')
    expect(notesOf(1e8)).toContain('far beyond what was measured')
  })

  it('collectives over links are not those of a bus', () => {
    const call: OpCall = { op: 'all_reduce', elements: 2 ** 26, devices: 8, dtype: 'bf16' }
    for (const name of ['tpu_v5e', 'trainium2', 'gaudi3', 'mi300x', 'b200_sxm']) {
      const spec = findHardware(name)
      const bound = roofline.estimate(call, spec).latencyS
      expect(calibrated.estimate(call, spec).latencyS, name).toBeLessThan(4 * bound)
    }
  })
})
