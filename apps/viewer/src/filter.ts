// The part of the trace that figures are drawn for: all of it, a phase, or one step.

import type { TimeBudget } from '@flowsim/trace-schema'
import { createContext } from 'preact'
import type { Model } from './model.js'
import type { Found } from './search-kernels.js'
import type { View } from './timeline/view.js'

/** `all`, a phase such as `decode`, or the place of a step. */
export type Scope = 'all' | { phase: string } | { step: number }

/** What the sections share. */
export interface Shared {
  model: Model
  scope: Scope
  setScope: (scope: Scope) => void
  /** 1 for kernels inside the scope. */
  mask: Uint8Array
  /** Place of the kernel that is looked at; −1 for none. */
  selected: number
  select: (kernel: number) => void
  /** Stretch that the timeline is asked to show, in nanoseconds from the window's start. */
  focus: readonly [number, number] | null
  setFocus: (focus: readonly [number, number]) => void
  /** What is searched for, in the language of search.ts. */
  query: string
  setQuery: (query: string) => void
  /** What the search found; null without a search. */
  found: Found | null
  /** What the timeline shows at first; null for the whole window. */
  firstView: View | null
  /** Told what the timeline shows; null for the whole window. */
  setView: (view: View | null) => void
}

export const SharedContext = createContext<Shared>(undefined as unknown as Shared)

/** Steps inside a scope; null for all of the trace. */
export function stepsIn({ page }: Model, scope: Scope): Set<number> | null {
  if (scope === 'all' || !page.steps) return null
  if ('step' in scope) return new Set([scope.step])
  return new Set(page.steps.steps.flatMap(({ phase }, i) => (phase === scope.phase ? [i] : [])))
}

/** 1 for each kernel inside the scope. */
export function maskOf(model: Model, scope: Scope): Uint8Array {
  const mask = new Uint8Array(model.count)
  const steps = stepsIn(model, scope)
  for (let i = 0; i < model.count; i++) mask[i] = !steps || steps.has(model.step[i]!) ? 1 : 0
  return mask
}

/** Budget of the scope: that of the trace, or the sum over its steps. */
export function budgetOf(model: Model, scope: Scope): TimeBudget {
  const steps = stepsIn(model, scope)
  if (!steps) return model.page.budget
  const budgets = [...steps].map((s) => model.page.steps!.steps[s]!.budget)
  const sum = (of: (b: TimeBudget) => number) => budgets.reduce((total, b) => total + of(b), 0)
  return {
    startNs: budgets[0]?.startNs ?? 0,
    windowNs: sum((b) => b.windowNs),
    busyNs: sum((b) => b.busyNs),
    idleNs: sum((b) => b.idleNs),
    computationNs: sum((b) => b.computationNs),
    exposedCommunicationNs: sum((b) => b.exposedCommunicationNs),
    exposedMemcpyNs: sum((b) => b.exposedMemcpyNs),
    communicationNs: sum((b) => b.communicationNs),
    memcpyNs: sum((b) => b.memcpyNs),
    idle: {
      launchBoundNs: sum((b) => b.idle.launchBoundNs),
      dependencyBoundNs: sum((b) => b.idle.dependencyBoundNs),
      otherNs: sum((b) => b.idle.otherNs),
    },
    count: sum((b) => b.count),
    sumNs: sum((b) => b.sumNs),
  }
}

/** The scope in words. */
export function scopeName({ page }: Model, scope: Scope): string {
  if (scope === 'all') return 'whole trace'
  if ('phase' in scope) return `all ${scope.phase} steps`
  return page.steps!.steps[scope.step]!.name
}
