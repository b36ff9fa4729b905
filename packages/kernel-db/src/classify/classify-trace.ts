// All kernels of a trace, in order. What one kernel tells of the next is kept while going: the GEMMs of
// a mixture-of-experts layer come in pairs, an index array tells the number of sequences, a quantised
// activation tells the rows of the GEMM that reads it. Afterwards the work of an operator that runs
// several kernels is charged to one of them.
import type { KernelEvent, KernelOperation, KernelTrace, OpCall } from '@flowsim/trace-schema'
import { elementsOf, type Surroundings } from '../dimensions/context.js'
import { type KernelDatabase, kernelDatabase } from '../rules/database.js'
import { operatorCalls } from './calls.js'
import { classify } from './classify.js'
import { fillFromModel } from './from-model.js'
import { Memo } from './memo.js'
import type { ModelShape } from './model-shape.js'
import { Streams } from './streams.js'
import { copyFromTwins } from './twins.js'

/** Kernels that a row count stays valid for. */
const NEARBY = 8

/** SGLang and vLLM run long batches through the experts in parts of so many tokens. */
const CHUNKS = [65536, 32768, 16384, 8192]

/** What a trace is classified with. */
export interface ClassifyOptions {
  /** Rules; the built-in ones if absent. */
  database?: KernelDatabase
  /** The model that ran: it tells sizes that the trace does not record. */
  model?: ModelShape
}

/** The operation of each kernel of a trace, in the order of `trace.kernels`. */
export function classifyTrace(
  trace: KernelTrace,
  { database = kernelDatabase(), model }: ClassifyOptions = {},
): KernelOperation[] {
  const { kernels } = trace
  const isExpertGemm = (kernel: KernelEvent) =>
    database.match(kernel.name, kernel.op)?.rule.op === 'grouped_gemm'
  const calls = operatorCalls(kernels, isExpertGemm)
  const experts = expertGemms(kernels, calls, isExpertGemm)
  const sequencesByKvTokens = new Map<number, number>()
  const streams = new Streams(() => new Written())
  const memo = new Memo()
  const job = {
    groupSizes: groupSizes(trace),
    ...(trace.worldSize === null ? {} : { worldSize: trace.worldSize }),
  }
  const operations = kernels.map((kernel, i): KernelOperation => {
    noteSequences(kernel, sequencesByKvTokens)
    const stream = streams.of(kernel)
    const stage = experts.get(i)
    let operation = stage === undefined ? memo.get(kernel) : undefined
    if (operation === undefined) {
      const known = memo.watch({
        sequencesByKvTokens,
        rowsOfWidth: stream.rowsOfWidth,
        ...job,
        ...stage,
      })
      operation = classify(kernel, Object.assign(known, { database }))
      if (stage === undefined) memo.set(kernel, operation)
    }
    stream.note(operation)
    return operation
  })
  chargeOnce(kernels, operations, calls, experts)
  const known = copyFromTwins(kernels, operations)
  return model === undefined ? known : fillFromModel(kernels, known, { model, database })
}

/** Ranks of the process groups, by name and by what they are for. */
function groupSizes({ processGroups }: KernelTrace): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const { name, description, size, ranks } of processGroups) {
    const count = size ?? ranks?.length
    if (count === undefined) continue
    if (description !== undefined && !sizes.has(description)) sizes.set(description, count)
    sizes.set(name, count)
  }
  return sizes
}

/** What the last kernels of a stream wrote. */
class Written {
  #count = 0
  readonly #rows = new Map<number, { rows: number; at: number }>()

  readonly rowsOfWidth = (columns: number): number | undefined => {
    const found = this.#rows.get(columns)
    return found !== undefined && this.#count - found.at <= NEARBY ? found.rows : undefined
  }

  note({ call }: KernelOperation): void {
    this.#count++
    if (call === undefined) return
    if ('rows' in call && 'cols' in call)
      this.#rows.set(call.cols, { rows: call.rows, at: this.#count })
    else if (call.op === 'matmul') this.#rows.set(call.n, { rows: call.m, at: this.#count })
  }
}

