// Models and devices that Vidur knows, with the sizes that its memory planner and its predictor use.
// Source: vidur/config (microsoft/vidur, November 2024).

/** A model in Vidur's quantities. */
export interface VidurModel {
  layers: number
  queryHeads: number
  kvHeads: number
  hidden: number
  mlpHidden: number
  vocabulary: number
  gatedMlp: boolean
  /** Whether a norm follows attention. */
  postAttentionNorm: boolean
}

const model = (
  layers: number,
  queryHeads: number,
  kvHeads: number,
  hidden: number,
  mlpHidden: number,
  vocabulary: number,
): VidurModel => ({
  layers,
  queryHeads,
  kvHeads,
  hidden,
  mlpHidden,
  vocabulary,
  gatedMlp: true,
  postAttentionNorm: true,
})

/** Models by their Hugging Face names. */
export const VIDUR_MODELS: Readonly<Record<string, VidurModel>> = {
  'meta-llama/Llama-2-7b-hf': model(32, 32, 32, 4096, 11008, 32768),
  'meta-llama/Llama-2-70b-hf': model(80, 64, 8, 8192, 28672, 32768),
  'codellama/CodeLlama-34b-Instruct-hf': model(48, 64, 8, 8192, 22016, 32768),
  'meta-llama/Meta-Llama-3-8B': model(32, 32, 8, 4096, 14336, 128256),
  'meta-llama/Meta-Llama-3-70B': model(80, 64, 8, 8192, 28672, 128256),
  'internlm/internlm-20b': model(60, 40, 40, 5120, 13824, 103168),
  'internlm/internlm2-20b': model(48, 48, 8, 6144, 16384, 92544),
  'microsoft/phi-2': {
    ...model(32, 32, 32, 2560, 10240, 51200),
    gatedMlp: false,
    postAttentionNorm: false,
  },
  'Qwen/Qwen-72B': model(80, 64, 64, 8192, 24576, 152064),
}

/** Memory of a device in GiB, by Vidur's names. */
export const VIDUR_DEVICES: Readonly<Record<string, { memoryGiB: number; fp16Tflops: number }>> = {
  a40: { memoryGiB: 45, fp16Tflops: 150 },
  a100: { memoryGiB: 80, fp16Tflops: 312 },
  h100: { memoryGiB: 80, fp16Tflops: 1000 },
}

/** Devices of a node, by the name of the network. */
export const VIDUR_NODES: Readonly<Record<string, number>> = {
  a40_pairwise_nvlink: 8,
  a100_pairwise_nvlink: 4,
  h100_pairwise_nvlink: 4,
  a100_dgx: 8,
  h100_dgx: 8,
}
