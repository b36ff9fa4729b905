// Options that the measured servers were started with, which the rows of the file do not state.
//
// InferenceMAX publishes them: SemiAnalysisAI/InferenceX, benchmarks/single_node/*.sh. One rule holds for all rows of
// an engine and a model; nothing is set row by row. aiconfigurator's own runs (`isDump` false) have the engines'
// defaults, and CUDA graphs with padding in TensorRT-LLM, as its generator configures them.

const BLACKWELL = /^g?b[23]00/

/** The sections `scheduler` and `cudaGraphs` of a row. */
export function serverOptions(row, point) {
  return { vllm, sglang, trtllm }[row.backend](row, point)
}

/** gpt-oss captures graphs up to 2,048 tokens; the others have vLLM's defaults for large devices. */
function vllm({ model_path: model }, { isDump }) {
  const scheduler = { policy: 'vllm-v1', maxNumBatchedTokens: 8192, maxNumSeqs: 1024 }
  if (!isDump || !/gpt-oss/.test(model)) return { scheduler }
  const sizes = [1, 2, 4, ...range(8, 248, 8), ...range(256, 2048, 16)]
  return { scheduler, cudaGraphs: { decode: sizes, prefill: sizes } }
}

/**
 * Chunks of 32,768 (DeepSeek-R1 in FP4 16,384) and `--scheduler-recv-interval` 10, 30 from 16 concurrent requests,
 * on Blackwell; chunks of 32,768 on Hopper. On AMD chunks of 131,072 (MI300X) and 196,608, in FP4 with long prompts of
 * many requests 32,768. Their `--num-continuous-decode-steps` does nothing: the loop that read it went with the
 * overlap scheduler (sgl-project/sglang, pull request 2095).
 */
function sglang({ system, model_path: model, precision }, { isDump, concurrency, isl }) {
  const scheduler = { policy: 'sglang', maxNumBatchedTokens: 8192, maxNumSeqs: 2048 }
  if (!isDump) return { scheduler }
  if (system.startsWith('mi')) {
    const isCut = precision === 'fp4' && isl === 8192 && concurrency > 32
    return {
      scheduler: {
        ...scheduler,
        maxNumBatchedTokens: system === 'mi300x' ? 131_072 : isCut ? 32_768 : 196_608,
      },
    }
  }
  const chunk = /DeepSeek/.test(model) && precision === 'fp4' ? 16_384 : 32_768
  const looks = BLACKWELL.test(system) ? { maxWaitingSteps: concurrency >= 16 ? 30 : 10 } : {}
  return { scheduler: { ...scheduler, maxNumBatchedTokens: chunk, ...looks } }
}

/**
 * No chunked prefill. DeepSeek's budget holds one prompt beside the decodes (`CONC + ISL + 64`), with attention data
 * parallelism prompts wait up to 60 steps for each other; the others have 20,000 tokens.
 */
function trtllm({ model_path: model }, { isDump, concurrency, isl, replicas }) {
  const one = 64 * Math.ceil((concurrency + isl + 64) / 64)
  const tokens = isDump ? (/DeepSeek/.test(model) ? one : 20_000) : Math.max(8192, one)
  return {
    scheduler: {
      policy: 'mixed',
      maxNumBatchedTokens: tokens,
      maxNumSeqs: 2048,
      ...(isDump && replicas > 1 ? { balanceSteps: 60 } : {}),
    },
    cudaGraphs: { decode: [1, 2, 4, ...range(8, 128, 8), 256, 512, 1024, 2048], padding: true },
  }
}

function range(first, last, step) {
  return Array.from({ length: (last - first) / step + 1 }, (_, i) => first + i * step)
}
