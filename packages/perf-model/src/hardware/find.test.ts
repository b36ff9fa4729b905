import { describe, expect, it } from 'vitest'
import { findHardware, listHardware } from './find.js'

describe('findHardware', () => {
  it.each([
    ['h100_sxm', 'h100_sxm'],
    ['H100_SXM', 'h100_sxm'],
    ['NVIDIA H100 80GB HBM3', 'h100_sxm'],
    ['nvidia h200', 'h200_sxm'],
    ['NVIDIA A100-SXM4-80GB', 'a100_sxm'],
    ['NVIDIA A100-PG509-200', 'a100_sxm_40g'],
    ['AMD Instinct MI300X', 'mi300x'],
    ['AMD Instinct MI300X VF', 'mi300x'],
    ['A100_80GB_fp16', 'A100_4_fp16'],
    ['TPUv3', 'TPUv3_8'],
    ['MI210', 'mi210'],
    ['h100-sxm', 'h100_sxm'],
  ])('finds %s as %s', (query, name) => {
    expect(findHardware(query).name).toBe(name)
  })

  it('finds a trace device that has no name by what the driver reports', () => {
    const device = {
      id: 0,
      name: '',
      computeUnits: 304,
      computeCapability: '9.4',
      memoryBytes: 206141652992,
    }
    expect(findHardware(device).name).toBe('mi300x')
    expect(findHardware({ ...device, memoryBytes: 274877906944 }).name).toBe('mi325x')
  })

  it('finds a trace device by its name first', () => {
    expect(findHardware({ id: 0, name: 'NVIDIA H200', computeUnits: 132 }).name).toBe('h200_sxm')
  })

  it('lists close names for one that it does not know', () => {
    expect(() => findHardware('h1000')).toThrow(
      expect.objectContaining({
        code: 'unknown_hardware',
        at: { path: 'hardware' },
        message: expect.stringContaining('h100_sxm'),
      }),
    )
    expect(() =>
      findHardware({ id: 0, name: '', computeUnits: 132, computeCapability: '9.9' }),
    ).toThrow(/a device without a name \(132 compute units, compute capability 9\.9\).*h100_sxm/)
  })

  it('lists every device under a name that it finds', () => {
    for (const spec of listHardware()) {
      for (const name of [spec.name, ...spec.aliases]) expect(findHardware(name)).toBe(spec)
    }
  })
})
