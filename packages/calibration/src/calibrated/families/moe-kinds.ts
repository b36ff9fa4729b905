// Element types of fused mixture-of-experts kernels that calibration rows tell apart.
import type { Dtype } from '@flowsim/trace-schema'

/** Element types of a fused mixture of experts. */
export interface MoeKind {
  compute: Dtype
  inputBytes: number
  weightBytes: number
  /** Whether the kernels have an up-projection beside the gate. */
  gated: boolean
}

const TYPES: Record<string, Omit<MoeKind, 'gated'>> = {
  bf16: { compute: 'bf16', inputBytes: 2, weightBytes: 2 },
  fp16: { compute: 'fp16', inputBytes: 2, weightBytes: 2 },
  fp8: { compute: 'fp8_e4m3', inputBytes: 1, weightBytes: 1 },
  fp8_block: { compute: 'fp8_e4m3', inputBytes: 1, weightBytes: 1 },
  // 4-bit elements with an 8-bit scale for sixteen (nvfp4) or thirty-two (mxfp4) of them.
  nvfp4: { compute: 'fp4_e2m1', inputBytes: 0.5625, weightBytes: 0.5625 },
  mxfp4_a16: { compute: 'bf16', inputBytes: 2, weightBytes: 0.53125 },
  mxfp4_a8: { compute: 'fp8_e4m3', inputBytes: 1, weightBytes: 0.53125 },
  w8a16: { compute: 'bf16', inputBytes: 2, weightBytes: 1 },
  w4a16: { compute: 'bf16', inputBytes: 2, weightBytes: 0.5 },
}

/** The kind of a section named `types/source`, such as `bf16/trtllm/moe_torch_flow_nongated`. */
export function moeKind(name: string): MoeKind {
  const [types = '', ...source] = name.split('/')
  const known = TYPES[types]
  if (known === undefined) throw new RangeError(`no kind of mixture of experts "${types}"`)
  return { ...known, gated: !source.join('/').includes('nongated') }
}
