// Element types of weights, of what matrix multiplications read, and of the KV cache.
//
// A scheme says how one kind of weight is stored and multiplied. Block and group sizes are those of
// the formats: DeepSeek FP8 128 × 128 (arXiv 2412.19437), NVFP4 16 with FP8 scales, MXFP4 32 with
// E8M0 scales (OCP Microscaling 1.0), GPTQ and AWQ 128 with FP16 scales.
import type { Dtype } from '@flowsim/trace-schema'

/** How the weights of linear layers are stored and multiplied. */
export interface LinearScheme {
  weight: Dtype
  /** Type that the matrix multiplication reads activations in; absent: as they are. */
  input?: Dtype
  scaling?: 'tensor' | 'channel' | 'block'
  /** Bytes of scales for each weight. */
  scaleBytesPerWeight: number
  /** Activations that share a scale when they are quantised on the way; absent: a row. */
  inputGroup?: number
}

const SCHEMES = {
  fp32: { weight: 'fp32', scaleBytesPerWeight: 0 },
  bf16: { weight: 'bf16', scaleBytesPerWeight: 0 },
  fp16: { weight: 'fp16', scaleBytesPerWeight: 0 },
  fp8: { weight: 'fp8_e4m3', input: 'fp8_e4m3', scaling: 'tensor', scaleBytesPerWeight: 0 },
  fp8_channel: {
    weight: 'fp8_e4m3',
    input: 'fp8_e4m3',
    scaling: 'channel',
    scaleBytesPerWeight: 0,
  },
  fp8_block: {
    weight: 'fp8_e4m3',
    input: 'fp8_e4m3',
    scaling: 'block',
    scaleBytesPerWeight: 4 / (128 * 128),
    inputGroup: 128,
  },
  fp8_weight_only: { weight: 'fp8_e4m3', scaling: 'channel', scaleBytesPerWeight: 0 },
  int8: { weight: 'int8', input: 'int8', scaling: 'channel', scaleBytesPerWeight: 0 },
  int8_weight_only: { weight: 'int8', scaling: 'channel', scaleBytesPerWeight: 0 },
  int4: { weight: 'int4', scaling: 'block', scaleBytesPerWeight: 2 / 128 },
  int4_group32: { weight: 'int4', scaling: 'block', scaleBytesPerWeight: 2 / 32 },
  int4_fp8: {
    weight: 'int4',
    input: 'fp8_e4m3',
    scaling: 'block',
    scaleBytesPerWeight: 2 / 128,
  },
  nvfp4: {
    weight: 'fp4_e2m1',
    input: 'fp4_e2m1',
    scaling: 'block',
    scaleBytesPerWeight: 1 / 16,
    inputGroup: 16,
  },
  nvfp4_weight_only: { weight: 'fp4_e2m1', scaling: 'block', scaleBytesPerWeight: 1 / 16 },
  mxfp4: { weight: 'fp4_e2m1', scaling: 'block', scaleBytesPerWeight: 1 / 32 },
  mxfp4_mxfp8: {
    weight: 'fp4_e2m1',
    input: 'fp8_e4m3',
    scaling: 'block',
    scaleBytesPerWeight: 1 / 32,
    inputGroup: 32,
  },
} as const satisfies Record<string, LinearScheme>

/** Name of a way to store and multiply weights. */
export type SchemeName = keyof typeof SCHEMES

/** Every {@link SchemeName}. */
export const SCHEME_NAMES = Object.keys(SCHEMES) as SchemeName[]

/** The scheme of a name. */
export function linearScheme(name: SchemeName): LinearScheme {
  return SCHEMES[name]
}

/** Whether a text is the name of a scheme. */
export function isSchemeName(name: string): name is SchemeName {
  return Object.hasOwn(SCHEMES, name)
}

/** Kinds of weights that a checkpoint quantises or leaves alone together. */
export type WeightPart = 'attention' | 'mlp' | 'shared' | 'experts' | 'head'

/** Which weights are quantised, and how. Parts that are absent keep the model's own type. */
export interface Quantization {
  parts: Partial<Record<WeightPart, SchemeName>>
  /** Type of the KV cache; absent: the model's own. */
  kv?: Dtype
}

/** The usual scope of a scheme: every linear layer of the decoder, but not the LM head. */
export function quantizeLinears(scheme: SchemeName): Quantization['parts'] {
  return { attention: scheme, mlp: scheme, shared: scheme, experts: scheme }
}
