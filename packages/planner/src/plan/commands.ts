// Command lines that start the instances of a deployment in an engine. Options are those of vLLM 0.19 (docs.vllm.ai,
// "vllm serve"), SGLang 0.5 (docs.sglang.ai, "Server Arguments") and TensorRT-LLM 1.2 (nvidia.github.io/TensorRT-LLM,
// "trtllm-serve"). What an engine has no option for is said, and there is no command.
import type { Candidate, Group } from './family.js'
import type { Drafts, PlanQuestion } from './question.js'

/** How an instance is started; null: the engine cannot, for the reason. */
export interface EngineCommand {
  engine: PlanQuestion['engine']
  role: Group['role']
  instances: number
  command: string[] | null
  /** What the command needs beside it, and what stands against it. */
  notes: string[]
}

/** Commands of all three engines for each group. */
export function engineCommands(
  { model, drafts }: Pick<PlanQuestion, 'model' | 'drafts'>,
  { family, counts }: Candidate,
): EngineCommand[] {
  return (['vllm', 'sglang', 'trtllm'] as const).flatMap((engine) =>
    family.groups.map((group, i) => ({
      engine,
      role: group.role,
      instances: counts[i]!,
      ...WRITERS[engine](model, group, drafts),
    })),
  )
}

type Written = Pick<EngineCommand, 'command' | 'notes'>
type Writer = (model: string, group: Group, drafts: Drafts | undefined) => Written

const WRITERS: Record<PlanQuestion['engine'], Writer> = { vllm, sglang, trtllm }

function vllm(model: string, group: Group, drafts: Drafts | undefined): Written {
  const { layout, role, batchTokens, sequences, kvPrecision, precision, depth } = group
  const { tensorParallel, pipelineParallel, contextParallel, dataParallel, expertParallel } = layout
  const inner = tensorParallel * dataParallel
  if (expertParallel > 1 && expertParallel < inner) {
    return refusal(
      `vLLM divides experts over all ${inner} devices (EP ${inner}) or none, not ${expertParallel}`,
    )
  }
  return {
    command: [
      ...['vllm', 'serve', model],
      ...option('--tensor-parallel-size', tensorParallel),
      ...option('--pipeline-parallel-size', pipelineParallel),
      // Tokens divided over devices beside tensor parallelism; that of decodes would divide the same devices again.
      ...option('--prefill-context-parallel-size', contextParallel),
      ...option('--data-parallel-size', dataParallel),
      ...(expertParallel > 1 ? ['--enable-expert-parallel'] : []),
      ...(precision === undefined ? [] : ['--quantization', precision]),
      ...(kvPrecision === undefined ? [] : ['--kv-cache-dtype', kvPrecision]),
      ...['--max-num-seqs', String(sequences), '--max-num-batched-tokens', String(batchTokens)],
      ...(depth === 0
        ? []
        : [
            '--speculative-config',
            JSON.stringify({ method: drafts!.method, num_speculative_tokens: depth }),
          ]),
      ...(role === 'both' ? [] : ['--kv-transfer-config', transferConfig(role)]),
    ],
    notes:
      role === 'both'
        ? []
        : ['a proxy sends prompts to prefill instances first (vLLM, disaggregated prefilling)'],
  }
}

const transferConfig = (role: 'prefill' | 'decode') =>
  JSON.stringify({
    kv_connector: 'NixlConnector',
    kv_role: role === 'prefill' ? 'kv_producer' : 'kv_consumer',
  })

function sglang(model: string, group: Group, drafts: Drafts | undefined): Written {
  const { layout, role, batchTokens, sequences, kvPrecision, precision, depth } = group
  const { tensorParallel, pipelineParallel, contextParallel, dataParallel, expertParallel } = layout
  if (contextParallel > 1) return refusal('no option for context parallelism of decodes is known')
  return {
    command: [
      ...['python', '-m', 'sglang.launch_server', '--model-path', model],
      // With data-parallel attention SGLang counts all devices of a stage as tensor parallel.
      ...option('--tp-size', tensorParallel * dataParallel),
      ...option('--pp-size', pipelineParallel),
      ...(dataParallel > 1 ? ['--dp-size', String(dataParallel), '--enable-dp-attention'] : []),
      ...option('--ep-size', expertParallel),
      ...(precision === undefined ? [] : ['--quantization', precision]),
      ...(kvPrecision === undefined
        ? []
        : ['--kv-cache-dtype', kvPrecision === 'fp8' ? 'fp8_e4m3' : kvPrecision]),
      ...['--max-running-requests', String(sequences * dataParallel)],
      ...['--chunked-prefill-size', String(batchTokens * dataParallel)],
      ...(depth === 0
        ? []
        : [
            ...[
              '--speculative-algorithm',
              drafts!.method === 'mtp' ? 'NEXTN' : drafts!.method.toUpperCase(),
            ],
            ...['--speculative-num-steps', String(depth), '--speculative-eagle-topk', '1'],
            ...['--speculative-num-draft-tokens', String(depth + 1)],
          ]),
      ...(role === 'both' ? [] : ['--disaggregation-mode', role]),
    ],
    notes: role === 'both' ? [] : ['sglang_router --pd-disaggregation joins the two pools'],
  }
}

function trtllm(model: string, group: Group, drafts: Drafts | undefined): Written {
  const { layout, role, batchTokens, sequences, kvPrecision, precision, depth } = group
  const { tensorParallel, pipelineParallel, contextParallel, dataParallel, expertParallel } = layout
  if (contextParallel > 1)
    return refusal('no option for context parallelism of this model is known')
  if (precision !== undefined) return refusal(`takes a checkpoint that is in ${precision} already`)
  if (dataParallel > 1 && tensorParallel > 1) {
    return refusal('attention is either data parallel over all devices or tensor parallel')
  }
  const extra = {
    ...(dataParallel > 1 ? { enable_attention_dp: true } : {}),
    ...(kvPrecision === undefined ? {} : { kv_cache_config: { dtype: kvPrecision } }),
    ...(depth === 0
      ? {}
      : {
          speculative_config: {
            decoding_type: drafts!.method.toUpperCase(),
            num_nextn_predict_layers: depth,
          },
        }),
  }
  const hasExtra = Object.keys(extra).length > 0
  return {
    command: [
      ...['trtllm-serve', model],
      ...option('--tp_size', tensorParallel * dataParallel),
      ...option('--pp_size', pipelineParallel),
      ...option('--ep_size', expertParallel),
      ...['--max_batch_size', String(sequences), '--max_num_tokens', String(batchTokens)],
      ...(hasExtra ? ['--extra_llm_api_options', 'extra.yaml'] : []),
    ],
    notes: [
      ...(hasExtra ? [`extra.yaml: ${JSON.stringify(extra)}`] : []),
      ...(role === 'both' ? [] : ['trtllm-serve disaggregated joins the two pools']),
    ],
  }
}

const option = (name: string, degree: number) => (degree > 1 ? [name, String(degree)] : [])

const refusal = (why: string): Written => ({ command: null, notes: [why] })

/** A command as a line of a shell. */
export function shellLine(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}
