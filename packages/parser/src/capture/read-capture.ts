// Captured graphs out of a parsed capture trace. Two kinds of trace serve:
//
// - recorded while the graphs were captured: launches between cudaStreamBeginCapture and
//   cudaStreamEndCapture went into a graph and ran nothing. ROCm's profiler names their kernels, CUPTI does
//   not. vLLM writes a file for each batch size (capture_traces/graph_capture_rank_*), SGLang one for each
//   (bs_64_rank0) or one for all (cuda_graph_capture-<Runner>-TP-n).
// - recorded with graphs turned off: the same kernels, launched one by one.
import type { AnnotationSpan, KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { CallRole, callRole, isGraphLaunch } from '@flowsim/trace-schema'
import type { TraceStore } from '../collect/trace-store.js'
import { TraceParseError } from '../errors.js'
import { isCollectiveKernel, readCollective } from '../link/collectives.js'
import { type LaunchContext, launchContexts, type StackMode } from '../link/launch-contexts.js'
import { hasShapes, Operators } from '../link/operators.js'
import { rowsByThread } from '../link/sweep.js'
import type { Repairs } from '../repairs.js'
import { unescapeJson } from '../scan/lenient-json.js'
import { captureBatchSize, fileBatchSize, shapesBatchSize, stepBatchSize } from './batch-size.js'
import type {
  Capture,
  CaptureBucket,
  CapturedGraph,
  CapturedLaunch,
  LaunchedKind,
} from './captured-graph.js'
import { Steps } from './steps.js'

const BEGIN = /StreamBeginCapture/
const END = /StreamEndCapture/

/** Whether a call of a role adds a kernel, copy or fill to the graph that is captured. */
const isCaptured = (role: CallRole) => role === CallRole.Launch || role === CallRole.Copy

/** What of a launch call is known before its operator. */
interface LaunchRow {
  row: number
  endNs: number
}

/**
 * Reads the graphs of a capture trace.
 * @param trace - the same trace as kernels
 * @param knownBatchSize - what was captured, where the folder of the capture says it
 * @throws TraceParseError `no_kernels` when it holds neither captured launches nor kernels
 */
export function readCapture(
  store: TraceStore,
  trace: KernelTrace,
  repairs: Repairs,
  stacks: StackMode,
  knownBatchSize?: number,
): Capture {
  const { source } = trace
  const batchSize = knownBatchSize ?? fileBatchSize(source)
  const calls = rowsByThread(store.runtime)
  const name = (row: number) => store.names.text(store.runtime.name.data[row]!)
  const captured: LaunchRow[][] = []
  const all: LaunchRow[] = []
  for (const rows of calls.values()) graphsOfThread(store, rows, name, captured, all)
  const executed = trace.kernels.filter(({ launch }) => launch && !isGraphLaunch(launch.api))
  if (all.length === 0 && executed.length === 0) {
    throw new TraceParseError(
      'no_kernels',
      `holds no launches, captured or executed; name a trace of the graphs' capture, or of a pass without graphs`,
      { source },
    )
  }
  const isCapture = captured.length > 0 || executed.length < all.length / 2
  if (!isCapture) return { source, buckets: executedSteps(trace, executed, batchSize) }
  const groups = captured.length > 0 ? captured : [all]
  const graphs = capturedGraphs(store, groups, repairs, stacks)
  return { source, buckets: bucketsOf(source, graphs, captured.length === 0, batchSize) }
}

/** Adds the launches of one thread: those within captures by graph, and all of them. */
function graphsOfThread(
  store: TraceStore,
  rows: Int32Array,
  name: (row: number) => string,
  captured: LaunchRow[][],
  all: LaunchRow[],
): void {
  const { start, duration } = store.runtime
  let open: LaunchRow[] | undefined
  let last: LaunchRow | undefined
  for (const row of rows) {
    const api = name(row)
    if (BEGIN.test(api)) open = []
    else if (END.test(api)) {
      if (open !== undefined) captured.push(open)
      open = undefined
    } else if (isCaptured(callRole(api))) {
      // A driver call within a runtime call is the same launch.
      if (last !== undefined && start.data[row]! < last.endNs) continue
      last = { row, endNs: start.data[row]! + duration.data[row]! }
      all.push(last)
      open?.push(last)
    }
  }
}

interface GraphWithSize {
  graph: CapturedGraph
  batchSize: number | undefined
}

function capturedGraphs(
  store: TraceStore,
  groups: LaunchRow[][],
  repairs: Repairs,
  stacks: StackMode,
): GraphWithSize[] {
  const { runtime, names } = store
  const operators = new Operators(store.operators, names, store.texts, repairs)
  const wanted = new Set(groups.flat().map(({ row }) => row))
  const rows = rowsByThread(runtime, (row) => wanted.has(row))
  const contexts = launchContexts(store, operators, rows, stacks, 0)
  const startOf = ([first]: LaunchRow[]) =>
    first === undefined ? 0 : runtime.start.data[first.row]!
  return groups
    .sort((a, b) => startOf(a) - startOf(b))
    .map((group, i) => {
      const launches = group.map(({ row }) => capturedLaunch(store, row, contexts.get(row)!))
      const labels = group.length === 0 ? [] : (contexts.get(group[0]!.row)!.scopes ?? [])
      const labelled = labels.map(captureBatchSize).findLast((size) => size !== undefined)
      return {
        graph: { label: `graph ${i + 1}`, launches },
        batchSize: labelled ?? shapesBatchSize(launches),
      }
    })
}

function capturedLaunch(store: TraceStore, row: number, context: LaunchContext): CapturedLaunch {
  const kernel = store.runtime.kernel.data[row]!
  const name = kernel < 0 ? undefined : unescapeJson(store.names.text(kernel))
  const { api } = context.launch
  const kind: LaunchedKind = /Memcpy/.test(api)
    ? 'memcpy'
    : /Memset/.test(api)
      ? 'memset'
      : 'kernel'
  const { operator: op, callStack, modules } = context
  const isCollective = name !== undefined && isCollectiveKernel(name)
  return {
    kind,
    hasShapes: op !== undefined && hasShapes(op.args),
    ...(name === undefined ? {} : { name }),
    ...(op === undefined ? {} : { op, opInstance: context.operatorRow }),
    ...(callStack === undefined ? {} : { callStack }),
    ...(modules === undefined ? {} : { modules }),
    ...(isCollective
      ? { collective: readCollective(new Map(Object.entries(op?.attributes ?? {})), name) }
      : {}),
  }
}

/** Graphs that were captured one after the other for one batch size belong together. */
function bucketsOf(
  source: string,
  graphs: GraphWithSize[],
  isLoose: boolean,
  known: number | undefined,
): CaptureBucket[] {
  const buckets: CaptureBucket[] = []
  for (const { graph, batchSize: own } of graphs) {
    if (graph.launches.length === 0) continue
    const last = buckets.at(-1)
    const batchSize = known ?? own ?? last?.batchSize
    if (last !== undefined && last.batchSize === batchSize) last.graphs.push(graph)
    else {
      buckets.push({
        source,
        isLoose,
        graphs: [graph],
        ...(batchSize === undefined ? {} : { batchSize }),
      })
    }
  }
  return buckets
}

/** The steps of a pass without graphs, or all of it where nothing marks steps. */
function executedSteps(
  trace: KernelTrace,
  executed: readonly KernelEvent[],
  known: number | undefined,
): CaptureBucket[] {
  const launched = [...executed].sort((a, b) => a.launch!.startNs - b.launch!.startNs)
  const steps = new Steps(trace.annotations)
  const groups = new Map<AnnotationSpan | undefined, KernelEvent[]>()
  for (const kernel of launched) {
    const step = steps.around(kernel.launch!)
    const group = groups.get(step)
    if (group === undefined) groups.set(step, [kernel])
    else group.push(kernel)
  }
  return [...groups].map(([step, kernels], i) => {
    const launches = kernels.map(executedLaunch)
    const batchSize = (step === undefined ? undefined : stepBatchSize(step.name)) ?? known
    return {
      source: trace.source,
      isLoose: true,
      graphs: [
        { label: step === undefined ? 'the pass' : `step ${i + 1} (${step.name})`, launches },
      ],
      ...(batchSize === undefined ? {} : { batchSize }),
    }
  })
}

function executedLaunch(kernel: KernelEvent): CapturedLaunch {
  const { name, kind, op, opInstance, tensors, callStack, modules, collective, grid } = kernel
  return {
    kind: kind === 'collective' ? 'kernel' : kind,
    name,
    hasShapes: kernel.shapesFrom !== 'none',
    ...(op === undefined ? {} : { op }),
    ...(opInstance === undefined ? {} : { opInstance }),
    ...(tensors === undefined ? {} : { tensors }),
    ...(callStack === undefined ? {} : { callStack }),
    ...(modules === undefined ? {} : { modules }),
    ...(collective === undefined ? {} : { collective }),
    ...(grid === undefined ? {} : { grid }),
  }
}
