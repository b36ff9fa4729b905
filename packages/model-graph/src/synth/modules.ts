// nn.Module frames of an operation: classes by the path of its module, numbered by class in order of
// first use, as the profiler numbers instances.
import type { GraphOp } from '../graph.js'
import type { ModelConfig } from '../model.js'

const FAMILIES: Record<string, string> = {
  llama: 'Llama',
  mistral: 'Mistral',
  mixtral: 'Mixtral',
  qwen2: 'Qwen2',
  qwen3: 'Qwen3',
  qwen2_moe: 'Qwen2Moe',
  qwen3_moe: 'Qwen3Moe',
  deepseek_v2: 'DeepseekV2',
  deepseek_v3: 'DeepseekV2',
  kimi_k2: 'DeepseekV2',
  gpt2: 'GPT2',
  gpt_oss: 'GptOss',
}

const CLASSES: [RegExp, string][] = [
  [/^embed_/, 'VocabParallelEmbedding'],
  [/norm$/, 'RMSNorm'],
  [/^qkv_proj$/, 'QKVParallelLinear'],
  [/^(gate_up_proj|in_proj|fused_qkv_a_proj)$/, 'MergedColumnParallelLinear'],
  [/^(o_proj|down_proj|out_proj)$/, 'RowParallelLinear'],
  [/^(gate|kv_a_proj|shared_expert_gate|weights_proj|wk|wq_b|in_proj_ba)$/, 'ReplicatedLinear'],
  [/_proj$/, 'ColumnParallelLinear'],
  [/^rotary_emb$/, 'RotaryEmbedding'],
  [/^attn$/, 'RadixAttention'],
  [/^act_fn$/, 'SiluAndMul'],
  [/^topk$/, 'TopK'],
  [/^experts$/, 'FusedMoE'],
  [/^indexer$/, 'Indexer'],
  [/^logits_processor$/, 'LogitsProcessor'],
  [/^sampler$/, 'Sampler'],
  [/^conv1d$/, 'CausalConv1d'],
]

/** Names the module frames of operations, outermost first; the same path gets the same names. */
export class ModuleNames {
  readonly #family: string
  readonly #instances = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  readonly #frames = new Map<string, string[]>()

  constructor(private readonly model: ModelConfig) {
    this.#family =
      FAMILIES[model.architecture] ??
      model.architecture
        .split('_')
        .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
        .join('')
  }

  frames(op: GraphOp): string[] {
    const known = this.#frames.get(op.module)
    if (known !== undefined) return known
    const frames = this.#name(op)
    this.#frames.set(op.module, frames)
    return frames
  }

  #name(op: GraphOp): string[] {
    const segments = op.module.split('.')
    const frames: string[] = []
    let path = ''
    for (let i = 0; i < segments.length; i++) {
      const segment = segments[i]!
      // The LM head is multiplied inside of the logits processor.
      const own = segment === 'lm_head' ? 'logits_processor' : segment
      path = path === '' ? own : `${path}.${own}`
      if (segment === 'layers') continue
      const name = this.#className(own, op)
      if (name !== undefined) frames.push(this.#instance(path, name))
    }
    return frames
  }

  #className(segment: string, op: GraphOp): string | undefined {
    const kind = this.model.layerKinds[this.model.layers[op.layer ?? 0]!]!
    if (segment === 'model') return `${this.#family}Model`
    if (/^\d+$/.test(segment)) return `${this.#family}DecoderLayer`
    if (segment === 'self_attn') {
      return `${this.#family}Attention${kind.mixer.type === 'mla' ? 'MLA' : ''}`
    }
    if (segment === 'linear_attn') return `${this.#family}GatedDeltaNet`
    if (segment === 'mlp') return `${this.#family}${kind.ffn.type === 'moe' ? 'MoE' : 'MLP'}`
    if (segment === 'shared_experts') return `${this.#family}MLP`
    const found = CLASSES.find(([pattern]) => pattern.test(segment))?.[1]
    return found === 'RMSNorm' && this.model.norm === 'layernorm' ? 'LayerNorm' : found
  }

  #instance(path: string, className: string): string {
    const known = this.#instances.get(path)
    if (known !== undefined) return known
    const number = this.#counts.get(className) ?? 0
    this.#counts.set(className, number + 1)
    const name = `${className}_${number}`
    this.#instances.set(path, name)
    return name
  }
}
