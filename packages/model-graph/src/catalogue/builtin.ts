// The built-in models: each the fields of its published config.json that its operations follow from,
// with its names and the parameters that its publisher states under the key `flowsim`.
import codellama34b from './models/codellama-34b.json' with { type: 'json' }
import deepseekV2 from './models/deepseek-v2.json' with { type: 'json' }
import deepseekV2Lite from './models/deepseek-v2-lite.json' with { type: 'json' }
import deepseekV32 from './models/deepseek-v3.2.json' with { type: 'json' }
import deepseekV3 from './models/deepseek-v3.json' with { type: 'json' }
import deepseekV4Flash from './models/deepseek-v4-flash.json' with { type: 'json' }
import gemma29b from './models/gemma-2-9b.json' with { type: 'json' }
import gemma327b from './models/gemma-3-27b.json' with { type: 'json' }
import gemma426bA4b from './models/gemma-4-26b-a4b.json' with { type: 'json' }
import glm45 from './models/glm-4.5.json' with { type: 'json' }
import glm45Air from './models/glm-4.5-air.json' with { type: 'json' }
import glm52Fp8 from './models/glm-5.2-fp8.json' with { type: 'json' }
import glm5 from './models/glm-5.json' with { type: 'json' }
import glm5Fp8 from './models/glm-5-fp8.json' with { type: 'json' }
import gptOss20b from './models/gpt-oss-20b.json' with { type: 'json' }
import gptOss120b from './models/gpt-oss-120b.json' with { type: 'json' }
import gpt2 from './models/gpt2.json' with { type: 'json' }
import gpt3175b from './models/gpt3-175b.json' with { type: 'json' }
import internlm20b from './models/internlm-20b.json' with { type: 'json' }
import internlm220b from './models/internlm2-20b.json' with { type: 'json' }
import kimiK25 from './models/kimi-k2.5.json' with { type: 'json' }
import kimiK2 from './models/kimi-k2.json' with { type: 'json' }
import kimiK3 from './models/kimi-k3.json' with { type: 'json' }
import llama27b from './models/llama-2-7b.json' with { type: 'json' }
import llama213b from './models/llama-2-13b.json' with { type: 'json' }
import llama270b from './models/llama-2-70b.json' with { type: 'json' }
import llama318b from './models/llama-3.1-8b.json' with { type: 'json' }
import llama3170b from './models/llama-3.1-70b.json' with { type: 'json' }
import llama31405b from './models/llama-3.1-405b.json' with { type: 'json' }
import llama321b from './models/llama-3.2-1b.json' with { type: 'json' }
import llama323b from './models/llama-3.2-3b.json' with { type: 'json' }
import llama38b from './models/llama-3-8b.json' with { type: 'json' }
import llama370b from './models/llama-3-70b.json' with { type: 'json' }
import llama4Maverick from './models/llama-4-maverick.json' with { type: 'json' }
import llama4Scout from './models/llama-4-scout.json' with { type: 'json' }
import mimoV2Flash from './models/mimo-v2-flash.json' with { type: 'json' }
import minimaxM2 from './models/minimax-m2.json' with { type: 'json' }
import minimaxM3 from './models/minimax-m3.json' with { type: 'json' }
import mistral7b from './models/mistral-7b.json' with { type: 'json' }
import mistral7bV01 from './models/mistral-7b-v0.1.json' with { type: 'json' }
import mistralLarge123b from './models/mistral-large-123b.json' with { type: 'json' }
import mistralNemo12b from './models/mistral-nemo-12b.json' with { type: 'json' }
import mistralSmall24b from './models/mistral-small-24b.json' with { type: 'json' }
import mixtral8x7b from './models/mixtral-8x7b.json' with { type: 'json' }
import mixtral8x22b from './models/mixtral-8x22b.json' with { type: 'json' }
import nemotron3Nano30bA3b from './models/nemotron-3-nano-30b-a3b.json' with { type: 'json' }
import nemotron3Super120bA12b from './models/nemotron-3-super-120b-a12b.json' with { type: 'json' }
import nemotron3Ultra550bA55b from './models/nemotron-3-ultra-550b-a55b.json' with { type: 'json' }
import phi2 from './models/phi-2.json' with { type: 'json' }
import phi3Mini from './models/phi-3-mini.json' with { type: 'json' }
import qwen72b from './models/qwen-72b.json' with { type: 'json' }
import qwen1505b from './models/qwen1.5-0.5b.json' with { type: 'json' }
import qwen2505b from './models/qwen2.5-0.5b.json' with { type: 'json' }
import qwen2515b from './models/qwen2.5-1.5b.json' with { type: 'json' }
import qwen253b from './models/qwen2.5-3b.json' with { type: 'json' }
import qwen257b from './models/qwen2.5-7b.json' with { type: 'json' }
import qwen2514b from './models/qwen2.5-14b.json' with { type: 'json' }
import qwen2532b from './models/qwen2.5-32b.json' with { type: 'json' }
import qwen2572b from './models/qwen2.5-72b.json' with { type: 'json' }
import qwen3535bA3b from './models/qwen3.5-35b-a3b.json' with { type: 'json' }
import qwen35122bA10b from './models/qwen3.5-122b-a10b.json' with { type: 'json' }
import qwen35397bA17b from './models/qwen3.5-397b-a17b.json' with { type: 'json' }
import qwen306b from './models/qwen3-0.6b.json' with { type: 'json' }
import qwen34b from './models/qwen3-4b.json' with { type: 'json' }
import qwen38b from './models/qwen3-8b.json' with { type: 'json' }
import qwen314b from './models/qwen3-14b.json' with { type: 'json' }
import qwen330bA3b from './models/qwen3-30b-a3b.json' with { type: 'json' }
import qwen332b from './models/qwen3-32b.json' with { type: 'json' }
import qwen3235bA22b from './models/qwen3-235b-a22b.json' with { type: 'json' }
import qwen3235bA22bFp8 from './models/qwen3-235b-a22b-fp8.json' with { type: 'json' }
import qwen3Coder480bA35b from './models/qwen3-coder-480b-a35b.json' with { type: 'json' }
import qwen3Next80bA3b from './models/qwen3-next-80b-a3b.json' with { type: 'json' }
import qwen3Vl8b from './models/qwen3-vl-8b.json' with { type: 'json' }
import qwen3Vl235bA22b from './models/qwen3-vl-235b-a22b.json' with { type: 'json' }
import starcoder215b from './models/starcoder2-15b.json' with { type: 'json' }
import step37Flash from './models/step-3.7-flash.json' with { type: 'json' }
import yi6b from './models/yi-6b.json' with { type: 'json' }
import yi34b from './models/yi-34b.json' with { type: 'json' }

