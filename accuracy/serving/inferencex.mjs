// Measured points of SemiAnalysis InferenceX (DeepSeek R1) as configurations of the simulator.
//
// What a row says is taken as it stands: tensor and expert parallelism of a worker, replicas of the attention as many
// as its devices where it is data-parallel, workers of each role, lengths, concurrency. Means hold the start, when all
// requests arrive at once; medians are compared.
//
// What a row does not say follows from the framework, the same for all rows:
// - prompts and outputs have 80 to 100 % of the stated tokens, ten times as many requests as are concurrent, in a
//   closed loop: the client of InferenceX (`--random-range-ratio 0.8`)
// - servers have the options that the benchmark publishes: server-options.mjs. ATOM is taken to schedule as vLLM
// - experts of TensorRT-LLM in FP8 run in its own kernels on Blackwell (`moe_config.backend: TRTLLM`), with
//   data-parallel attention and drafts in DeepGEMM
// - KV is FP8, but for SGLang on Hopper, whose scripts do not ask for it
// - how many drafted tokens are accepted: accepted-tokens.mjs
// - drafted tokens: as many as those whose published figure is the nearest to the tokens of a step. That gives what the
//   scripts on one node ask for: SGLang's two, TensorRT-LLM's three and with data-parallel attention one, ATOM's three
//   in FP8 and one in FP4 (github.com/SemiAnalysisAI/InferenceX, benchmarks/single_node/fixed_seq_len/
//   dsr1_*_mtp.sh). Those of several nodes draft one to four, other numbers for other concurrencies. Where a row does
//   not tell, as many as on one node

import { depthOf, tokensWhere } from './acceptance.mjs'
import { tokensPerStep } from './accepted-tokens.mjs'
import { halfOf } from './halves.mjs'
import { withKernels } from './served-facts.mjs'
import { serverOptions } from './server-options.mjs'

const MODEL = 'deepseek-ai/DeepSeek-R1-0528'

/** Devices that the fast links join. */
const NODE_DEVICES = { gb200: 72, gb300: 72 }

const HARDWARE = {
  h100: 'h100_sxm',
  h200: 'h200_sxm',
  b200: 'b200_sxm',
  b300: 'b300_sxm',
  gb200: 'gb200',
  gb300: 'gb300',
  mi300x: 'mi300x',
  mi355x: 'mi355x',
}

const ENGINES = [
  [/sglang/, 'sglang'],
  [/trt/, 'trtllm'],
  [/atom/, 'vllm'],
]

const HOPPER = /^h[12]00/

/** What says which deployment a row is of. */
const DEPLOYMENT = [
  'hardware',
  'framework',
  'image',
  'precision',
  'spec_method',
  'disagg',
  ...['prefill', 'decode'].flatMap((role) =>
    ['tp', 'ep', 'dp_attention', 'num_workers'].map((field) => `${role}_${field}`),
  ),
]

/** Which half of the deployments a row belongs to: `fit` or `report`. */
export const halfOfRow = (row) => halfOf(row, DEPLOYMENT)

const isTrue = (text) => text === 'True'

/** A worker of a role; `why` where it is none that can be simulated. */
function workerOf(row, role) {
  const devices = Number(row[`${role}_tp`])
  const expert = Number(row[`${role}_ep`])
  const replicated = isTrue(row[`${role}_dp_attention`])
  const most = NODE_DEVICES[row.hardware] ?? 8
  if (devices > most) return { why: 'a worker spans several boards' }
  if (expert > devices)
    return { why: 'the file divides experts over more devices than a worker has' }
  return {
    devices,
    fields: {
      ...(replicated
        ? { tensorParallel: 1, dataParallel: devices }
        : { tensorParallel: devices, dataParallel: 1 }),
      expertParallel: expert,
      moeTensorParallel: devices / expert,
    },
  }
}

/** How a step's drafts are made; undefined: none are. */
function speculationOf(row, engine, { replicated }) {
  if (row.spec_method !== 'mtp') return undefined
  const counted = tokensPerStep(row)
  if (counted !== null) {
    return { method: 'mtp', depth: depthOf(counted), acceptance: { meanTokens: counted } }
  }
  const depth = {
    sglang: 2,
    trtllm: replicated ? 1 : 3,
    vllm: row.precision === 'fp4' ? 1 : 3,
  }[engine]
  return { method: 'mtp', depth, acceptance: { meanTokens: tokensWhere(depth) } }
}

