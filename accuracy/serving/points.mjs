// Measured serving points (TTFT and TPOT of deployments) as configurations of the simulator.
//
// What a row says is taken as it stands, but for this:
// - The file writes `tp 8, ep 8` of the benchmark's configuration as moe_tp 8 × moe_ep 8 and 64 devices.
//   A board has 8: both degrees are of the same devices (`tp8_ep8` in the id).
// - Aggregated points of GB200 with 12 to 72 devices are the sums of a disaggregated deployment's devices;
//   how these are used is not in the file. They are left out, and counted.
// - `precision` is that of a checkpoint. Which layers it quantises is that checkpoint's choice.
//
// What a row does not say follows from the engine and the benchmark, the same for all rows:
// - Concurrency is a closed loop of ten times as many requests, the means over all of which are compared:
//   the client of InferenceMAX. Its lengths are uniform from 80 to 100 % of those stated (`random-range-ratio
//   0.8`). aiconfigurator's own runs do not state theirs. Exact ones keep requests in step, as they were
//   with SGLang, but not with vLLM and TensorRT-LLM, whose lengths are taken to vary by a tenth around those stated
//   (on the half that is fitted: mean |ln| of TTFT 0.25 and 0.32, 0.33 and 0.34 with the client's, 0.63 and 0.42 exact).
// - Where the concurrency is a multiple of `batch_size` a replica, so many instances stand behind one client.
// - vLLM 0.12 in FP8 of aiconfigurator's own runs answers more prompt tokens a second than the device can compute: it has
//   its prefix cache, and the client repeats its prompts (aiperf sends 100 different ones by default).
// - Servers have the options that the benchmark publishes: server-options.mjs. KV is FP8 on Blackwell and in
//   TensorRT-LLM's FP8 and FP4.
import { servedEngine } from './served-facts.mjs'
import { serverOptions } from './server-options.mjs'

/** Devices that the fast links join. */
const NODE_DEVICES = { gb200: 72, gb300: 72 }

/** The rows of the file, by column name. */
export function readPoints(text) {
  const [head, ...lines] = text.trim().split(/\r?\n/)
  const columns = head.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]]))
  })
}

const number = (text) => (text === '' || text === undefined ? null : Number(text))

/** Parallelism of a role: agg has no prefix in the columns. */
function parallelismOf(row, prefix) {
  const get = (name) => number(row[`${prefix}${name}`]) ?? 1
  const tensor = Math.max(1, get('tp_size'))
  const data = Math.max(1, get('attention_dp_size'))
  const moeTensor = Math.max(1, get('moe_tp_size'))
  const expert = Math.max(1, get('moe_ep_size'))
  const pipeline = Math.max(1, get('pp_size'))
  // tp n and ep n of the same n devices.
  const n =
    moeTensor > 1 && moeTensor === expert
      ? expert
      : tensor === data && tensor > 1 && expert === tensor * data
        ? tensor
        : 0
  if (n > 0) {
    return data > 1
      ? { tensor: 1, data: n, moeTensor: 1, expert: n, pipeline }
      : { tensor: n, data: 1, moeTensor: 1, expert: n, pipeline }
  }
  return { tensor, data, moeTensor, expert, pipeline }
}

/** How the checkpoints of a precision are stored; undefined: as the model's own. */
function precisionOf({ model_path: model, gemm_quant_mode: gemm, precision }) {
  if (/gpt-oss/.test(model)) return undefined
  if (/DeepSeek|Kimi|GLM|MiniMax/.test(model)) {
    // Native checkpoints are FP8 in blocks, Kimi's experts INT4; NVIDIA's FP4 ones quantise experts and MLPs.
    if (precision === 'fp4')
      return { experts: 'nvfp4', mlp: 'nvfp4', shared: 'nvfp4', attention: 'bf16' }
    return /GLM/.test(model) ? 'fp8_block' : undefined
  }
  if (precision === 'fp4' || gemm === 'nvfp4') return 'nvfp4'
  if (gemm === 'fp8_block' || (/Qwen/.test(model) && (precision === 'fp8' || gemm === 'fp8')))
    return 'fp8_block'
  if (precision === 'fp8' || gemm === 'fp8') return 'fp8'
  return 'bf16'
}

/** Models without experts. */
const DENSE = /Llama|Qwen3-32B/

/**
 * Whether the server ran multi-token prediction, which the file does not say: InferenceX published these images of
 * TensorRT-LLM with it only (`spec_method`). How many drafted tokens were accepted is not published.
 */
function isSpeculative({ backend_version: version, model_path: model, system }) {
  if (!/DeepSeek/.test(model)) return false
  return version === '1.2.0rc6.post3' || (version === '1.1.0rc2.post2' && /^h/.test(system))
}

/** Different prompts that aiperf sends by default. */
const DATASET_PROMPTS = 100