/** What stands under `flowsim` in the file of a built-in model. */
export interface BuiltIn {
  name: string
  /** Other names, such as those of its repositories on Hugging Face without their owner. */
  aliases: string[]
  source: string
  /** Parameters that its publisher states (model card or paper), multi-token prediction left out. */
  parameters: number
  /** Parameters that one token uses, where the publisher states them. */
  active?: number
}

/** The built-in models, in the order in which they are listed. */
export const BUILT_IN: readonly { flowsim: BuiltIn }[] = [
  llama27b,
  llama213b,
  llama270b,
  codellama34b,
  llama38b,
  llama370b,
  llama318b,
  llama3170b,
  llama31405b,
  llama321b,
  llama323b,
  llama4Scout,
  llama4Maverick,
  mistral7b,
  mistral7bV01,
  mistralNemo12b,
  mistralSmall24b,
  mistralLarge123b,
  mixtral8x7b,
  mixtral8x22b,
  yi6b,
  yi34b,
  internlm20b,
  internlm220b,
  qwen72b,
  qwen1505b,
  qwen2505b,
  qwen2515b,
  qwen253b,
  qwen257b,
  qwen2514b,
  qwen2532b,
  qwen2572b,
  qwen306b,
  qwen34b,
  qwen38b,
  qwen314b,
  qwen332b,
  qwen330bA3b,
  qwen3235bA22b,
  qwen3235bA22bFp8,
  qwen3Coder480bA35b,
  qwen3Next80bA3b,
  qwen35397bA17b,
  deepseekV2Lite,
  deepseekV2,
  deepseekV3,
  deepseekV32,
  kimiK2,
  kimiK25,
  glm5,
  glm5Fp8,
  glm52Fp8,
  gpt2,
  gpt3175b,
  phi2,
  phi3Mini,
  gptOss20b,
  gptOss120b,
  minimaxM2,
  glm45,
  glm45Air,
  gemma29b,
  gemma327b,
  starcoder215b,
  deepseekV4Flash,
  kimiK3,
  minimaxM3,
  nemotron3Nano30bA3b,
  nemotron3Super120bA12b,
  nemotron3Ultra550bA55b,
  gemma426bA4b,
  step37Flash,
  mimoV2Flash,
  qwen3535bA3b,
  qwen35122bA10b,
  qwen3Vl8b,
  qwen3Vl235bA22b,
]
