import { callFault, type HardwareSpec, OP_NAMES, type OpCall, opWork } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PerfModelError } from '../errors.js'
import { findHardware, listHardware } from '../hardware/find.js'
import { anyCall, SAMPLES, workFields } from '../testing/calls.js'
import { roofline } from './roofline.js'

const h100 = findHardware('h100_sxm')
const a100 = findHardware('a100_sxm')

describe('roofline of one kernel', () => {
  it('is the FLOPs at the dense peak of the type where compute bounds', () => {
    const estimate = roofline.estimate(
      { op: 'matmul', m: 8192, n: 8192, k: 8192, dtype: 'bf16' },
      h100,
    )
    expect(estimate.latencyS).toBe((2 * 8192 ** 3) / 989e12)
    expect(estimate).toMatchObject({
      bound: 'compute',
      parts: { computeS: estimate.latencyS, memoryS: 0, launchS: 0, networkS: 0 },
      flops: 2 * 8192 ** 3,
      bytes: 3 * 2 * 8192 ** 2,
      model: 'roofline',
      hardware: 'h100_sxm',
      profile: null,
    })
  })

  it('is the bytes at the listed bandwidth where memory bounds', () => {
    const estimate = roofline.estimate(
      { op: 'matmul', m: 1, n: 16384, k: 16384, dtype: 'bf16' },
      h100,
    )
    expect(estimate).toMatchObject({ bound: 'memory', latencyS: estimate.bytes / 3350e9 })
  })

  it('is never below the shortest kernel of the device', () => {
    const estimate = roofline.estimate({ op: 'gelu', elements: 16, dtype: 'bf16' }, h100)
    expect(estimate).toMatchObject({ bound: 'launch', latencyS: h100.device.kernelLatencyS })
    expect(roofline.estimate({ op: 'gelu', elements: 0, dtype: 'bf16' }, h100).latencyS).toBe(
      h100.device.kernelLatencyS,
    )
  })

  it('serves a footprint that fits from the cache when that is warm', () => {
    const call = { op: 'copy', elements: 8 << 20, dtype: 'bf16' } as const
    const [cold, warm] = [undefined, 'warm' as const].map((l2) =>
      roofline.estimate(call, a100, l2 === undefined ? {} : { l2 }),
    )
    expect(cold!.latencyS).toBe((32 << 20) / 2039e9)
    expect(warm!.latencyS).toBeCloseTo((32 << 20) / (5120 * 1.41e9), 12)
    const large = { ...call, elements: 80 << 20 }
    expect(roofline.estimate(large, a100, { l2: 'warm' }).latencyS).toBe(
      roofline.estimate(large, a100).latencyS,
    )
  })

  it('runs pointwise work on the vector units, whatever the type', () => {
    const call = { op: 'fft', rows: 4096, cols: 1 << 20, dtype: 'complex64' } as const
    const estimate = roofline.estimate(call, findHardware('l40s'))
    expect(estimate.bound).toBe('memory')
    const heavy = { op: 'other', name: 'x', flops: 1e15 } as const
    expect(roofline.estimate(heavy, h100).latencyS).toBe(1e15 / 66.9e12)
  })
})

