// Kernel times of ReaLLM's `roofline` method: LLMCompass's roofline of each kernel, in 16 bits, the
// sum times 1.3.
//
//   matmul   max(2MKN / matrix FLOPS, (MK + KN + MN) / bandwidth)   elements, not bytes: its fault
//   batched  B times the matmul
//   softmax  max(2 · 3 MN / bandwidth, MN (3 · exp + 7) / vector FLOPS)
//   norm     max(2 · 2 MN / bandwidth, 7 MN / vector FLOPS)
//   silu     max(2 · 2 n / bandwidth, n (exp + 3) / vector FLOPS)
//   mul      max(2 · 3 n / bandwidth, n / vector FLOPS)
//
// bandwidth = min(memory, level-2 cache).

/** A device, in LLMCompass's quantities. */
export interface RooflineDevice {
  matrixFlopsPerS: number
  vectorFlopsPerS: number
  memoryBytesPerS: number
  cacheBytesPerS: number
  /** Vector operations of an exponential. */
  flopsPerExp: number
}

/** LLMCompass's figures of ReaLLM's devices: cores × lanes × clock, memory channels, L2 port. */
export const REALLM_DEVICES = {
  GA100: {
    matrixFlopsPerS: 128 * 4 * 16 * 16 * 2 * 1410e6,
    vectorFlopsPerS: 128 * 4 * 32 * 4 * 1410e6,
    memoryBytesPerS: (5 * 1024 * 3.2e9) / 8,
    cacheBytesPerS: 5120 * 1410e6,
    flopsPerExp: 35,
  },
  GH100: {
    matrixFlopsPerS: 132 * 4 * 32 * 16 * 2 * 1837e6,
    vectorFlopsPerS: 132 * 4 * 32 * 4 * 1837e6,
    memoryBytesPerS: (5 * 1024 * 5.76e9) / 8,
    cacheBytesPerS: 5120 * 1837e6,
    flopsPerExp: 35,
  },
} as const satisfies Record<string, RooflineDevice>

export type ReallmKernelKind = 'matmul' | 'softmax' | 'mul' | 'layernorm' | 'silu'

/** Kernels of a step by kind: shape and count. */
export type ReallmKernelCounts = Record<
  ReallmKernelKind,
  readonly (readonly [readonly number[], number])[]
>

/** What ReaLLM multiplies the sum of rooflines with. */
const OVERHEAD = 1.3

/** Seconds of all kernels of a step. */
export function rooflineSeconds(device: RooflineDevice, kernels: ReallmKernelCounts): number {
  let seconds = 0
  for (const kind of Object.keys(kernels) as ReallmKernelKind[]) {
    for (const [shape, count] of kernels[kind])
      seconds += kernelSeconds(device, kind, shape) * count
  }
  return seconds * OVERHEAD
}

function kernelSeconds(
  device: RooflineDevice,
  kind: ReallmKernelKind,
  shape: readonly number[],
): number {
  const bandwidth = Math.min(device.memoryBytesPerS, device.cacheBytesPerS)
  if (kind === 'matmul') {
    const [m, k, n] = shape.slice(-3) as [number, number, number]
    const batch = shape.length === 4 ? shape[0]! : 1
    const computeS = (2 * m * k * n) / device.matrixFlopsPerS
    return batch * Math.max(computeS, (m * k + k * n + m * n) / bandwidth)
  }
  const elements = shape.reduce((product, size) => product * size, 1)
  const [tensors, flops] = {
    softmax: [3, 3 * device.flopsPerExp + 7],
    layernorm: [2, 7],
    silu: [2, device.flopsPerExp + 3],
    mul: [3, 1],
  }[kind] as [number, number]
  return Math.max((2 * tensors * elements) / bandwidth, (elements * flops) / device.vectorFlopsPerS)
}
