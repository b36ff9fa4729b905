// Kernels that communicate without a collectives library: the custom all-reduces of inference engines
// and the token exchange of expert parallelism. Sources: names in SGLang sgl-kernel/csrc/allreduce,
// vLLM csrc/custom_all_reduce.cuh, FlashInfer trtllm_allreduce_fusion.cuh, PyTorch
// torch/csrc/distributed/c10d/symm_mem/CUDASymmetricMemoryOps.cu, DeepEP csrc/kernels.
import type { KernelEvent } from '@flowsim/trace-schema'

const CUSTOM =
  /cross_device_reduce|(one|two)_?shot_all_?reduce|multimem_(all|one_shot|reduce)|allreduce_fusion_kernel|deep_ep::|quickreduce/i

/** Whether a kernel without the record of a library communicates, by its name. */
export function isCustomCollective({ name }: KernelEvent): boolean {
  return CUSTOM.test(name)
}