describe('element types', () => {
  const gemm = (dtype: string, more = {}) =>
    ({ op: 'matmul', m: 8192, n: 8192, k: 8192, dtype, ...more }) as OpCall
  const tflops = (call: OpCall, name: string) =>
    (2 * 8192 ** 3) / roofline.estimate(call, findHardware(name)).latencyS / 1e12

  it.each([
    ['fp8_e4m3', 'h100_sxm', 1978],
    ['fp8_e5m2', 'h100_sxm', 1978],
    ['fp4_e2m1', 'b200_sxm', 9000],
    ['int8', 'a100_sxm', 624],
    ['fp32', 'a100_sxm', 19.492],
    ['tf32', 'a100_sxm', 155.94],
    ['fp32', 'mi300x', 163.4],
    ['fp16', 'p100_pcie', 19.04],
    ['fp16', 'p4', 5.699],
  ])('%s on %s reaches %d TFLOPS', (dtype, name, peak) => {
    expect(tflops(gemm(dtype), name)).toBeCloseTo(peak, 6)
  })

  it('computes in the wider of the two operands', () => {
    expect(tflops(gemm('bf16', { weightDtype: 'int4' }), 'a100_sxm')).toBeCloseTo(312, 6)
    expect(tflops(gemm('fp8_e4m3', { weightDtype: 'fp4_e2m1' }), 'b200_sxm')).toBeCloseTo(4500, 6)
  })

  it('widens 16-bit types to fp32 where no unit takes them, and says so', () => {
    const estimate = roofline.estimate(gemm('bf16'), findHardware('v100_pcie_32g'))
    expect(estimate.latencyS).toBeCloseTo((2 * 8192 ** 3) / 14.029e12, 9)
    expect(estimate.notes).toEqual(['v100_pcie_32g has no bf16 units; computed as fp32'])
  })

  it.each([
    ['fp8_e4m3', 'a100_sxm'],
    ['fp4_e2m1', 'h100_sxm'],
    ['int4', 'h100_sxm'],
    ['int8', 'v100_pcie_32g'],
  ])('refuses %s on %s', (dtype, name) => {
    expect(() => roofline.estimate(gemm(dtype), findHardware(name))).toThrow(
      expect.objectContaining({ code: 'unsupported_dtype', at: { path: 'dtype' } }),
    )
    expect(roofline.supports(gemm(dtype), findHardware(name))).toBe(false)
  })

  it('stores fp8 anywhere', () => {
    expect(roofline.supports(SAMPLES.quantize, a100)).toBe(true)
  })
})

describe('copies', () => {
  it('crosses the host link, the links to a peer, or main memory twice', () => {
    const copy = (direction: string) =>
      roofline.estimate({ op: 'memcpy', bytes: 1e9, direction } as OpCall, h100)
    expect(copy('host_to_device')).toMatchObject({ latencyS: 1e9 / 64e9, bound: 'network' })
    expect(copy('peer_to_peer')).toMatchObject({ latencyS: 1e9 / 450e9, bound: 'network' })
    expect(copy('device_to_device')).toMatchObject({ latencyS: 2e9 / 3350e9, bound: 'memory' })
  })
})

describe('errors', () => {
  it.each([
    [{ op: 'matmul', m: 1, n: 1, dtype: 'bf16' }, 'invalid_dimension', 'k'],
    [{ op: 'matmul', m: -1, n: 1, k: 1, dtype: 'bf16' }, 'invalid_dimension', 'm'],
    [{ op: 'matmul', m: 1.5, n: 1, k: 1, dtype: 'bf16' }, 'invalid_dimension', 'm'],
    [{ op: 'matmul', m: NaN, n: 1, k: 1, dtype: 'bf16' }, 'invalid_dimension', 'm'],
    [{ op: 'matmul', m: '4', n: 1, k: 1, dtype: 'bf16' }, 'invalid_dimension', 'm'],
    [{ op: 'matmul', m: 2 ** 60, n: 1, k: 1, dtype: 'bf16' }, 'invalid_dimension', 'm'],
    [{ op: 'bmm', batch: 0, m: 1, n: 1, k: 1, dtype: 'bf16' }, 'invalid_dimension', 'batch'],
    [{ op: 'matmul', m: 1, n: 1, k: 1 }, 'unsupported_dtype', 'dtype'],
    [{ op: 'matmul', m: 1, n: 1, k: 1, dtype: 'float99' }, 'unsupported_dtype', 'dtype'],
    [{ ...SAMPLES.attention, causal: undefined }, 'invalid_dimension', 'causal'],
    [{ ...SAMPLES.conv, kernelSize: [3, -3] }, 'invalid_dimension', 'kernelSize[1]'],
    [{ op: 'warp_drive' }, 'unsupported_op', 'op'],
    [{ ...SAMPLES.all_reduce, devices: 0 }, 'invalid_dimension', 'devices'],
    [{ op: 'other', name: 'x', flops: Infinity }, 'invalid_dimension', 'flops'],
  ])('%j names its fault', (call, code, field) => {
    expect(() => roofline.estimate(call as unknown as OpCall, h100)).toThrow(
      expect.objectContaining({
        code,
        at: { path: field },
        message: expect.stringContaining(field),
      }),
    )
  })

  it('says what the hardware lacks', () => {
    const bare = { ...a100, system: { devices: 2, topology: 'ring' as const } }
    expect(() => roofline.estimate({ ...SAMPLES.all_reduce, devices: 2 }, bare)).toThrow(
      expect.objectContaining({ code: 'invalid_hardware', at: { path: 'system.link' } }),
    )
    expect(() =>
      roofline.estimate({ ...SAMPLES.all_reduce, devices: 64 }, findHardware('t4')),
    ).toThrow(expect.objectContaining({ code: 'invalid_dimension', at: { path: 'devices' } }))
  })
})

