// A family of deployments: everything but the number of its instances.

import { type Layout, layoutText } from './layouts.js'
import type { Budget, Drafts, Mode, PlanQuestion } from './question.js'
import type { Capacity } from './screen.js'

/** Instances of one role: their devices, how they are divided, how they form batches. */
export interface Group {
  role: 'both' | 'prefill' | 'decode'
  budget: Budget
  layout: Layout
  devices: number
  precision: string | undefined
  kvPrecision: string | undefined
  /** Drafted tokens of a step; 0: none. */
  depth: number
  batchTokens: number
  sequences: number
  /** The most that one instance can do. */
  capacity: Capacity
}

/** One group that serves both phases, or prefill and decode. */
export interface Family {
  mode: Mode
  groups: readonly Group[]
}

/** A family with the number of instances of each of its groups. */
export interface Candidate {
  family: Family
  counts: readonly number[]
}

/** The section `stepTime` of a group. */
export function stepTimeOf(
  { model, engine, engineVersion }: Pick<PlanQuestion, 'model' | 'engine' | 'engineVersion'>,
  group: Pick<Group, 'budget' | 'layout' | 'precision' | 'kvPrecision'>,
): { type: string } & Record<string, unknown> {
  const { budget, layout, precision, kvPrecision } = group
  return {
    type: 'model',
    model,
    hardware: budget.hardware,
    ...Object.fromEntries(Object.entries(layout).filter(([, degree]) => degree > 1)),
    ...(precision === undefined ? {} : { precision }),
    ...(kvPrecision === undefined ? {} : { kvPrecision }),
    kernels: engine,
    ...(engineVersion === undefined ? {} : { engineVersion }),
  }
}

/** The configuration of `serving run` that simulates a candidate. */
export function configOf(question: PlanQuestion, { family, counts }: Candidate) {
  const groups = family.groups.map((group, i) => ({
    name: group.role === 'both' ? 'instance' : group.role,
    ...(group.role === 'both' ? {} : { role: group.role }),
    count: counts[i]!,
    stepTime: stepTimeOf(question, group),
    scheduler: { maxNumSeqs: group.sequences, maxNumBatchedTokens: group.batchTokens },
    ...(group.depth === 0 ? {} : { speculation: speculationOf(question.drafts!, group.depth) }),
  }))
  const isEmpty = Object.keys(question.cost).length === 0
  return {
    seed: question.seed,
    workload: question.workload,
    instances: groups,
    ...(isEmpty ? {} : { cost: question.cost }),
  }
}

function speculationOf({ method, acceptance }: Drafts, depth: number) {
  return { method, depth, acceptance }
}

/** Devices by name. */
export function devicesOf({ family, counts }: Candidate): Map<string, number> {
  const devices = new Map<string, number>()
  for (const [i, { budget, devices: each }] of family.groups.entries()) {
    devices.set(budget.hardware, (devices.get(budget.hardware) ?? 0) + each * counts[i]!)
  }
  return devices
}

/** One line, such as `3 x (TP4 DP2 EP8, KV fp8, chunk 8192)`. */
export function candidateText({ family, counts }: Candidate): string {
  return family.groups.map((group, i) => groupText(group, counts[i]!)).join(' + ')
}

/** The same of one group. */
export function groupText(group: Group, count: number): string {
  const { role, layout, precision, kvPrecision, depth, batchTokens } = group
  const parts = [
    layoutText(layout),
    ...(precision === undefined ? [] : [precision]),
    ...(kvPrecision === undefined ? [] : [`KV ${kvPrecision}`]),
    ...(depth === 0 ? [] : [`${depth} drafts`]),
    ...(role === 'decode' ? [] : [`chunk ${batchTokens}`]),
  ]
  return `${count}${role === 'both' ? '' : ` ${role}`} x (${parts.join(', ')})`
}
