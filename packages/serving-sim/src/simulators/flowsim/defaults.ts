// What holds where a configuration says nothing: values of the deployment around the engines, in the units of the
// configuration, each with its source. Those of an engine itself are in its facts.

/** A default, and where it is from. */
export interface Default<Value> {
  value: Value
  source: string
}

const by =
  (source: string) =>
  <Value>(value: Value): Default<Value> => ({ value, source })

const vllm = by("vLLM v1's default")
const sglang = by("SGLang router's default")
const dynamo = by("Dynamo's default")
const llmd = by("llm-d's default")
const gateway = by("the Kubernetes gateway inference extension's default")
const blis = by("BLIS's default")
const own = by("this simulator's")

export const ROUTING = {
  policy: own('round-robin' as const),
  stalenessMs: own(0),
  index: own('precise' as const),
  indexBlocks: llmd(31_250),
  cacheThreshold: sglang(0.5),
  balanceAbsThreshold: sglang(32),
  balanceRelThreshold: sglang(1.1),
  overlapWeight: dynamo(1),
}

/** Weights of llm-d's default profile, with the prefix found in the cache itself. */
export const SCORERS = { 'prefix-cache': 2, 'queue-depth': 1, 'kv-utilization': 1 }

export const ADMISSION = {
  policy: own('always' as const),
  burstTokens: blis(10_000),
  tokensPerS: blis(1000),
  maxQueue: gateway(5),
  maxKvUse: gateway(0.8),
  shedPriority: own(1),
}

export const SCALING = {
  min: own(1),
  intervalS: own(10),
  startupS: own(60),
  upKvUse: blis(0.8),
  upQueue: own(4),
  downKvUse: blis(0.4),
  downStabilisationS: own(120),
}

export const TRANSFER = {
  bandwidthGBps: by('a port of 400 Gbit/s')(50),
  latencyUs: by('unverified')(50),
}

export const LORA = {
  rank: vllm(16),
  maxLoras: vllm(1),
  modules: own('attention, mlp'),
  hostAdapters: own('all'),
  hostBandwidthGBps: by('PCIe 5 x16, one direction, at the 85 % that copies reach')(53),
  hostLatencyUs: by('unverified')(10),
  storageGBps: by('an NVMe drive of PCIe 4, unverified')(7),
  storageLatencyMs: by('unverified')(1),
}

export const FAILURES = {
  mtbfHours: by(
    'Llama 3 herd of models, 3.3.4: 419 unexpected interruptions in 54 days of 16,384 H100',
  )(50_677),
  requests: own('retry' as const),
  detectS: by('unverified')(10),
  weightsGBps: by('an NVMe drive of PCIe 4, unverified')(7),
  startS: by('unverified')(60),
}

export const STRUCTURED_OUTPUT = {
  engine: vllm('xgrammar' as const),
  maskThreads: own(1),
  compileThreads: own(1),
  overlapped: by('vLLM since 0.12 and SGLang fill masks while the model runs')(true),
}

/** The tokens of a step, both of them. */
export const ENCODER = {
  budgetTokens: "vLLM v1's default: max_num_encoder_input_tokens is max_num_batched_tokens",
  cacheTokens: "vLLM v1's default: encoder_cache_size is max_num_batched_tokens",
}

const hicache = by("SGLang HiCache's, and what LMCache does")

/** Of each type of `kv.tiers`. */
export const TIERS = {
  host: { write: hicache('through' as const) },
  ssd: {
    write: hicache('through' as const),
    shared: own(false),
    bandwidthGBps: by('an NVMe drive of PCIe 4, unverified')(7),
    latencyUs: by('unverified')(100),
  },
  remote: {
    write: hicache('through' as const),
    shared: by('as Mooncake Store and the remote backends of LMCache are')(true),
    bandwidthGBps: by("a port of 200 Gbit/s: Mooncake's Transfer Engine reaches 87 GB/s over four")(
      21.75,
    ),
    latencyUs: by('unverified')(50),
  },
}

export const KV = {
  blockSize: vllm(16),
  memoryUtilization: vllm(0.9),
  prefixCaching: vllm(true),
  hostBandwidthGBps: by('PCIe 5 x16, one direction, at the 85 % that copies reach')(53),
  hostLatencyUs: by('unverified')(10),
}

type Values<Section> = {
  [Field in keyof Section]: Section[Field] extends Default<infer Value> ? Value : never
}

/** The values of a section of defaults. */
export function valuesOf<Section extends Record<string, Default<unknown>>>(
  section: Section,
): Values<Section> {
  return Object.fromEntries(
    Object.entries(section).map(([field, { value }]) => [field, value]),
  ) as Values<Section>
}
