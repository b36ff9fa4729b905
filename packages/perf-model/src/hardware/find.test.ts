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
    ['NVIDIA H100', 'h100_sxm'],
    ['nvidia-h100', 'h100_sxm'],
    ['NVIDIA-H100-80GB-HBM3', 'h100_sxm'],
    ['NVIDIA H100 NVL', 'h100_nvl'],
    ['NVIDIA H20', 'h20'],
    ['NVIDIA H20-3e', 'h20_3e'],
    ['Tesla V100-PCIE-16GB', 'v100_pcie'],
    ['NVIDIA H800', 'h800'],
    ['NVIDIA GH200 480GB', 'gh200'],
    ['NVIDIA GH200 144G HBM3e', 'gh200_144g'],
    ['NVIDIA B200', 'b200_sxm'],
    ['NVIDIA GB200', 'gb200'],
    ['NVIDIA A100-SXM4-40GB', 'a100_sxm_40g'],
    ['NVIDIA A100 80GB PCIe', 'a100_pcie_80g'],
    ['NVIDIA A800-SXM4-80GB', 'a800_sxm'],
    ['NVIDIA A800 80GB PCIe', 'a800_pcie'],
    ['NVIDIA H800 PCIe', 'h800_pcie'],
    ['NVIDIA H200 NVL', 'h200_nvl'],
    ['NVIDIA RTX PRO 6000 Blackwell Workstation Edition', 'rtx_pro_6000_workstation'],
    ['NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition', 'rtx_pro_6000_max_q'],
    ['NVIDIA GeForce RTX 4090 D', 'rtx_4090_d'],
    ['NVIDIA GeForce RTX 5090 D', 'rtx_5090_d'],
    ['Intel(R) Data Center GPU Max 1100', 'pvc_max_1100'],
    ['NVIDIA L20', 'l20'],
    ['NVIDIA L40', 'l40'],
    ['NVIDIA A10G', 'a10g'],
    ['NVIDIA RTX A6000', 'a6000'],
    ['NVIDIA RTX 6000 Ada Generation', 'rtx_6000_ada'],
    ['NVIDIA GeForce RTX 3060', 'rtx_3060'],
    ['NVIDIA GeForce RTX 3090', 'rtx_3090'],
    ['NVIDIA GeForce RTX 3090 Ti', 'rtx_3090_ti'],
    ['NVIDIA GeForce RTX 4090', 'rtx_4090'],
    ['NVIDIA GeForce RTX 5090', 'rtx_5090'],
    ['NVIDIA GeForce RTX 2080 Ti', 'rtx_2080_ti'],
    ['Tesla V100-SXM2-16GB', 'v100_sxm2'],
    ['Tesla V100-SXM2-32GB', 'v100_sxm2_32g'],
    ['AMD Instinct MI308X', 'mi308x'],
    ['AMD Instinct MI350X', 'mi350x'],
    ['AMD Instinct MI355X', 'mi355x'],
    ['AMD Instinct MI250X/MI250', 'mi250_gcd'],
    ['Intel(R) Data Center GPU Max 1550', 'pvc_max_1550'],
    ['Gaudi 2', 'gaudi2'],
    ['Gaudi 3', 'gaudi3'],
    ['TPU v5e', 'tpu_v5e'],
    ['TPU v5p', 'tpu_v5p'],
    ['TPU v6e', 'tpu_v6e'],
    ['Trainium 2', 'trainium2'],
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
    expect(findHardware({ ...device, name: 'AMD Radeon Graphics' }).name).toBe('mi300x')
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

  it('refuses a name of a megabyte at once', () => {
    const began = performance.now()
    expect(() => findHardware('h100'.repeat(1 << 18))).toThrow('is not in the hardware catalogue')
    expect(performance.now() - began).toBeLessThan(1000)
  })
})
