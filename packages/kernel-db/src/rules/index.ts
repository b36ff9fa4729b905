// Kernel rules in the order in which they are tried; the first that matches answers. A file comes
// before those whose patterns would also match its kernels.
import type { KernelRule } from '../rule.js'
import { ATEN_KERNELS } from './aten.js'
import { ATTENTION } from './attention.js'
import { COMMUNICATION } from './communication.js'
import { CONVOLUTION } from './convolution.js'
import { DEEPGEMM } from './deepgemm.js'
import { GEMM } from './gemm.js'
import { GENERIC } from './generic.js'
import { INDUCTOR } from './inductor.js'
import { LINEAR_ATTENTION } from './linear-attention.js'
import { MOE } from './moe.js'
import { RECOMMENDATION } from './recommendation.js'
import { SAMPLING } from './sampling.js'
import { TRAINING_KERNELS } from './training.js'
import { TRANSFORMER } from './transformer.js'

/** Every built-in kernel rule, in order. */
export const KERNEL_RULES: readonly KernelRule[] = [
  ...COMMUNICATION,
  ...INDUCTOR,
  ...RECOMMENDATION,
  ...ATTENTION,
  ...LINEAR_ATTENTION,
  ...CONVOLUTION,
  ...MOE,
  ...TRAINING_KERNELS,
  ...TRANSFORMER,
  ...SAMPLING,
  ...DEEPGEMM,
  ...GEMM,
  ...ATEN_KERNELS,
  ...GENERIC,
]
