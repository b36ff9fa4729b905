// Gives the operators of a Kineto trace what an execution trace of the same run tells of them: shapes, types and
// values of arguments where they have none, numbers of their tensors, process groups.
//
// A call has one number in both: `rf_id` there, `Record function id` here; before there was that member,
// `External id`. Names have to agree, too, so that a file of another run is noticed.
import type { BytesInterner } from '../collect/interner.js'
import type { TraceStore } from '../collect/trace-store.js'
import { parseLenientJson, unescapeJson } from '../scan/lenient-json.js'
import { operatorArguments, operatorAttributes } from './operator-arguments.js'
import type { ExecutionTrace } from './read-execution-trace.js'

/** What joining an execution trace did. */
export interface ExecutionTraceReport {
  /** Names of the execution trace and of the trace. */
  source: string
  trace: string
  /** Member of Kineto's by which calls were found; null where none was. */
  by: 'Record function id' | 'External id' | null
  /** Operators of the trace, and how many are calls of the execution trace. */
  operators: number
  joined: number
  /** Of those, how many got the shapes of their arguments. */
  withShapes: number
  /** Of those, how many are collectives whose group is told. */
  collectives: number
  /** Operators whose number is that of a call of another name. */
  otherNames: number
  /** Calls of the execution trace, of which some may lie outside of what the profiler recorded. */
  calls: number
}

/** Share of the names that have to agree for `External id` to be the number of a call. */
const LEAST_AGREEMENT = 0.9

/** Rows of operators with the number of their call. */
type Calls = readonly { row: number; callId: number }[]

/**
 * Joins that one of several execution traces of which the most calls are in the trace.
 * @param trace - name of the trace, for the report
 */
export function joinExecutionTrace(
  store: TraceStore,
  executionTraces: readonly ExecutionTrace[],
  trace: string,
): ExecutionTraceReport | undefined {
  let best: { executionTrace: ExecutionTrace; matches: Matches } | undefined
  for (const executionTrace of executionTraces) {
    const matches = matchesOf(store, executionTrace)
    if (best === undefined || matches.rows.length > best.matches.rows.length) {
      best = { executionTrace, matches }
    }
  }
  if (best === undefined) return undefined
  const { executionTrace, matches } = best
  const { withShapes, collectives } = give(store, executionTrace, matches.rows)
  const { header } = store
  if (header.processGroups.length === 0 && executionTrace.processGroups.length > 0) {
    store.header = { ...header, processGroups: [...executionTrace.processGroups] }
  }
  return {
    source: executionTrace.source,
    trace,
    by: matches.rows.length > 0 ? matches.by : null,
    operators: store.operators.length,
    joined: matches.rows.length,
    withShapes,
    collectives,
    otherNames: matches.otherNames,
    calls: executionTrace.nodes.size,
  }
}

interface Matches {
  by: 'Record function id' | 'External id'
  rows: Calls
  otherNames: number
}

function matchesOf(store: TraceStore, executionTrace: ExecutionTrace): Matches {
  const { operators } = store
  const ids = operators.recordFunction
  const known: { row: number; callId: number }[] = []
  for (let row = 0; row < ids.length; row++) {
    if (ids.data[row]! > 0) known.push({ row, callId: ids.data[row]! })
  }
  if (known.length > 0) {
    return { by: 'Record function id', ...agreeing(store, executionTrace, known) }
  }
  const external: { row: number; callId: number }[] = []
  for (let row = 0; row < operators.length; row++) {
    const callId = operators.externalId.data[row]!
    if (callId > 0) external.push({ row, callId })
  }
  const found = agreeing(store, executionTrace, external)
  const share = found.rows.length / (found.rows.length + found.otherNames)
  return share >= LEAST_AGREEMENT
    ? { by: 'External id', ...found }
    : { by: 'External id', rows: [], otherNames: 0 }
}

/** Those calls that the execution trace has, under the same name. */
function agreeing(
  { operators, names }: TraceStore,
  { nodes }: ExecutionTrace,
  calls: Calls,
): { rows: Calls; otherNames: number } {
  let otherNames = 0
  const rows = calls.filter(({ row, callId }) => {
    const node = nodes.get(callId)
    if (node === undefined) return false
    const isSame = unescapeJson(names.text(operators.name.data[row]!)) === node.name
    if (!isSame) otherNames++
    return isSame
  })
  return { rows, otherNames }
}

function give(
  store: TraceStore,
  { nodes, processGroups }: ExecutionTrace,
  calls: Calls,
): { withShapes: number; collectives: number } {
  const { operators, texts } = store
  const groups = new Map([...store.header.processGroups, ...processGroups].map((g) => [g.name, g]))
  // Names of groups are pairs of name and description in some versions: ["0", "default_pg"].
  const ranksOf = (group: string) => groups.get(group)?.ranks ?? groups.get(firstOf(group))?.ranks
  const textOf = (value: unknown) => texts.internText(JSON.stringify(value))
  let withShapes = 0
  let collectives = 0
  for (const { row, callId } of calls) {
    const node = nodes.get(callId)!
    if (!hasShapes(textAt(texts, operators.shapes.data[row]!))) {
      const { shapes, types, strides, values } = operatorArguments(node)
      operators.shapes.data[row] = textOf(shapes)
      operators.types.data[row] = textOf(types)
      operators.strides.data[row] = textOf(strides)
      operators.values.data[row] = textOf(values)
      if (hasShapes(JSON.stringify(shapes))) withShapes++
    }
    const attributes = operatorAttributes(node, ranksOf)
    if ('Process Group Name' in attributes) collectives++
    const added = Object.entries(attributes).map(
      ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)},`,
    )
    if (added.length === 0) continue
    // What the profiler wrote itself stands last and counts.
    const own = textAt(texts, operators.extra.data[row]!)
    operators.extra.data[row] = texts.internText(added.join('') + own)
  }
  return { withShapes, collectives }
}

function textAt(texts: BytesInterner, id: number): string {
  return id < 0 ? '' : texts.text(id)
}

function hasShapes(text: string): boolean {
  return /\[\s*\d/.test(text)
}

function firstOf(group: string): string {
  const pair = parseLenientJson(group)
  return Array.isArray(pair) && typeof pair[0] === 'string' ? pair[0] : group
}
