// The model `tile`: an operation is laid out on the cores, caches and arrays of a device, and timed cycle
// by cycle. Without a mode it is our own (own.ts); with one of LLMCompass' modes it answers exactly what
// LLMCompass does (llmcompass.ts).
import {
  type Bound,
  dtypeBytes,
  type Estimate,
  type HardwareSpec,
  isCollective,
  type OpCall,
  type OpWork,
  opWork,
} from '@flowsim/trace-schema'
import { checkCall } from '../../check-call.js'
import { PerfModelError } from '../../errors.js'
import { type Prediction, toEstimate } from '../../estimate.js'
import type { EstimateOptions, LatencyModel } from '../../model.js'
import { packetOverhead } from '../collective-time.js'
import { dramBandwidth } from '../memory-time.js'
import { collectivePrediction, roofline } from '../roofline.js'
import { computeDtype, isMatrixOp, matrixThroughput, vectorPeak } from '../throughput.js'
import { LLMCOMPASS_MODES, type LlmcompassMode, llmcompassAnswer } from './llmcompass.js'
import { requireTile } from './machine.js'
import type { MatmulMapping } from './mapping.js'
import { systolicFlopsPerS } from './matmul.js'
import { hasTiles, ownAnswer } from './own.js'
import type { RowMapping } from './pointwise.js'

/**
 * LLMCompass' tile model (ISCA 2024). `mode` selects one of LLMCompass' own (`heuristic-GPU`,
 * `heuristic-TPU`, `heuristic-TPU-new`, `heuristic-our-throughput`, `exhaustive`, `roofline`): then the latency is
 * LLMCompass' to the last bit, for matmul, bmm, softmax, layernorm, gelu and all_reduce. Without a mode
 * its known flaws are mended and every operation has an answer: those without a layout get their
 * roofline, and say so in `notes`.
 */
export const tile: LatencyModel = {
  name: 'tile',

  supports(call: OpCall, hardware: HardwareSpec, options: EstimateOptions = {}): boolean {
    try {
      tile.estimate(call, hardware, options)
      return true
    } catch (error) {
      if (error instanceof PerfModelError) return false
      throw error
    }
  },

  estimate(call: OpCall, hardware: HardwareSpec, options: EstimateOptions = {}): Estimate {
    checkCall(call)
    const { mode, l2 = 'cold' } = options
    if (mode === undefined) {
      return remembered(hardware, JSON.stringify([call, l2]), () => own(call, hardware, l2))
    }
    const known = LLMCOMPASS_MODES.find((name) => name === mode)
    if (known === undefined) {
      throw new PerfModelError(
        'unknown_mode',
        `mode: "${mode}" is not one of ${LLMCOMPASS_MODES.join(', ')}`,
        'mode',
      )
    }
    return remembered(hardware, JSON.stringify([call, known]), () =>
      llmcompass(call, hardware, known),
    )
  },
}

// Factors of measured over predicted time, 10th and 90th percentile over one calibration GEMM in 200 on
// A100, H100, L40S and RTX PRO 6000. LLMCompass counts no overhead, so its lower end is close and its
// upper end far.
const OWN_SPREAD = [0.7, 2] as const
const OWN_NARROW_SPREAD = [1, 6.5] as const
const LLMCOMPASS_SPREAD = [0.75, 6] as const

function llmcompass(call: OpCall, hardware: HardwareSpec, mode: LlmcompassMode): Estimate {
  const { latencyS, mapping, notes } = llmcompassAnswer(call, hardware, mode)
  const work = opWork(call)
  const bound: Bound = isCollective(call)
    ? 'network'
    : longerPart(work, hardware, arrayPeak(call, hardware))
  return toEstimate(`tile/${mode}`, call, hardware, {
    parts: inParts(bound, latencyS, 0),
    latencyS,
    bound,
    work,
    spread: LLMCOMPASS_SPREAD,
    notes: mapping === undefined ? notes : [...notes, mappingText(mapping)],
  })
}