/** Annotations of index kernels list the offsets of sequences and the pages that they index. */
function noteSequences({ tensors }: KernelEvent, into: Map<number, number>): void {
  if (tensors === undefined) return
  const indices = tensors.find(({ name }) => name === 'kv_indices' || name === 'kv_indices_ptr')
  const offsets = tensors.find(({ name }) => name === 'kv_indptr' || name === 'kv_indptr_ptr')
  if (indices === undefined || offsets === undefined) return
  const tokens = elementsOf(indices)
  const sequences = elementsOf(offsets) - 1
  if (tokens > 0 && sequences > 0) into.set(tokens, sequences)
}

/**
 * The GEMMs of experts run in pairs: up projection, activation, down projection. Where a layer runs in
 * parts, each pair works on a part of the tokens.
 */
function expertGemms(
  kernels: readonly KernelEvent[],
  calls: Int32Array,
  isExpertGemm: (kernel: KernelEvent) => boolean,
): Map<number, Pick<Surroundings, 'moeStage' | 'moeTokens'>> {
  const inCall = new Map<number, number[]>()
  kernels.forEach((kernel, i) => {
    if (calls[i] === -1 || !isExpertGemm(kernel)) return
    const list = inCall.get(calls[i]!)
    if (list === undefined) inCall.set(calls[i]!, [i])
    else list.push(i)
  })
  const result = new Map<number, Pick<Surroundings, 'moeStage' | 'moeTokens'>>()
  for (const members of inCall.values()) {
    // Without numbers of calls, several calls in a row cannot be told from one in parts.
    const parts = kernels[members[0]!]!.opInstance === undefined ? 1 : members.length / 2
    const [hidden] = kernels[members[0]!]!.op?.args ?? []
    const tokens = hidden?.kind === 'tensor' ? hidden.shape[0] : undefined
    const sizes = tokens === undefined || parts <= 1 ? undefined : partsOf(tokens, parts)
    members.forEach((i, position) => {
      const part = sizes?.[position >> 1]
      result.set(i, {
        moeStage: position % 2 === 0 ? 'up' : 'down',
        ...(part === undefined ? {} : { moeTokens: part }),
      })
    })
  }
  return result
}

function partsOf(tokens: number, parts: number): number[] {
  const usual = CHUNKS.find((chunk) => Math.ceil(tokens / chunk) === parts)
  const size = usual ?? Math.ceil(tokens / parts)
  return Array.from({ length: Math.ceil(parts) }, (_, i) =>
    Math.max(0, Math.min(size, tokens - i * size)),
  )
}

/**
 * Leaves the dimensions of an operator's call with the longest of the kernels that carry them. GEMMs of
 * experts are each other's repetitions, not helpers.
 */
function chargeOnce(
  kernels: readonly KernelEvent[],
  operations: KernelOperation[],
  calls: Int32Array,
  experts: ReadonlyMap<number, unknown>,
): void {
  const members = new Map<number, number[]>()
  calls.forEach((call, i) => {
    if (call === -1) return
    const list = members.get(call)
    if (list === undefined) members.set(call, [i])
    else list.push(i)
  })
  const keys = new Map<OpCall, string>()
  for (const list of members.values()) {
    if (list.length < 2) continue
    const charged = new Map<string, number>()
    for (const i of list) {
      const { call } = operations[i]!
      if (call === undefined || experts.has(i)) continue
      const key = keyOf(call, keys)
      const other = charged.get(key)
      const isLongest = other === undefined || kernels[i]!.durationNs > kernels[other]!.durationNs
      if (isLongest) charged.set(key, i)
      const charging = isLongest ? other : i
      if (charging !== undefined) operations[charging] = helper(operations[charging]!)
    }
    // A fill before a product that accumulates into it.
    if (!list.some((i) => !isFill(operations[i]!) && operations[i]!.op !== null)) continue
    for (const i of list) if (isFill(operations[i]!)) operations[i] = helper(operations[i]!)
  }
}

function keyOf(call: OpCall, keys: Map<OpCall, string>): string {
  let key = keys.get(call)
  if (key === undefined) {
    key = JSON.stringify(call)
    keys.set(call, key)
  }
  return key
}

function isFill({ op }: KernelOperation): boolean {
  return op === 'memset' || op === 'fill'
}

function helper(operation: KernelOperation): KernelOperation {
  const { call: _, missing: __, ...rest } = operation
  return { ...rest, auxiliary: true }
}
