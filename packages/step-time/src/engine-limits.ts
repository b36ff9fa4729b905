// What an engine refuses, and what it runs otherwise than a checkpoint says: precisions that a device has no units
// for, and blocks of FP8 that a shard would cut.
//
// Engines run formats without units as weight-only (Marlin: weights are widened to 16 bits on the way) or refuse
// them; which of both is a fact of the engine. Scales of block FP8 stand for 128 × 128 weights, so that the width of
// each shard is a multiple of 128.
import {
  type DtypeOptions,
  type Layout,
  linearScheme,
  type ModelConfig,
  type SchemeName,
  type WeightPart,
} from '@flowsim/model-graph'
import { ServingError } from '@flowsim/serving-sim'
import type { HardwareSpec } from '@flowsim/trace-schema'
import type { EngineFacts } from './engines/engine-facts.js'

type Schemes = Partial<Record<WeightPart, SchemeName>>

/** Schemes whose activations have no 16-bit type, and how they run without units for it. */
const WEIGHT_ONLY: Partial<Record<SchemeName, SchemeName>> = {
  fp8: 'fp8_weight_only',
  fp8_channel: 'fp8_weight_only',
  fp8_block: 'fp8_weight_only',
  int4_fp8: 'int4',
  int8: 'int8_weight_only',
  nvfp4: 'nvfp4_weight_only',
  mxfp4_mxfp8: 'mxfp4',
}

/** What engines' documents call the types of activations. */
const FORMATS: Readonly<Record<string, string>> = {
  fp8_e4m3: 'fp8',
  fp4_e2m1: 'fp4',
  int8: 'int8',
}

/** Weights of a block with one scale, in each direction. */
const BLOCK = 128

/** How the weights of a model are stored and multiplied, by part. */
export function schemesByPart(model: ModelConfig, weights: DtypeOptions['weights']): Schemes {
  if (typeof weights !== 'string') return { ...model.quantization?.parts, ...weights }
  return { attention: weights, mlp: weights, shared: weights, experts: weights }
}

/**
 * The parts that run as weight-only because the device has no units for their activations.
 * @throws ServingError `invalid_config` where the engine has no kernels for that
 */
export function weightOnlyParts(
  schemes: Schemes,
  hardware: HardwareSpec,
  { engine, versions, precision }: EngineFacts,
): Schemes {
  const changed: Schemes = {}
  for (const [part, name] of Object.entries(schemes) as [WeightPart, SchemeName][]) {
    const type = linearScheme(name).input
    const instead = WEIGHT_ONLY[name]
    if (type === undefined || instead === undefined || hasUnits(hardware, type)) continue
    const format = FORMATS[type]!
    if (!(precision.weightOnly as readonly string[]).includes(format)) {
      throw new ServingError(
        'invalid_config',
        `${engine} ${versions.from} to ${versions.to} does not run ${name} on ${hardware.name}, which has no ` +
          `${format.toUpperCase()} units; use ${instead}, or bf16`,
      )
    }
    changed[part] = instead
  }
  return changed
}

function hasUnits({ device }: HardwareSpec, type: string): boolean {
  const rates = device.matrixFlopsPerS as Readonly<Record<string, number | undefined>>
  if (type === 'fp8_e4m3' && rates.fp8_e5m2 !== undefined) return true
  return rates[type] !== undefined
}

/** @throws ServingError `impossible_parallelism` where a shard cuts a block of FP8 */
export function checkBlocks(
  { layerKinds, name }: ModelConfig,
  schemes: Schemes,
  { tensor, moeTensor }: Layout,
): void {
  const check = (part: WeightPart, what: string, width: number, shards: number) => {
    if (schemes[part] !== 'fp8_block' || width % (BLOCK * shards) === 0) return
    const field = part === 'experts' ? 'moeTensorParallel' : 'tensorParallel'
    const works = divisors(shards).filter((degree) => width % (BLOCK * degree) === 0)
    throw new ServingError(
      'impossible_parallelism',
      `${field} ${shards} cuts the ${what} of ${name}, ${width} wide, into shards of ${width / shards}, not ` +
        `multiples of the ${BLOCK} weights with one FP8 scale; ${field} ${works.join(' or ')} works` +
        (part === 'experts' ? `, or whole experts: expertParallel ${shards}` : ''),
    )
  }
  for (const { ffn } of layerKinds) {
    if (ffn.type === 'dense') check('mlp', 'feed-forward network', ffn.inter, tensor)
    if (ffn.type !== 'moe') continue
    check('experts', 'experts', ffn.inter, moeTensor)
    if (ffn.shared !== undefined) check('shared', 'shared experts', ffn.shared.inter, tensor)
  }
}

const divisors = (n: number) =>
  Array.from({ length: n }, (_, i) => i + 1).filter((degree) => n % degree === 0)