function own(call: OpCall, hardware: HardwareSpec, l2: 'warm' | 'cold'): Estimate {
  if (isCollective(call)) {
    return toEstimate(
      'tile',
      call,
      hardware,
      collectivePrediction(call, hardware, { overhead: packetOverhead(hardware) }),
    )
  }
  const work = opWork(call)
  const footprint = work.readBytes + work.writeBytes
  const answer = hasTiles(call, hardware) ? ownAnswer(call, hardware, footprint, l2) : undefined
  if (answer === undefined) {
    const estimate = roofline.estimate(call, hardware, { l2 })
    const notes = [...(estimate.notes ?? []), 'roofline: the tile model has no layout for it']
    return { ...estimate, model: 'tile', notes }
  }
  const launchS = hardware.device.kernelLatencyS
  const { busyS, mapping, notes } = answer
  const peak = isMatrixOp(call)
    ? matrixThroughput(hardware, computeDtype(call), call.op).flopsPerS
    : vectorPeak(hardware)
  const part = longerPart(work, hardware, peak)
  const bound = launchS > busyS ? 'launch' : part
  const narrow = 'dtype' in call && call.dtype !== undefined && dtypeBytes(call.dtype) < 2
  return toEstimate('tile', call, hardware, {
    parts: inParts(part, busyS, launchS),
    bound,
    work,
    spread: narrow ? OWN_NARROW_SPREAD : OWN_SPREAD,
    notes: mapping === undefined ? notes : [...notes, mappingText(mapping)],
  })
}

/** Which of compute and main memory takes longer at its peak. */
function longerPart(work: OpWork, hardware: HardwareSpec, peak: number): 'compute' | 'memory' {
  const memoryS = (work.readBytes + work.writeBytes) / dramBandwidth(hardware)
  return work.flops / peak >= memoryS ? 'compute' : 'memory'
}

/** FLOPs per second of the arrays or vector units that LLMCompass gives an operation to. */
function arrayPeak(call: OpCall, hardware: HardwareSpec): number {
  const spec = requireTile(hardware)
  return isMatrixOp(call)
    ? systolicFlopsPerS(spec)
    : spec.vector.flopsPerCycle * spec.cores * spec.clockHz
}

function inParts(bound: Bound, busyS: number, launchS: number): Prediction['parts'] {
  return {
    computeS: bound === 'compute' ? busyS : 0,
    memoryS: bound === 'memory' ? busyS : 0,
    launchS,
    networkS: bound === 'network' ? busyS : 0,
  }
}

/**
 * A layout in LLMCompass' notation: `l2=64/128/8192;db=true;l1=32/32/256;l0=2/2/1`, and with all orders
 * tried those of both loops: `;order=knm/mnk`.
 */
function mappingText(mapping: MatmulMapping | RowMapping): string {
  const { l2M, l2N, l1M, l1N } = mapping
  if (!('l2K' in mapping)) return `l2=${l2M}/${l2N};l1=${l1M}/${l1N}`
  const { l2K, l1K, l0M, l0N, l0K, doubleBuffered } = mapping
  const { l2Order, l1Order } = mapping
  const order = l2Order === undefined ? '' : `;order=${l2Order}/${l1Order}`
  return `l2=${l2M}/${l2N}/${l2K};db=${doubleBuffered};l1=${l1M}/${l1N}/${l1K};l0=${l0M}/${l0N}/${l0K}${order}`
}

// Traces and sweeps ask for the same shapes again and again.
const memory = new WeakMap<HardwareSpec, Map<string, Estimate>>()
const MOST_REMEMBERED = 10_000

function remembered(hardware: HardwareSpec, key: string, make: () => Estimate): Estimate {
  let known = memory.get(hardware)
  if (known === undefined) {
    known = new Map()
    memory.set(hardware, known)
  }
  let estimate = known.get(key)
  if (estimate === undefined) {
    if (known.size >= MOST_REMEMBERED) known.clear()
    estimate = make()
    known.set(key, estimate)
  }
  return { ...estimate, parts: { ...estimate.parts } }
}