describe('every operation', () => {
  it.each(OP_NAMES)('%s has an estimate on every device that has its type', (op) => {
    for (const spec of listHardware()) {
      if (spec.system.link === undefined && 'devices' in SAMPLES[op]) continue
      if (op === 'memcpy' && spec.device.hostBandwidthBytesPerS === undefined) continue
      expect(roofline.estimate(SAMPLES[op], spec).latencyS).toBeGreaterThan(0)
    }
  })

  it('gives finite times whose parts add up, inside p10 and p90', () => {
    fc.assert(
      fc.property(anyCall(), fc.constantFrom(...listHardware()), (call, spec) => {
        try {
          const { latencyS, p10S, p90S, parts } = roofline.estimate(call, spec)
          const sum = parts.computeS + parts.memoryS + parts.launchS + parts.networkS
          return (
            Number.isFinite(latencyS) &&
            Math.abs(sum - latencyS) <= 1e-12 * latencyS &&
            0 <= p10S &&
            p10S <= latencyS &&
            latencyS <= p90S &&
            Number.isFinite(p90S)
          )
        } catch (error) {
          return error instanceof PerfModelError && (error.at?.path ?? '') !== ''
        }
      }),
      { numRuns: 3000, seed: 1 },
    )
  })

  it('never gets faster when a size grows', () => {
    fc.assert(
      fc.property(anyCall(), fc.nat(), fc.integer({ min: 1, max: 1000 }), (call, pick, more) => {
        const fields = workFields(call)
        const field = fields[pick % fields.length]
        if (field === undefined) return true
        const larger = { ...call, [field]: (call as never)[field] + more } as OpCall
        // A part that outgrows its whole, such as experts of a token, is no call.
        if (callFault(larger) !== undefined) return true
        const before = roofline.estimate(call, h100).latencyS
        return roofline.estimate(larger, h100).latencyS >= before * (1 - 1e-12)
      }),
      { numRuns: 3000, seed: 2 },
    )
  })
})

describe('a collective over links that are faster than the memory', () => {
  const link = h100.system.link!
  const at = (factor: number): HardwareSpec => ({
    ...h100,
    system: {
      ...h100.system,
      link: {
        ...link,
        latencyS: 0,
        bandwidthPerDirectionBytesPerS: factor * link.bandwidthPerDirectionBytesPerS,
      },
    },
  })
  const call: OpCall = { op: 'all_reduce', elements: 1e9, devices: 8, dtype: 'bf16' }

  it('is bound by the memory, of which what the links do not hide shows', () => {
    const { bound, parts } = roofline.estimate(call, at(1000))
    expect(bound).toBe('memory')
    const { readBytes, writeBytes } = opWork(call)
    const memoryS = (readBytes + writeBytes) / 3350e9
    expect(parts.networkS + parts.memoryS).toBeCloseTo(memoryS, 9)
    expect(parts.networkS).toBeLessThan(parts.memoryS)
  })

  it('is bound by links that are slower, and hides the memory behind them', () => {
    const { bound, parts } = roofline.estimate(call, at(1))
    expect([bound, parts.memoryS]).toEqual(['network', 0])
  })

  it('of nothing is bound by its launch', () => {
    expect(roofline.estimate({ ...call, elements: 1 }, at(1000)).bound).toBe('launch')
  })
})
