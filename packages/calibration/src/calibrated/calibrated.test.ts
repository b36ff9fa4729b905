import { PerfModelError, roofline } from '@flowsim/perf-model'
import { findHardware, listHardware } from '@flowsim/perf-model/hardware'
import { OP_NAMES, type OpCall } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyCall, SAMPLES } from '../../../perf-model/src/testing/calls.js'
import { calibrated, createCalibrated } from './calibrated.js'

const h100 = findHardware('h100_sxm')
const gemm = (m: number, n = 4096, k = 4096) => ({ op: 'matmul', m, n, k, dtype: 'bf16' }) as const

describe('calibrated', () => {
  it('answers a multiplication in TF32, between those in 16 and in 32 bits', () => {
    const time = (dtype: 'bf16' | 'tf32' | 'fp32') =>
      calibrated.estimate(
        { op: 'matmul', m: 4096, n: 4096, k: 4096, dtype },
        findHardware('h100_sxm'),
      ).latencyS
    expect(time('tf32')).toBeGreaterThan(time('bf16'))
    expect(time('tf32')).toBeLessThan(time('fp32'))
  })

  it('answers every operation on every device that has the type', () => {
    for (const op of OP_NAMES) {
      for (const name of ['h100_sxm', 'a100_sxm', 'b200_sxm', 'l40s', 'mi300x', 'h200_sxm']) {
        const estimate = calibrated.estimate(SAMPLES[op], findHardware(name))
        expect(estimate.latencyS, `${op} on ${name}`).toBeGreaterThan(0)
        expect(estimate.model).toBe('calibrated')
      }
    }
  })

  it('is not faster than the roofline by orders of magnitude with types that were not measured', () => {
    const shape = { hidden: 4096, inter: 14336, topk: 2, experts: 8 } as const
    for (const dtype of ['fp64', 'fp32', 'tf32', 'int8'] as const) {
      for (const name of ['h100_sxm', 'a100_sxm', 'gb300', 'mi300x']) {
        const hardware = findHardware(name)
        for (const call of [
          { op: 'moe', tokens: 8192, ...shape, dtype },
          { op: 'matmul', m: 8192, n: 8192, k: 8192, dtype },
        ] as OpCall[]) {
          const { latencyS } = calibrated.estimate(call, hardware)
          const floor = roofline.estimate(call, hardware).latencyS
          expect(latencyS / floor, `${call.op} ${dtype} on ${name}`).toBeGreaterThan(0.7)
        }
      }
    }
  })

  it('answers copies within a device, and barriers with the links that they cross', () => {
    const copy = (bytes: number): OpCall => ({ op: 'memcpy', bytes, direction: 'device_to_device' })
    const barrier = (devices: number): OpCall => ({ op: 'barrier', devices })
    const time = (call: OpCall) => calibrated.estimate(call, h100).latencyS
    expect(time(copy(1e8))).toBeGreaterThan(roofline.estimate(copy(1e8), h100).latencyS * 0.9)
    expect(time(barrier(8))).toBeGreaterThan(3 * time(barrier(1)))
  })

  it('names the profile, and says when no rows of the device exist', () => {
    const known = calibrated.estimate(gemm(1024), h100)
    expect(known.profile).toBe('gemm-h100_sxm 1')
    expect(known.notes).toBeUndefined()
    const unknown = calibrated.estimate(gemm(1024), findHardware('h20'))
    expect(unknown.notes?.[0]).toMatch(/^no rows of h20: rows of h\w00_sxm/)
  })

  it('takes the device most like one without rows: same chip first, then generation, then framework', () => {
    const donor = (name: string, call: OpCall = gemm(1024)) =>
      /rows of (\w+) \(/.exec(calibrated.estimate(call, findHardware(name)).notes?.[0] ?? '')?.[1]
    expect(donor('h800')).toBe('h100_sxm')
    expect(donor('gb200')).toBe('b200_sxm')
    expect(donor('mi308x', { ...gemm(1024), dtype: 'fp8_e4m3', scaling: 'block' })).toBe('mi300x')
    expect(donor('a100_pcie_80g')).toBe('a100_sxm')
    expect(donor('l4')).toBe('l40s')
    expect(donor('gb300', { ...gemm(1024), dtype: 'fp4_e2m1' })).toBe('b200_sxm')
    const prefill: OpCall = { ...SAMPLES.attention, phase: 'prefill', queryLen: 2048 }
    expect(donor('a40', prefill)).toBe('a100_sxm')
    const asked = calibrated.estimate(gemm(1024), findHardware('h200_sxm'), { source: 'sglang' })
    expect(asked.profile).toBe('gemm-h200_sxm 1')
  })

  it('more memory bandwidth alone helps what memory bounds, and nothing else', () => {
    const [one, other] = [h100, findHardware('h200_sxm')].map((hardware) => ({
      decode: calibrated.estimate(gemm(8, 16384, 16384), hardware).latencyS,
      large: calibrated.estimate(gemm(8192, 8192, 8192), hardware).latencyS,
    }))
    expect(other!.decode / one!.decode).toBeCloseTo(3350 / 4800, 1)
    expect(other!.large / one!.large).toBeCloseTo(1, 1)
  })

  it('a warm cache is never slower, and faster where operands fit', () => {
    const l40s = findHardware('l40s')
    const call = gemm(16, 1024, 4096)
    const cold = calibrated.estimate(call, l40s).latencyS
    const warm = calibrated.estimate(call, l40s, { l2: 'warm' }).latencyS
    expect(warm).toBeLessThan(0.95 * cold)
  })

  it('adds the kernel that quantises activations only when asked to', () => {
    const call = { ...gemm(16), dtype: 'fp8_e4m3', scaling: 'tensor' } as const
    const alone = calibrated.estimate(call, h100).latencyS
    const both = calibrated.estimate(call, h100, { includesQuantization: true }).latencyS
    expect(both - alone).toBeGreaterThan(3e-6)
    expect(alone).toBeLessThan(calibrated.estimate(gemm(16), h100).latencyS)
  })

  it('asks the rows of a source when one is named', () => {
    const call = SAMPLES.attention
    const byFa3 = calibrated.estimate(call, h100, { source: 'sglang/fa3' })
    const byTriton = calibrated.estimate(call, h100, { source: 'sglang/triton' })
    expect(calibrated.estimate(call, h100).latencyS).toBe(byFa3.latencyS)
    expect(byTriton.latencyS).not.toBe(byFa3.latencyS)
  })

  it('the parts add up, and p10 and p90 lie around the latency', () => {
    for (const op of OP_NAMES) {
      const { latencyS, p10S, p90S, parts } = calibrated.estimate(SAMPLES[op], h100)
      const { computeS, memoryS, launchS, networkS } = parts
      expect(computeS + memoryS + launchS + networkS, op).toBeCloseTo(latencyS, 12)
      expect(p10S, op).toBeLessThanOrEqual(latencyS)
      expect(p90S, op).toBeGreaterThanOrEqual(latencyS)
    }
  })

  it('without profiles, and without the built-in ones, answers nothing', () => {
    const empty = createCalibrated({ builtIn: false })
    expect(empty.supports(gemm(8), h100)).toBe(false)
    expect(() => empty.estimate(gemm(8), h100)).toThrow(PerfModelError)
  })

  it('refuses profiles that are none', () => {
    const profile = { schema: 'flowsim.calibration-profile/1', name: 'x', sections: [] }
    expect(() => createCalibrated({ profiles: [profile as never] })).toThrow('version')
  })
})

describe('laws of calibrated, whatever the call', () => {
  it('no NaN, Infinity or negative time leaves it; errors name a field', () => {
    fc.assert(
      fc.property(
        anyCall(),
        fc.constantFrom(...listHardware()),
        fc.constantFrom('warm', 'cold'),
        (call, hardware, l2) => {
          try {
            const { latencyS, p10S, p90S, parts } = calibrated.estimate(call, hardware, { l2 })
            for (const value of [latencyS, p10S, p90S, ...Object.values(parts)]) {
              expect(Number.isFinite(value) && value >= 0).toBe(true)
            }
            expect(p10S).toBeLessThanOrEqual(latencyS)
            expect(p90S).toBeGreaterThanOrEqual(latencyS)
          } catch (error) {
            expect(error).toBeInstanceOf(PerfModelError)
            expect((error as PerfModelError).at?.path).not.toBe('')
          }
        },
      ),
      { numRuns: 600 },
    )
  })

  it('gives the same answer again, whatever was asked in between', () => {
    fc.assert(
      fc.property(anyCall(), anyCall(), (call, other) => {
        const ask = (asked: OpCall) => {
          try {
            return JSON.stringify(calibrated.estimate(asked, h100))
          } catch (error) {
            return String(error)
          }
        }
        const first = ask(call)
        ask(other)
        expect(ask(call)).toBe(first)
      }),
      { numRuns: 200 },
    )
  })

  // The bounds of envelope.ts are 0.88 and 1.14 around a function that grows.
  const QUANTUM = 0.88 / 1.14
  const size = (high: number) => fc.integer({ min: 1, max: high })

  it('a matrix multiplication never gets faster by more than the tile quantum as it grows', () => {
    fc.assert(
      fc.property(
        fc.record({ m: size(65536), n: size(32768), k: size(32768) }),
        fc.record({
          m: fc.double({ min: 1, max: 8, noNaN: true }),
          n: fc.double({ min: 1, max: 8, noNaN: true }),
          k: fc.double({ min: 1, max: 8, noNaN: true }),
        }),
        fc.constantFrom('h100_sxm', 'a100_sxm', 'l40s', 'h200_sxm', 'b200_sxm', 'mi300x'),
        fc.constantFrom('bf16', 'fp16'),
        (dims, grow, name, dtype) => {
          const hardware = findHardware(name)
          const shape = { m: dims.m, n: 8 + dims.n, k: 8 + dims.k }
          const larger = {
            m: Math.ceil(shape.m * grow.m),
            n: Math.ceil(shape.n * grow.n),
            k: Math.ceil(shape.k * grow.k),
          }
          const [a, b] = [shape, larger].map(
            (s) => calibrated.estimate({ op: 'matmul', ...s, dtype }, hardware).latencyS,
          )
          expect(b! / a!).toBeGreaterThanOrEqual(QUANTUM - 1e-9)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('collectives beyond a node go through its adapters, by NCCL and not by rows of fewer devices', () => {
    const call = (devices: number) =>
      ({ op: 'all_reduce', elements: 2 ** 29, devices, dtype: 'bf16' }) as const
    const { notes, latencyS } = calibrated.estimate(call(16), findHardware('h100_sxm'))
    expect(notes).toEqual([expect.stringContaining('no rows of 16 devices')])
    // 388 GB/s of bus bandwidth.
    expect((2 * (15 / 16) * 2 ** 30) / latencyS / 388e9).toBeCloseTo(1, 2)
    expect(calibrated.estimate(call(8), findHardware('h100_sxm')).notes).not.toEqual(notes)
    // All of a rack are one node.
    const rack = calibrated.estimate(call(64), findHardware('gb200')).latencyS
    expect(rack).toBeLessThan(0.8 * calibrated.estimate(call(64), findHardware('b200')).latencyS)
  })

  it('collectives, mixtures of experts and streamed operations never do either', () => {
    const calls: ((x: number) => OpCall)[] = [
      (x) => ({ op: 'all_reduce', elements: x, devices: 8, dtype: 'bf16' }),
      (x) => ({ op: 'all_gather', elements: x, devices: 4, dtype: 'bf16' }),
      (x) => ({ op: 'rmsnorm', rows: x, cols: 4096, dtype: 'bf16' }),
      (x) => ({ op: 'gelu', elements: x, dtype: 'bf16' }),
      (x) => ({
        op: 'moe',
        tokens: x,
        hidden: 4096,
        inter: 2048,
        topk: 4,
        experts: 64,
        dtype: 'bf16',
      }),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...calls),
        size(1 << 16),
        fc.double({ min: 1, max: 64, noNaN: true }),
        fc.constantFrom('h100_sxm', 'a100_sxm', 'b200_sxm', 'h200_sxm'),
        (call, x, grow, name) => {
          const hardware = findHardware(name)
          const [a, b] = [x, Math.ceil(x * grow)].map(
            (size) => calibrated.estimate(call(size), hardware).latencyS,
          )
          expect(b! / a!).toBeGreaterThanOrEqual(QUANTUM - 1e-9)
        },
      ),
      { numRuns: 300 },
    )
  })
})
