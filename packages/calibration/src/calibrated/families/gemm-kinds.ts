// The kinds of matrix multiplication that calibration rows tell apart: element types, and which operands
// of the replay before can still be in the cache. Sources: shared reference of the measured data, sections
// 1.1 and 1.2 (collectors of ai-dynamo/aiconfigurator, Vidur, NeuSight).
import type { Dtype } from '@flowsim/trace-schema'

/** Element types and conditions of a matrix multiplication. */
export interface GemmKind {
  /** Type that the multiply-adds run in. */
  compute: Dtype
  /** Bytes of an element of the activations as the multiplication reads them. */
  inputBytes: number
  weightBytes: number
  /** Whether the rows include the kernel that quantises the activations. */
  quantized: boolean
  /** Bytes that a replay touches before it comes back to the same weights. */
  workingSet(weights: number, inputs: number, outputs: number, l2Bytes: number): number
}

const TYPES: Record<string, Omit<GemmKind, 'workingSet'>> = {
  bf16: { compute: 'bf16', inputBytes: 2, weightBytes: 2, quantized: false },
  fp16: { compute: 'fp16', inputBytes: 2, weightBytes: 2, quantized: false },
  fp32: { compute: 'fp32', inputBytes: 4, weightBytes: 4, quantized: false },
  tf32: { compute: 'tf32', inputBytes: 4, weightBytes: 4, quantized: false },
  fp8: { compute: 'fp8_e4m3', inputBytes: 1, weightBytes: 1, quantized: true },
  fp8_block: { compute: 'fp8_e4m3', inputBytes: 1, weightBytes: 1, quantized: true },
  // Two 4-bit elements in a byte and an 8-bit scale for sixteen of them.
  nvfp4: { compute: 'fp4_e2m1', inputBytes: 0.5625, weightBytes: 0.5625, quantized: true },
  int8: { compute: 'int8', inputBytes: 1, weightBytes: 1, quantized: true },
  w8a16: { compute: 'bf16', inputBytes: 2, weightBytes: 1, quantized: false },
  w4a16: { compute: 'bf16', inputBytes: 2, weightBytes: 0.5, quantized: false },
}

/** Endings of the kinds of batched and grouped multiplications and of gradients of convolutions. */
const SHAPED = /-(?:bmm|grouped|grad)$/

const WORKING_SETS: Record<string, GemmKind['workingSet']> = {
  // TensorRT-LLM's collector: as many distinct weights as fill the cache, at most five, and one input.
  trtllm: (w, x, y, l2) => Math.min(5, Math.max(1, Math.ceil(l2 / w))) * w + x + y,
  // SGLang's collector: six distinct sets of operands.
  sglang: (w, x, y) => 6 * (w + x + y),
  // vLLM's collector: six distinct weights.
  vllm: (w, x, y) => 6 * w + x + y,
  // AITER's tuner: operands are rotated until none is in the cache.
  aiter: () => Infinity,
  same: (w, x, y) => w + x + y,
}

/** The kind of a section named `types/working set`, such as `bf16/trtllm`. */
export function gemmKind(name: string): GemmKind {
  const [types = '', set = 'same'] = name.split('/')
  const known = TYPES[types.replace(SHAPED, '')]
  if (known === undefined) throw new RangeError(`no kind of matrix multiplication "${types}"`)
  return { ...known, workingSet: WORKING_SETS[set] ?? WORKING_SETS.same! }
}
