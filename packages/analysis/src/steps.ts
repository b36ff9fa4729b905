// Time by step of inference: one forward pass, prefill or decode.
//
// Steps come from the annotations that frameworks write around a pass (`ProfilerStep#3`; vLLM's
// `execute_…context_9(…)_generation_37(…)`; labels with "prefill", "extend" or "decode"). Without them
// they are found in the kernels: a pass ends where the number of the layer falls back.
import type { AnnotationSpan, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { bisectRight } from 'd3-array'
import { type Breakdown, breakdowns } from './breakdown.js'
import { type Columns, checkOperations, columns } from './columns.js'
import { byLayer, type LayerReport } from './layers.js'

/** Kind of a forward pass. */
export type StepPhase = 'prefill' | 'decode' | 'mixed' | 'unknown'

/** One step. */
export interface Step {
  index: number
  /** The annotation, or `pass 3`. */
  name: string
  phase: StepPhase
  /** Tokens that the pass works on, from the rows of its matrix products; null when unknown. */
  tokens: number | null
  /** On the device: first start to last end of its activities. */
  startNs: number
  durationNs: number
  /** From its start to the start of the next step; null for the last. */
  periodNs: number | null
  /** Where the time between its first start and last end went. */
  breakdown: Breakdown
}

/** Result of {@link steps}. */
export interface StepReport {
  source: 'annotations' | 'layers' | 'none'
  steps: Step[]
  /** For each of `trace.kernels`, its place in `steps`, or −1. */
  stepOf: Int32Array
}

/**
 * Time by step, each with its phase, tokens and breakdown of time. `source` says how the steps were
 * found. Pass `layers` when {@link byLayer} has been called already.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function steps(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  options: { layers?: LayerReport } = {},
): StepReport {
  checkOperations(trace, operations)
  const table = columns(trace)
  const annotated = fromAnnotations(trace)
  if (annotated) {
    return report(trace, operations, table, { source: 'annotations', ...annotated })
  }
  const stepOf = fromLayers(trace, operations, table, options.layers ?? byLayer(trace, operations))
  if (!stepOf) {
    return { source: 'none', steps: [], stepOf: new Int32Array(trace.kernels.length).fill(-1) }
  }
  return report(trace, operations, table, { source: 'layers', names: [], stepOf })
}

// In order of preference: labels that tell the phase, then any step.
const STEP_LABELS = [
  /^(?:execute|step|forward|run_batch|gpu_model_runner).*(?:context|generation|extend|prefill|decode)/i,
  /^(?:prefill|extend|decode)\b/i,
  /^ProfilerStep/,
]

function fromAnnotations(trace: KernelTrace): { names: string[]; stepOf: Int32Array } | null {
  for (const label of STEP_LABELS) {
    const spans = trace.annotations.filter(({ name }) => label.test(name))
    const host = spans.filter(({ on }) => on === 'host').sort(byStart)
    const device = spans.filter(({ on }) => on === 'device').sort(byStart)
    const main = host.length > 0 ? host : device
    if (main.length === 0) continue
    const stepOf = new Int32Array(trace.kernels.length).fill(-1)
    const hostSpan = finder(host)
    const deviceSpan = finder(device)
    const byName = new Map(main.map((span, i) => [span.name, i]))
    const distinct = byName.size === main.length
    trace.kernels.forEach((kernel, i) => {
      if (kernel.launch && host.length > 0) {
        stepOf[i] = hostSpan(kernel.launch.startNs)
        return
      }
      const span = deviceSpan(kernel.startNs)
      // A device span is the shadow of the host span with its name.
      if (span >= 0) stepOf[i] = distinct ? (byName.get(device[span]!.name) ?? -1) : span
    })
    if (stepOf.some((step) => step >= 0)) return { names: main.map(({ name }) => name), stepOf }
  }
  return null
}

function byStart(a: AnnotationSpan, b: AnnotationSpan): number {
  return a.startNs - b.startNs
}

/** Place of the last span that starts at or before a time and holds it; spans do not nest. */
function finder(spans: AnnotationSpan[]): (ns: number) => number {
  const starts = Float64Array.from(spans, ({ startNs }) => startNs)
  return (ns) => {
    const at = bisectRight(starts, ns) - 1
    return at >= 0 && ns <= spans[at]!.startNs + spans[at]!.durationNs ? at : -1
  }
}

/** A pass ends where the layer falls back; the kernels between two passes are divided by {@link cut}. */
function fromLayers(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  table: Columns,
  { layerOf, layers }: LayerReport,
): Int32Array | null {
  if (layers.length < 2) return null
  const borders: number[] = []
  let layer = -1
  let lastRow = -1
  let device: number | undefined
  for (let i = 0; i < table.count; i++) {
    const k = table.index[i]!
    const next = layerOf[k]!
    if (next < 0) continue
    device ??= trace.kernels[k]!.device
    if (trace.kernels[k]!.device !== device) continue
    if (next < layer - 1 || (next < layer && next === 0)) {
      borders.push(cut(operations, table, lastRow, i))
      layer = next
    }
    layer = Math.max(layer, next)
    lastRow = i
  }
  const stepOf = new Int32Array(trace.kernels.length)
  let step = 0
  for (let i = 0; i < table.count; i++) {
    while (step < borders.length && i >= borders[step]!) step++
    stepOf[table.index[i]!] = step
  }
  return stepOf
}

/** First row of the next pass: after sampling, else at the embedding, else after the longest gap. */
function cut(
  operations: readonly KernelOperation[],
  table: Columns,
  last: number,
  next: number,
): number {
  for (let i = next - 1; i > last; i--) {
    if (operations[table.index[i]!]!.family === 'sampling') return i + 1
  }
  for (let i = last + 1; i < next; i++) {
    if (operations[table.index[i]!]!.op === 'embedding') return i
  }
  let best = next
  let longest = -1
  for (let i = last + 1; i <= next; i++) {
    const gap = table.startNs[i]! - table.endNs[i - 1]!
    if (gap > longest) {
      longest = gap
      best = i
    }
  }
  return best
}

/** Steps before those without device work are left out. */
interface FoundSteps {
  source: 'annotations' | 'layers'
  names: string[]
  stepOf: Int32Array
}

function report(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  table: Columns,
  { source, names, stepOf: found }: FoundSteps,
): StepReport {
  const count = found.reduce((most, step) => Math.max(most, step + 1), 0)
  const start = new Float64Array(count).fill(Infinity)
  const end = new Float64Array(count).fill(-Infinity)
  const phases = Array.from({ length: count }, () => new PhaseVotes())
  for (let i = 0; i < table.count; i++) {
    const k = table.index[i]!
    const step = found[k]!
    if (step < 0) continue
    start[step] = Math.min(start[step]!, table.startNs[i]!)
    end[step] = Math.max(end[step]!, table.endNs[i]!)
    phases[step]!.add(trace.kernels[k]!, operations[k]!)
  }
  // Steps without device work are left out.
  const kept = [...start.keys()].filter((s) => end[s]! >= start[s]!)
  const place = new Int32Array(count).fill(-1)
  kept.forEach((s, i) => {
    place[s] = i
  })
  const measure = breakdowns(trace, operations)
  return {
    source,
    stepOf: found.map((step) => (step < 0 ? -1 : place[step]!)),
    steps: kept.map((s, index): Step => {
      const durationNs = end[s]! - start[s]!
      const next = kept[index + 1]
      return {
        index,
        name: names[s] ?? `pass ${index}`,
        phase: phaseOfLabel(names[s]) ?? phases[s]!.phase(),
        tokens: tokensOfLabel(names[s]) ?? phases[s]!.tokens(),
        startNs: start[s]!,
        durationNs,
        periodNs: next === undefined ? null : start[next]! - start[s]!,
        breakdown: measure({ startNs: start[s]!, durationNs }),
      }
    }),
  }
}

function phaseOfLabel(label: string | undefined): StepPhase | null {
  if (!label) return null
  const vllm = /context_(\d+).*generation_(\d+)/.exec(label)
  if (vllm) {
    if (Number(vllm[1]) > 0) return Number(vllm[2]) > 0 ? 'mixed' : 'prefill'
    return 'decode'
  }
  if (/mixed/i.test(label)) return 'mixed'
  if (/prefill|extend/i.test(label)) return 'prefill'
  return /decode/i.test(label) ? 'decode' : null
}

/** vLLM's labels begin with the tokens of the step: `execute_8192_context_9(…)`. */
function tokensOfLabel(label: string | undefined): number | null {
  const tokens = /^execute_(\d+)_context/.exec(label ?? '')?.[1]
  return tokens === undefined ? null : Number(tokens)
}

/** What the kernels of a step say of its phase and size. */
class PhaseVotes {
  readonly #ns = { prefill: 0, decode: 0, mixed: 0 }
  readonly #rows = new Map<number, number>()

  add(kernel: KernelTrace['kernels'][number], operation: KernelOperation): void {
    const { call } = operation
    if (call?.op === 'matmul') this.#rows.set(call.m, (this.#rows.get(call.m) ?? 0) + 1)
    if (operation.family !== 'attention') return
    const phase = call?.op === 'attention' ? call.phase : phaseOfName(kernel)
    if (phase) this.#ns[phase] += kernel.durationNs
  }

  phase(): StepPhase {
    const { prefill, decode, mixed } = this.#ns
    const total = prefill + decode + mixed
    if (total === 0) return 'unknown'
    if (mixed > 0 || (prefill > 0.05 * total && decode > 0.05 * total)) return 'mixed'
    return prefill > decode ? 'prefill' : 'decode'
  }

  tokens(): number | null {
    let best: number | null = null
    for (const [rows, count] of this.#rows) {
      if (best === null || count > this.#rows.get(best)!) best = rows
    }
    return best
  }
}

function phaseOfName({
  name,
  callStack,
}: KernelTrace['kernels'][number]): 'prefill' | 'decode' | null {
  if (/prefill|extend|varlen/i.test(name)) return 'prefill'
  if (/decode|splitkv|paged_attention/i.test(name)) return 'decode'
  for (const frame of callStack ?? []) {
    if (/\bforward_extend\b|prefill/i.test(frame)) return 'prefill'
    if (/\bforward_decode\b/i.test(frame)) return 'decode'
  }
  return null
}
