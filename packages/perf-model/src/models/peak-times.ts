// An operation at the listed peaks of a device: its arithmetic, and its memory traffic, each as if it were alone.
import { type HardwareSpec, isCollective, type OpCall, opWork } from '@flowsim/trace-schema'
import { dramBandwidth } from './memory-time.js'
import { computeDtype, isMatrixOp, matrixThroughput, vectorThroughput } from './throughput.js'

/**
 * Seconds that the arithmetic of an operation takes at the listed dense peak, and its bytes at the listed bandwidth of
 * the memory. Collectives have neither.
 * @throws PerfModelError `invalid_hardware` where the device lists no peak
 */
export function peakTimes(
  call: OpCall,
  hardware: HardwareSpec,
): { computeS: number; memoryS: number } {
  if (isCollective(call)) return { computeS: 0, memoryS: 0 }
  const { flops, readBytes, writeBytes } = opWork(call)
  const memoryS = (readBytes + writeBytes) / dramBandwidth(hardware)
  if (flops === 0) return { computeS: 0, memoryS }
  const dtype = computeDtype(call)
  const { flopsPerS } = isMatrixOp(call)
    ? matrixThroughput(hardware, dtype, call.op)
    : vectorThroughput(hardware, dtype)
  return { computeS: flops / flopsPerS, memoryS }
}
