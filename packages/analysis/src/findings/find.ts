// What to do next, in words: rules (rules.json) on what a trace shows, ranked by the time that is to gain. A rule names
// what is measured, from which share of the window on it speaks, and its sentences; measures.ts measures.
import type { HardwareSpec, KernelOperation, KernelTrace } from '@flowsim/trace-schema'
import { type Breakdown, breakdown } from '../breakdown.js'
import { checkOperations } from '../columns.js'
import { type GemmRow, gemmTable } from '../gemm-table.js'
import type { Straggler } from '../match-collectives.js'
import { fill, type Value } from './fill.js'
import { MEASURES, type Measured, type Measurement, type MeasureName } from './measures.js'
import rules from './rules.json' with { type: 'json' }

/** Part of a report that shows what a finding is about. */
export type FindingSection = 'timeline' | 'operations' | 'roofline' | 'details'

/** Something that costs time, and what can be done. */
export interface Finding {
  /** Name of the rule. */
  rule: string
  title: string
  /** Time of the window that would be gained at most; findings can be about the same time. */
  gainNs: number
  /** That of the window. */
  share: number
  evidence: string[]
  advice: string
  section: FindingSection
  /** The stretch of the trace that shows it best, on the trace's clock; null where none does. */
  place: { startNs: number; durationNs: number } | null
}

/** What findings are made with, beside the trace. */
export interface FindingsOptions {
  /** The device that ran it: without it, nothing is said of roofs. */
  hardware?: HardwareSpec
  /** Of the trace, where it is known already. */
  breakdown?: Breakdown
  /** Of `gemmTable` on that device, where it is known already. */
  gemms?: readonly GemmRow[]
  /** Of `matchCollectives` over all ranks. */
  stragglers?: readonly Straggler[]
}

interface Rule {
  rule: string
  measure: MeasureName
  /** Bounds that values of the measure must keep. */
  when: Record<string, { atLeast?: number; atMost?: number }>
  atLeast: number
  title: string
  evidence: string[]
  advice: string
  /** Where the advice names what only PyTorch has: that for a program of JAX. */
  adviceInJax?: string
  /** Where it names what only GPUs have: that for Ascend's NPUs. */
  adviceOnAscend?: string
  section: FindingSection
}

/** Formats, as `KernelTrace.format` has them, that JAX's profiler writes. */
const OF_JAX: readonly string[] = ['xplane', 'jax-chrome']

/**
 * Those of Ascend. What its advice names: the documents of Ascend Extension for PyTorch (TASK_QUEUE_ENABLE,
 * PYTORCH_NPU_ALLOC_CONF, operators of torch_npu), of CANN (HCCL_OP_EXPANSION_MODE) and of TorchAir.
 */
const OF_ASCEND: readonly string[] = ['ascend', 'ascend-kernels']

/**
 * What costs time in a trace, the most first: a sentence, its evidence and what to try. `gainNs` is an upper bound,
 * and findings are not to be added up.
 *
 * @throws AnalysisError `operations_mismatch` unless there is one operation for each kernel.
 */
export function findings(
  trace: KernelTrace,
  operations: readonly KernelOperation[],
  options: FindingsOptions = {},
): Finding[] {
  checkOperations(trace, operations)
  const budget = options.breakdown ?? breakdown(trace, operations)
  if (budget.windowNs <= 0) return []
  const { hardware, gemms = hardware && gemmTable(trace, operations, { hardware }) } = options
  const input: Measured = { trace, operations, budget, ...options, ...(gemms && { gemms }) }
  const found = (rules as Rule[]).flatMap((rule): Finding[] => {
    const measured = MEASURES[rule.measure](input)
    if (measured === null) return []
    const share = measured.gainNs / budget.windowNs
    const values: Record<string, Value> = { share, ...measured.values }
    if (share < rule.atLeast || !holds(rule.when, values)) return []
    return [
      {
        rule: rule.rule,
        title: fill(rule.title, values)!,
        gainNs: Math.round(measured.gainNs),
        share,
        evidence: rule.evidence.flatMap((text) => fill(text, values) ?? []),
        advice: adviceOf(rule, trace),
        section: rule.section,
        place: placeOf(measured.place),
      },
    ]
  })
  return found.sort((a, b) => b.gainNs - a.gainNs)
}

function adviceOf(rule: Rule, { format }: KernelTrace): string {
  if (OF_JAX.includes(format)) return rule.adviceInJax ?? rule.advice
  if (OF_ASCEND.includes(format)) return rule.adviceOnAscend ?? rule.advice
  return rule.advice
}

function placeOf(place: Measurement['place']): Finding['place'] {
  return place === undefined ? null : { startNs: place.startNs, durationNs: place.durationNs }
}

function holds(when: Rule['when'], values: Record<string, Value>): boolean {
  return Object.entries(when).every(([name, { atLeast = -Infinity, atMost = Infinity }]) => {
    const value = values[name]
    return typeof value === 'number' && value >= atLeast && value <= atMost
  })
}