/** Whether prompts come again, and are found in the cache. */
function repeats({ backend, backend_version: version, precision }, isDump) {
  return !isDump && backend === 'vllm' && version.startsWith('0.12') && precision === 'fp8'
}

/** Instances behind one client: as many as its requests are batches of one, of whose replicas the file counts each. */
function instancesOf({ batch_size: batch, attention_dp_size: data }, concurrency) {
  const copies = concurrency / (Number(batch) * Math.max(1, Number(data)))
  return copies >= 1.9 && Number.isFinite(copies) ? Math.round(copies) : 1
}

/** What is measured, and the configuration that simulates it; `why` instead where there is none. */
export function pointOf(row, options = {}) {
  const concurrency =
    number(/silicon_concurrency=(\d+)/.exec(row.silicon_data_source)?.[1]) ?? number(row.batch_size)
  const isDump = !/source_file=data\//.test(row.silicon_data_source)
  const isl = number(row.isl)
  const osl = number(row.osl)
  const point = {
    id: row.id,
    system: row.system,
    model: row.model_path,
    backend: row.backend,
    mode: row.mode,
    precision: row.precision,
    isl,
    osl,
    concurrency,
    ttftMs: number(row.silicon_ttft_ms),
    tpotMs: number(row.silicon_tpot_ms),
    isDump,
  }
  if (isSpeculative(row))
    return { ...point, why: 'it verifies drafted tokens; how many are accepted is not known' }
  if (concurrency === null)
    return { ...point, why: 'the file does not say how many requests are concurrent' }
  const [least, most] = isDump ? [0.8, 1] : row.backend === 'sglang' ? [1, 1] : [0.9, 1.1]
  const length = (tokens) =>
    least === most
      ? tokens
      : {
          distribution: 'uniform',
          min: Math.ceil(least * tokens),
          max: Math.round(most * tokens),
        }
  const blackwell = /^g?b[23]00/.test(row.system)
  const kvFp8 = blackwell
    ? row.precision === 'fp8' || row.precision === 'fp4'
    : row.backend === 'trtllm' && row.precision === 'fp8'
  const stepTime = (p) => ({
    type: 'model',
    model: row.model_path.replace(/-(FP8|NVFP4)$/, ''),
    hardware: row.system,
    tensorParallel: p.tensor,
    dataParallel: p.data,
    expertParallel: p.expert,
    ...(DENSE.test(row.model_path) ? {} : { moeTensorParallel: p.moeTensor }),
    pipelineParallel: p.pipeline,
    ...(precisionOf(row) === undefined ? {} : { precision: precisionOf(row) }),
    ...(kvFp8 ? { kvPrecision: 'fp8' } : {}),
    ...(NODE_DEVICES[row.system] === undefined ? {} : { devicesPerNode: NODE_DEVICES[row.system] }),
    ...servedEngine(row),
    expertLoad: 'power_law_1.2',
    ...options.stepTime,
  })
  // Fewer rounds of the largest, so that the whole file takes minutes.
  const rounds = Math.min(10, Math.max(2, Math.floor(1e7 / (concurrency * osl))))
  const requests = concurrency * rounds
  const workload = {
    type: 'synthetic',
    users: concurrency,
    requests,
    // The last block of a prompt is computed again.
    ...(repeats(row, isDump)
      ? { inputTokens: 16, prefix: { tokens: isl - 16, groups: DATASET_PROMPTS } }
      : { inputTokens: length(isl) }),
    outputTokens: length(osl),
  }
  if (row.mode === 'agg') {
    const p = parallelismOf(row, '')
    const devices = p.tensor * p.data
    if (/^gb/.test(row.system) && devices > 8)
      return { ...point, why: 'its devices are those of a disaggregated deployment' }
    const copies = instancesOf(row, concurrency)
    return {
      ...point,
      devices: copies * devices,
      config: {
        engine: 'flowsim',
        workload,
        stepTime: stepTime(p),
        ...serverOptions(row, { ...point, replicas: p.data }),
        kv: { prefixCaching: repeats(row, isDump) },
        ...(copies > 1 ? { instances: [{ count: copies }] } : {}),
        ...options.config?.(row),
      },
    }
  }
  const prefill = parallelismOf(row, 'prefill_')
  const decode = parallelismOf(row, 'decode_')
  const workers = (name) => number(row[`${name}_num_workers`])
  if (workers('prefill') === null || workers('decode') === null)
    return { ...point, why: 'the file does not say how many workers there are' }
  const group = (role, p) => ({ name: role, role, count: workers(role), stepTime: stepTime(p) })
  return {
    ...point,
    devices:
      workers('prefill') * prefill.tensor * prefill.data +
      workers('decode') * decode.tensor * decode.data,
    config: {
      engine: 'flowsim',
      workload,
      ...serverOptions(row, { ...point, replicas: Math.max(prefill.data, decode.data) }),
      kv: { prefixCaching: false },
      instances: [group('prefill', prefill), group('decode', decode)],
      ...options.config?.(row),
    },
  }
}
