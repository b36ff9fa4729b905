// What a product of PyTorch in eager mode takes, beside the tables of engines. cuBLAS's heuristics choose among
// older kernels than those of the tables, on operands that no launch before has warmed up:
//
//   time = times · (misaligned where n or k is not a multiple of 16 bytes) · table + addUs
//
// The factors and where they come from stand in eager-gemm.json.
import { dtypeBytes, type HardwareSpec, type OpCall } from '@flowsim/trace-schema'
import facts from './eager-gemm.json' with { type: 'json' }

/** Bytes that a copy to shared memory moves at once. */
const VECTOR_BYTES = 16

/** How much longer than in the tables an eager product takes; 1 where nothing is known of it. */
export function eagerTimes(call: OpCall, hardware: HardwareSpec, tableUs: number): number {
  const { computeCapabilities, times, addUs, misaligned } = facts
  if (call.op !== 'matmul' && call.op !== 'bmm') return 1
  const bytes = dtypeBytes(call.dtype)
  if (bytes !== 2 || !computeCapabilities.value.includes(hardware.computeCapability ?? '')) return 1
  const aligned = (call.n * bytes) % VECTOR_BYTES === 0 && (call.k * bytes) % VECTOR_BYTES === 0
  return times.value * (aligned ? 1 : misaligned.value) + addUs.value / tableUs
}
