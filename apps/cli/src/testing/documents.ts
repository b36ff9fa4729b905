// Small valid documents of what comes from outside, which tests change.

/** A serving configuration with something of everything. */
export const serving = {
  seed: 1,
  horizonS: 100,
  workload: {
    type: 'synthetic',
    requests: 20,
    arrival: { process: 'gamma', ratePerS: 10, cv: 2 },
    inputTokens: { distribution: 'lognormal', mean: 100, stdev: 20, min: 10, max: 200 },
    outputTokens: { distribution: 'zipf', min: 1, max: 20, theta: 1.1 },
    prefix: { tokens: 16, groups: 3, skew: 1 },
    sessions: { rounds: 2, thinkS: { meanS: 1 } },
    classes: [{ name: 'a', share: 1, priority: 1, timeoutS: 10 }],
  },
  stepTime: { type: 'linear', perStepUs: 1000, perPrefillTokenUs: 1 },
  scheduler: {
    policy: 'vllm-v1',
    maxNumSeqs: 8,
    maxNumBatchedTokens: 64,
    order: 'priority',
    watermark: 0.1,
  },
  kv: {
    blocks: 200,
    blockSize: 16,
    prefixCaching: true,
    bytesPerToken: 1000,
    tiers: [
      { type: 'host', capacityGB: 1 },
      { type: 'ssd', bandwidthGBps: 1 },
    ],
    hostBandwidthGBps: 10,
  },
  cpuOverhead: { perStepUs: 10, perSequenceUs: 1 },
  cudaGraphs: { decode: [1, 2, 4], prefill: { upTo: 64 }, padding: true },
  speculation: { method: 'ngram', depth: 3, acceptance: 0.5 },
  instances: [
    { name: 'p', role: 'prefill', count: 2 },
    { name: 'd', role: 'decode' },
  ],
  routing: { policy: 'prefix-aware', stalenessMs: 1, index: 'approximate', indexBlocks: 10 },
  admission: { policy: 'token-bucket', burstTokens: 1000, tokensPerS: 1000 },
  transfer: { bandwidthGBps: 10, latencyUs: 10 },
  autoscaling: { prefill: { min: 1, max: 2, intervalS: 1, startupS: 1 } },
  slo: { default: { ttftMs: 100, tpotMs: 10 } },
}
const { workload, instances: _, autoscaling: __, ...run } = serving
/** A comparison of it. */
export const comparison = { seed: 1, workload, runs: [{ name: 'a', ...run }], reference: 'a' }
const list = [
  {
    name: 'a',
    changes: [
      { do: 'batch', factor: 2 },
      { do: 'scale', match: { name: 'gemm', stream: [7] }, factor: 0.5 },
      { do: 'graph', launchUs: 5 },
      { do: 'slow-rank', rank: 1, factor: 1.2 },
    ],
  },
]
/** Scenarios of a what-if. */
export const scenarios = { scenarios: list }
/** What the YAML documents are read with. */
export const reader = {
  source: 'x.yaml',
  readText: (path: string): string => {
    throw new Error(`no file ${path}`)
  },
}

/** A config.json of a model. */
export const modelConfig = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 100,
  max_position_embeddings: 128,
  torch_dtype: 'bfloat16',
}

/** A body of POST /tasks. */
export const task = {
  kernel_name: 'k',
  op: 'matmul',
  input_dim: [
    [1, 2],
    [2, 3],
  ],
  dtype: ['bf16'],
  system_key: 'A100_4_fp16',
}

/** Workload traces of four formats. */
export const workloads = [
  'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,374,44\n',
  'id,arrival_ns,input_tokens,output_tokens\na,0,5,6\nb,1000,7,8\n',
  '{"timestamp": 1, "input_length": 5, "output_length": 6, "hash_ids": [1, 2]}\n',
  '{"schema":"flowsim.serving-workload/1","name":"w","requests":[{"id":"a","arrivalNs":0,"inputTokens":1,"outputTokens":2}]}',
]

/** Operations with few and with many fields. */
export const operations = [
  { op: 'matmul', m: 1, n: 2, k: 3, dtype: 'bf16' },
  {
    op: 'moe',
    tokens: 4,
    hidden: 64,
    inter: 64,
    experts: 8,
    topk: 2,
    gated: true,
    dtype: 'bf16',
  },
  {
    op: 'attention',
    phase: 'decode',
    batch: 2,
    queryLen: 1,
    kvLen: 128,
    heads: 8,
    kvHeads: 2,
    headDim: 64,
    causal: true,
    dtype: 'bf16',
  },
]
