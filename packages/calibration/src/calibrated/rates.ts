// What carries over to a device without rows beside its listed peaks: how much of its peak it sustains and
// how fast its units pull operands, next to the device whose rows stand in for it. Measured on operations
// that both have rows of (scripts/calibrate-rates.mjs prints the medians), so that one operation's rows
// teach what power, clocks and newer kernels make of the peak for another's.
//
// Share of the listed peak, next to h100_sxm, for nvfp4 next to rtx_pro_6000_server:
//   b200_sxm   balanced mixtures of experts of the same CUTLASS kernels (for fp8_block DeepGEMM's), the
//              median over rows that compute bounds
//   gb200      b200_sxm times the median over its prefill attention, 0.957 in bf16 and 0.983 in fp8. The
//              cube root of the power limits' ratio, divided by the ratio of the peaks, gives 0.956.
//   b300_sxm   b200_sxm times the cube root of the power limits' ratio. Its attention gains more because it
//              computes exponentials twice as fast. For nvfp4, whose peak grew by 1.56 on about the same
//              power, half-way on a logarithmic scale between all and nothing of that.
//   gb300      the same next to gb200, from 1200 W to 1400 W
//   mi300x     TraceLens' achievable rates (utils/arch/MI300X.json: 708, 654 and 1273 TFLOP/s) over the
//              listed ones, next to the best of h100_sxm's rows, 0.84 in bf16 and 0.74 in fp8
//   b60        next to l40s, whose power limit holds it at 0.72: an assumption, that of an unthrottled chip
import type { HardwareSpec } from '@flowsim/trace-schema'

type Shares = Readonly<Record<string, number>>

const MI300X: Shares = { bf16: 0.645, fp16: 0.596, fp8: 0.658, fp8_block: 0.658 }
const SUSTAINED: Readonly<Record<string, Shares>> = {
  b200_sxm: { bf16: 0.908, fp16: 0.908, fp8: 0.874, fp8_block: 1.41, nvfp4: 0.6 },
  gb200: { bf16: 0.869, fp16: 0.869, fp8: 0.859, fp8_block: 1.37, nvfp4: 0.58 },
  b300_sxm: { bf16: 0.937, fp16: 0.937, fp8: 0.902, fp8_block: 1.46, nvfp4: 0.5 },
  gb300: { bf16: 0.915, fp16: 0.915, fp8: 0.904, fp8_block: 1.44, nvfp4: 0.49 },
  mi300x: MI300X,
  mi325x: MI300X,
  b60: { bf16: 1.2, fp16: 1.2, w8a16: 1.2 },
}

/** Factor on the share of the peak that a donor's kernels reach, for a kind of rows. */
export function sustainedRatio(hardware: HardwareSpec, donor: HardwareSpec, kind: string): number {
  const share = ({ name }: HardwareSpec) => SUSTAINED[name]?.[kind] ?? 1
  return share(hardware) / share(donor)
}

// Blackwell's matrix units work in pairs of compute units that share one operand. Fitted to mixtures of
// experts, their units pull 1.7 (bf16) and 2.3 (fp8) times the bytes a cycle of Hopper's.
const PULL = 1.75
const PAIRED = /^10\./

/** Factor on the operands that a compute unit pulls in a cycle. */
export function pullRatio(hardware: HardwareSpec, donor: HardwareSpec): number {
  const pull = ({ vendor, computeCapability = '' }: HardwareSpec) =>
    vendor === 'nvidia' && PAIRED.test(computeCapability) ? PULL : 1
  return pull(hardware) / pull(donor)
}
