// Roofline (Williams, Waterman, Patterson, CACM 52(4), 2009): an operation takes as long as its FLOPs at
// the listed dense peak, or its bytes at the listed bandwidth, or the shortest time of any kernel,
// whichever is longest. Nothing is fitted: no efficiency enters. Communication takes the kernel floor
// plus its time on the links (collective-time.ts).
import {
  type Bound,
  type CollectiveCall,
  type Estimate,
  type HardwareSpec,
  isCollective,
  type OpCall,
  type OpCallOf,
  type OpWork,
  opWork,
} from '@flowsim/trace-schema'
import { checkCall } from '../check-call.js'
import { PerfModelError } from '../errors.js'
import { type Parts, type Prediction, toEstimate } from '../estimate.js'
import type { EstimateOptions, LatencyModel } from '../model.js'
import { collectiveTime, requireLink } from './collective-time.js'
import { dramBandwidth, servingLevel } from './memory-time.js'
import { rooflineSpread } from './spread.js'
import { computeDtype, isMatrixOp, matrixThroughput, vectorThroughput } from './throughput.js'

/**
 * The roofline of the listed peaks: a lower bound that every operation has. `l2: 'warm'` serves an
 * operation from the smallest cache that holds its footprint.
 */
export const roofline: LatencyModel = {
  name: 'roofline',

  supports(call: OpCall, hardware: HardwareSpec): boolean {
    try {
      roofline.estimate(call, hardware)
      return true
    } catch (error) {
      if (error instanceof PerfModelError) return false
      throw error
    }
  },

  estimate(call: OpCall, hardware: HardwareSpec, options: EstimateOptions = {}): Estimate {
    checkCall(call)
    if (isCollective(call))
      return toEstimate('roofline', call, hardware, collectivePrediction(call, hardware, options))
    if (call.op === 'memcpy') return toEstimate('roofline', call, hardware, copy(call, hardware))
    return toEstimate('roofline', call, hardware, kernel(call, hardware, options.l2 ?? 'cold'))
  },
}

function kernel(call: OpCall, hardware: HardwareSpec, l2: 'warm' | 'cold'): Prediction {
  const work = opWork(call)
  const dtype = computeDtype(call)
  const throughput = isMatrixOp(call)
    ? matrixThroughput(hardware, dtype, call.op)
    : vectorThroughput(hardware, dtype)
  const bytes = work.readBytes + work.writeBytes
  const level = servingLevel(hardware, bytes, l2)
  const computeS = work.flops / throughput.flopsPerS
  const memoryS = bytes / level.bandwidthBytesPerS
  const notes: string[] = []
  if (throughput.note !== undefined) notes.push(throughput.note)
  if (level.name !== 'dram') notes.push(`operands in the ${level.name}`)
  if (call.op === 'other' && work.flops === 0 && bytes === 0) notes.push('no work is known')
  const launchS = hardware.device.kernelLatencyS
  return longest(call, work, { computeS, memoryS, launchS }, notes)
}

/** Perfect overlap: the longest part is the time, the others hide behind it. */
function longest(
  call: OpCall,
  work: OpWork,
  { computeS, memoryS, launchS }: Omit<Parts, 'networkS'>,
  notes: string[],
): Prediction {
  const bound: Bound =
    launchS > computeS && launchS > memoryS ? 'launch' : computeS >= memoryS ? 'compute' : 'memory'
  const parts: Parts = {
    computeS: bound === 'compute' ? computeS : 0,
    memoryS: bound === 'memory' ? memoryS : 0,
    launchS: bound === 'launch' ? launchS : 0,
    networkS: 0,
  }
  return { parts, bound, work, spread: rooflineSpread(call, bound), notes }
}

function copy(call: OpCallOf<'memcpy'>, hardware: HardwareSpec): Prediction {
  const work = opWork(call)
  const local = call.direction === 'device_to_device' || call.direction === 'unknown'
  if (local) {
    const memoryS = (work.readBytes + work.writeBytes) / dramBandwidth(hardware)
    const launchS = hardware.device.kernelLatencyS
    return longest(call, work, { computeS: 0, memoryS, launchS }, [])
  }
  const bandwidth =
    call.direction === 'peer_to_peer'
      ? requireLink(hardware).countPerDevice * requireLink(hardware).bandwidthPerDirectionBytesPerS
      : hardware.device.hostBandwidthBytesPerS
  if (bandwidth === undefined) {
    throw new PerfModelError(
      'invalid_hardware',
      `${hardware.name}: device.hostBandwidthBytesPerS is not described, so ${call.direction} copies cannot be estimated`,
      'device.hostBandwidthBytesPerS',
    )
  }
  const networkS = call.bytes / bandwidth
  const launchS = hardware.device.kernelLatencyS
  const bound: Bound = launchS > networkS ? 'launch' : 'network'
  return {
    parts: {
      computeS: 0,
      memoryS: 0,
      launchS: bound === 'launch' ? launchS : 0,
      networkS: bound === 'launch' ? 0 : networkS,
    },
    bound,
    work,
    spread: rooflineSpread(call, bound),
  }
}

/** A collective by its time on the links, `overhead` bytes for each that is sent. */
export function collectivePrediction(
  call: CollectiveCall,
  hardware: HardwareSpec,
  options: { overhead?: number; devicesPerNode?: number | undefined } = {},
): Prediction {
  const work = opWork(call)
  const networkS = collectiveTime(call, hardware, options)
  const memoryS = (work.readBytes + work.writeBytes) / dramBandwidth(hardware)
  const launchS = hardware.device.kernelLatencyS
  const hidden = Math.max(0, memoryS - networkS)
  const bound: Bound =
    launchS > networkS + hidden ? 'launch' : hidden > networkS ? 'memory' : 'network'
  return {
    parts: { computeS: 0, memoryS: hidden, launchS, networkS },
    bound,
    work,
    spread: rooflineSpread(call, bound),
  }
}
