// What capture traces tell: the launches that went into a graph, with the operators around them.
import type { KernelEvent } from '@flowsim/trace-schema'

/** What a launch puts on the device. */
export type LaunchedKind = 'kernel' | 'memcpy' | 'memset'

/** A launch that was captured into a graph, or that ran by itself in a pass without graphs. */
export interface CapturedLaunch
  extends Pick<
    KernelEvent,
    'op' | 'opInstance' | 'tensors' | 'callStack' | 'modules' | 'collective' | 'grid'
  > {
  kind: LaunchedKind
  /** Kernel's name; undefined where the profiler did not record it at launches. */
  name?: string
  /** Whether anything tells shapes. */
  hasShapes: boolean
}

/** Launches in their order on the CPU: those of one graph, or of one step of a pass without graphs. */
export interface CapturedGraph {
  /** For messages: "graph 3", "step 2". */
  label: string
  launches: readonly CapturedLaunch[]
}

/** Captured graphs of one batch size, in the order of their capture. */
export interface CaptureBucket {
  /** File that it came from. */
  source: string
  /** Requests (or tokens) that the graphs were captured for; undefined where nothing tells. */
  batchSize?: number
  /** Each graph is found within its launches, among others, rather than being all of them. */
  isLoose: boolean
  graphs: CapturedGraph[]
}

/** A capture trace as it was read. */
export interface Capture {
  source: string
  buckets: CaptureBucket[]
}
