// What a serving engine writes around a step: how many sequences of which length it runs.
//   vLLM   execute_8192_context_9(sq8155sk8430sqsq7475785sqsk7671310)_generation_37(sq37sk34489…)
//          sq, sk: sums of query and key lengths; sqsq, sqsk: sums of q² and q·k
//   vLLM   execute_context_9(8155)_generation_37(37), with query tokens only
//   SGLang step[DECODE bs=32 toks=32]

/** One kind of sequences in a step. */
export interface Sequences {
  count: number
  queryTokens: number
  kvTokens?: number
  /** (query, key) pairs under a causal mask. */
  pairs?: number
}

/** The sequences of a step: prompts that are read, and sequences that grow by a token. */
export interface StepLengths {
  context: Sequences
  generation: Sequences
}

const NONE: Sequences = { count: 0, queryTokens: 0, kvTokens: 0, pairs: 0 }
const VLLM = /execute_(?:\d+_)?context_(\d+)\(([\w]*)\)_generation_(\d+)\(([\w]*)\)/
const SGLANG = /step\[(EXTEND|PREFILL|DECODE|MIXED|IDLE)\w* bs=(\d+) toks=(\d+)/i

/** Reads a step's annotation; `undefined` for any other text. */
export function readStepLabel(text: string): StepLengths | undefined {
  const vllm = VLLM.exec(text)
  if (vllm !== null) {
    return {
      context: sequences(Number(vllm[1]), vllm[2]!),
      generation: sequences(Number(vllm[3]), vllm[4]!),
    }
  }
  const sglang = SGLANG.exec(text)
  if (sglang === null) return undefined
  const some = { count: Number(sglang[2]), queryTokens: Number(sglang[3]) }
  return sglang[1]!.toUpperCase() === 'DECODE'
    ? { context: NONE, generation: some }
    : { context: some, generation: NONE }
}

function sequences(count: number, sums: string): Sequences {
  if (count === 0) return NONE
  const read = (name: string) => {
    const digits = new RegExp(`(?:^|\\d)${name}(\\d+)`).exec(sums)?.[1]
    return digits === undefined ? undefined : Number(digits)
  }
  if (/^\d*$/.test(sums)) return { count, queryTokens: Number(sums) }
  const [q, k, qq, qk] = [read('sq'), read('sk'), read('sqsq'), read('sqsk')]
  return {
    count,
    queryTokens: q ?? 0,
    ...(k === undefined ? {} : { kvTokens: k }),
    // Query i of a sequence (from 0) sees k − q + i + 1 keys: Σ q·k − (q² − q)/2.
    ...(qq === undefined || qk === undefined || q === undefined
      ? {}
      : { pairs: qk - (qq - q) / 2 }),
  }
}

const PADDED = /execute_(\d+)_context_\d+\(/

/** Tokens that the innermost step runs, with those that fill it up to the size of its graph. */
export function paddedTokensOf(scopes: readonly string[] | undefined): number | undefined {
  for (let i = (scopes?.length ?? 0) - 1; i >= 0; i--) {
    const match = PADDED.exec(scopes![i]!)
    if (match !== null) return Number(match[1])
  }
  return undefined
}

/** The innermost step annotation around a kernel. */
export function stepOf(scopes: readonly string[] | undefined): StepLengths | undefined {
  for (let i = (scopes?.length ?? 0) - 1; i >= 0; i--) {
    const step = readStepLabel(scopes![i]!)
    if (step !== undefined) return step
  }
  return undefined
}
