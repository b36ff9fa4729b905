// How far measured times lie from the roofline. The factors are the 90th percentiles of measured time
// over roofline time on the calibration rows (one row in five of 240,000 GEMMs, 317,000 attention and
// 317,000 MoE calls; all of 40,000 pointwise kernels and 1,900 collectives on A100, H100, L40S, RTX PRO
// 6000, B300, GB200, GB300), by what bounds the roofline. The lower end is the roofline itself, except
// where rows measured with warm caches fall below it.
import { type Bound, dtypeBytes, isCollective, type OpCall } from '@flowsim/trace-schema'

type Factors = Record<Bound, readonly [p10: number, p90: number]>

const NO_NETWORK = [1, 1] as const

const SPREAD = {
  gemm: {
    compute: [1, 2.1],
    memory: [0.92, 2.8],
    launch: [1, 4.7],
    network: NO_NETWORK,
  },
  /** Rows of fewer than 16 bits include the kernel that quantises the activations. */
  narrowGemm: {
    compute: [1, 4.5],
    memory: [1, 7.7],
    launch: [1, 11.4],
    network: NO_NETWORK,
  },
  attention: {
    compute: [1, 14],
    memory: [1, 14],
    launch: [1, 15],
    network: NO_NETWORK,
  },
  moe: {
    compute: [1, 12.2],
    memory: [1, 11.3],
    launch: [1, 29],
    network: NO_NETWORK,
  },
  pointwise: {
    compute: [1, 2.9],
    memory: [0.74, 2.9],
    launch: [1, 3.8],
    network: [1, 4],
  },
  collective: {
    compute: [1, 4],
    memory: [1, 4],
    launch: [0.89, 3.6],
    network: [1, 4],
  },
} satisfies Record<string, Factors>

/** Factors on the roofline that one run in ten stays below and above. */
export function rooflineSpread(call: OpCall, bound: Bound): readonly [p10: number, p90: number] {
  return SPREAD[family(call)][bound]
}

function family(call: OpCall): keyof typeof SPREAD {
  switch (call.op) {
    case 'matmul':
    case 'bmm':
    case 'conv':
      return dtypeBytes(call.dtype) < 2 ? 'narrowGemm' : 'gemm'
    case 'attention':
      return 'attention'
    case 'moe':
    case 'grouped_gemm':
      return 'moe'
    default:
      return isCollective(call) ? 'collective' : 'pointwise'
  }
}
