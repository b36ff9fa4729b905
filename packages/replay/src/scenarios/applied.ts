// What a scenario comes to before it is replayed, and what it can refer to.
import type { ModelConfig } from '@flowsim/model-graph'
import type { KernelEvent, KernelOperation } from '@flowsim/trace-schema'
import type { ReplayGraph } from '../graph.js'
import type { WhatIf } from '../lags.js'
import type { Rescaled } from '../rescale/rescale.js'

/** Kernel times from elsewhere, in nanoseconds; null and NaN leave a kernel as it is. */
export type DurationProvider =
  | ((kernel: KernelEvent, index: number) => number | null | undefined)
  | {
      durationsNs: ArrayLike<number>
      /** Bounds that one run in ten stays below and above. */
      p10Ns?: ArrayLike<number>
      p90Ns?: ArrayLike<number>
      /** Share of the variance that all its kernels have in common, 0 to 1; see `UncertaintyOptions`. */
      common?: number
      /**
       * 0 for kernels whose duration stands in for one that is not known, as of a model without an estimate;
       * the rest is predicted. Without it, a provider is taken at its word.
       */
      answered?: Uint8Array
      /** 1 for kernels of which what is known cannot be true. */
      doubtful?: Uint8Array
      /** How its durations came about, in words. */
      notes?: readonly string[]
    }

/**
 * The time of each kernel once it computes something else, what is added after it included. `answered` is 0 where
 * it is not known.
 */
export type RescaledTimes = (
  rescaled: Rescaled,
) => Exclude<DurationProvider, (...args: never[]) => unknown>

/** What scenarios can refer to. */
export interface ScenarioProviders {
  /** By the name that `from` gives. */
  durations?: Readonly<Record<string, DurationProvider>>
  /** One for each kernel of the graph, for `op` and `family` in a match. */
  operations?: readonly KernelOperation[]
  /** Times of other work, by the name that `on` gives; '' for the device of the trace. */
  rescaled?: Readonly<Record<string, RescaledTimes>>
  /** The model that ran, for another layout of it. */
  model?: ModelConfig
}

/** A scenario ready to be replayed: `replay(graph, applied)`. */
export interface AppliedScenario extends WhatIf {
  durationsNs: Float64Array
  removed: Uint8Array
  callScale: Float32Array
  hostScale: Float32Array
  /** Present where a provider gave bounds. */
  p10Ns?: Float64Array
  p90Ns?: Float64Array
  /** The greatest that a provider gave. */
  common?: number
  /** 1 for kernels whose duration stands in for one that is not known. */
  unanswered?: Uint8Array
  /** 1 for kernels of which what is known cannot be true. */
  doubtful?: Uint8Array
  /** Where the scenario changes what is computed. */
  rescaled?: Rescaled
  /** Kernels that each change was for, and what it could not do. */
  notes: string[]
}

/** The bounds of all kernels; those that nothing is known of are certain. */
export function bounds(state: AppliedScenario): { p10Ns: Float64Array; p90Ns: Float64Array } {
  state.p10Ns ??= state.durationsNs.slice()
  state.p90Ns ??= state.durationsNs.slice()
  return { p10Ns: state.p10Ns, p90Ns: state.p90Ns }
}

/** A mask over the kernels, made at its first use. */
export function marks(state: AppliedScenario, name: 'unanswered' | 'doubtful'): Uint8Array {
  state[name] ??= new Uint8Array(state.durationsNs.length)
  return state[name]
}

/** A new duration; bounds keep their proportion to it. */
export function setDuration(state: AppliedScenario, k: number, ns: number): void {
  const before = state.durationsNs[k]!
  state.durationsNs[k] = ns
  if (state.p10Ns === undefined || state.p90Ns === undefined) return
  state.p10Ns[k] = before > 0 ? (state.p10Ns[k]! * ns) / before : ns
  state.p90Ns[k] = before > 0 ? (state.p90Ns[k]! * ns) / before : ns
}

/** Calls that launch matched kernels; with `only`, those that launch no others. */
export function launchesOf(graph: ReplayGraph, mask: Uint8Array, only = false): Set<number> {
  const calls = new Set<number>()
  for (let k = 0; k < mask.length; k++) {
    if (mask[k] === 1 && graph.kernelCall[k]! >= 0) calls.add(graph.kernelCall[k]!)
  }
  if (only)
    for (let k = 0; k < mask.length; k++) if (mask[k] === 0) calls.delete(graph.kernelCall[k]!)
  return calls
}
