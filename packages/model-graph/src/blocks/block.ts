// What the package knows of a kind of mixer: its weights, its memory and its operations.
import type { StepDtypes } from '../dtypes.js'
import type { Layout } from '../parallelism.js'
import type { ProgramBuilder } from '../program/builder.js'
import type { WeightPart } from '../quantization.js'

/** How a weight is divided among the devices of a stage. */
export type Sharding =
  /** Over tensor parallelism. */
  | 'tensor'
  /** Over tensor parallelism, but not below one key-value head a device. */
  | 'kv_heads'
  /** Over the devices that share the experts. */
  | 'experts'
  /** On every device. */
  | 'replicated'

/** A weight, or several that are stored and divided alike. */
export interface Weight {
  name: string
  parameters: number
  sharding: Sharding
  /** The part of the model that a quantisation scheme covers; absent: never quantised. */
  part?: WeightPart
  /** Share of the parameters that one token uses; 1 if absent. */
  activeShare?: number
}

/** A matrix of a mixer, which quantisation schemes cover. */
export function matrix(name: string, parameters: number, sharding: Sharding): Weight {
  return { name, parameters, sharding, part: 'attention' }
}

/** A weight that keeps the type of activations. */
export function plain(name: string, parameters: number, sharding: Sharding): Weight {
  return { name, parameters, sharding }
}

/** A number of heads or groups that tensor parallelism divides. */
export interface Divided {
  count: number
  what: string
  /** Beyond `count` they are repeated. */
  repeats?: boolean
}

/** A kind of mixer. */
export interface MixerBlock<Kind> {
  weights(mixer: Kind, hidden: number): Weight[]
  /** What tensor parallelism must divide. */
  divided(mixer: Kind): Divided[]
  /** Bytes of cache, on one device, that one more token takes while all is kept. */
  cacheBytesPerToken?(mixer: Kind, layout: Layout, dtypes: StepDtypes): number
  /** Bytes of the cache of a sequence, where not all is kept. */
  cacheBytes?(mixer: Kind, tokens: number, layout: Layout, dtypes: StepDtypes): number
  /** Bytes of what a sequence keeps whatever its length. */
  stateBytes?(mixer: Kind, layout: Layout, dtypes: StepDtypes): number
  /** Elements of a token that are alive at once, over all devices that divide heads. */
  activationWidth(mixer: Kind): number
  /** Adds the operations of a step, up to the output projection. */
  addOps(b: ProgramBuilder, mixer: Kind): void
}
