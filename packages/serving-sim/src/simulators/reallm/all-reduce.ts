// ReaLLM's all-reduce of n bytes over p devices, with latency α and β = 1 / bandwidth:
//
//   ring       2 (p − 1) (α + β n / p)
//   2d_ring    2 (s − 1) (2 α + β n / s), s = ⌈√p⌉
//   multishot  2 (α + β n)
//
// No algorithm ('') and a single device cost nothing. Its system simulation takes the H100 node
// whatever the device; `node` says which one here.

/** A node's links. */
export interface ReallmNode {
  alphaS: number
  bandwidthBytesPerS: number
}

/** ReaLLM's nodes. */
export const REALLM_NODES = {
  H100: { alphaS: 0.92e-6, bandwidthBytesPerS: 450e9 },
  A100: { alphaS: 5.92e-6, bandwidthBytesPerS: 300e9 },
} as const satisfies Record<string, ReallmNode>

export type ReallmAllReduce = '' | 'ring' | '2d_ring' | 'multishot'

/** Seconds of an all-reduce. */
export function reallmAllReduce(
  node: ReallmNode,
  algorithm: ReallmAllReduce,
  bytes: number,
  devices: number,
): number {
  if (devices === 1) return 0
  const alpha = node.alphaS
  const beta = 1 / node.bandwidthBytesPerS
  const side = Math.ceil(Math.sqrt(devices))
  switch (algorithm) {
    case '':
      return 0
    case 'ring':
      return 2 * (devices - 1) * (alpha + (beta * bytes) / devices)
    case '2d_ring':
      return 2 * (side - 1) * (2 * alpha + (beta * bytes) / side)
    case 'multishot':
      return 2 * (alpha + beta * bytes)
  }
}