/** Most generated tokens of a run, so that the whole file takes minutes. */
const MOST_TOKENS = 1e6

/** What is measured, and the configuration that simulates it; `why` instead where there is none. */
export function pointOf(row) {
  const isl = Number(row.isl)
  const osl = Number(row.osl)
  const concurrency = Number(row.conc)
  const split = isTrue(row.disagg)
  const engine = ENGINES.find(([pattern]) => pattern.test(row.framework))[1]
  const point = {
    engine,
    hardware: row.hardware,
    framework: row.framework,
    precision: row.precision,
    method: row.spec_method,
    mode: split ? 'disaggregated' : 'aggregated',
    isl,
    osl,
    concurrency,
    tpotS: Number(row.median_tpot),
    ttftS: Number(row.median_ttft),
    tokensPerS: Number(row.tput_per_gpu),
  }
  const decode = workerOf(row, 'decode')
  const prefill = split ? workerOf(row, 'prefill') : decode
  const hasWorkers = ['prefill', 'decode'].every((role) => Number(row[`${role}_num_workers`]) > 0)
  const why =
    split && !hasWorkers
      ? 'the file does not say how many workers there are'
      : (decode.why ?? prefill.why)
  if (why !== undefined) return { ...point, why }
  const fp4 = row.precision === 'fp4'
  const replicas = Math.max(prefill.fields.dataParallel, decode.fields.dataParallel)
  const isDeepGemm = ({ dataParallel }) =>
    engine === 'trtllm' && row.spec_method === 'mtp' && dataParallel > 1
  const stepTime = ({ fields }) => ({
    type: 'model',
    model: MODEL,
    hardware: HARDWARE[row.hardware],
    ...fields,
    // NVIDIA's and AMD's FP4 checkpoints quantise experts and MLPs.
    ...(fp4
      ? { precision: { experts: 'nvfp4', mlp: 'nvfp4', shared: 'nvfp4', attention: 'bf16' } }
      : {}),
    ...(engine === 'sglang' && HOPPER.test(row.hardware) ? {} : { kvPrecision: 'fp8' }),
    ...(NODE_DEVICES[row.hardware] === undefined
      ? {}
      : { devicesPerNode: NODE_DEVICES[row.hardware] }),
    ...(isDeepGemm(fields)
      ? withKernels(
          'trtllm',
          ({ unmeasuredExperts: { mxfp4 } }) => ({ unmeasuredExperts: { mxfp4 } }),
          'moe_config.backend DEEPGEMM of InferenceX',
        )
      : { kernels: engine }),
    expertLoad: 'power_law_1.2',
  })
  const length = (tokens) => ({
    distribution: 'uniform',
    min: Math.ceil(0.8 * tokens),
    max: tokens,
  })
  const rounds = Math.min(10, Math.max(2, Math.floor(MOST_TOKENS / (concurrency * osl))))
  const speculation = speculationOf(row, engine, {
    replicated: isTrue(row.decode_dp_attention),
  })
  const common = {
    engine: 'flowsim',
    workload: {
      type: 'synthetic',
      users: concurrency,
      requests: concurrency * rounds,
      inputTokens: length(isl),
      outputTokens: length(osl),
    },
    ...serverOptions(
      { backend: engine, system: row.hardware, model_path: MODEL, precision: row.precision },
      { isDump: true, concurrency: concurrency * (1 + (speculation?.depth ?? 0)), isl, replicas },
    ),
    kv: { prefixCaching: false },
    ...(speculation === undefined ? {} : { speculation }),
  }
  if (!split)
    return { ...point, devices: decode.devices, config: { ...common, stepTime: stepTime(decode) } }
  const group = (role, worker) => ({
    name: role,
    role,
    count: Number(row[`${role}_num_workers`]),
    stepTime: stepTime(worker),
  })
  return {
    ...point,
    devices: Number(row.num_prefill_gpu) + Number(row.num_decode_gpu),
    config: { ...common, instances: [group('prefill', prefill), group('decode', decode)] },
  }
}
