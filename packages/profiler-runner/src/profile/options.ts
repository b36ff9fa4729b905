// What a profiling run is asked to do.
import type { EngineName } from '../engines/index.js'
import { ProfilerRunnerError } from '../errors.js'
import type { LoadOptions } from '../load/generator.js'

/** One point of a sweep: a batch whose sequences each have a context and new input. */
export interface SweepPoint {
  batch: number
  /** New tokens of each sequence. */
  inputTokens: number
  /** Tokens of each sequence that are in the cache already. */
  contextTokens: number
}

/**
 * `timing`: as the engine serves, CUDA graphs and all. `shapes`: without CUDA graphs, with tensor
 * shapes, to be merged into the timing pass, which then records none itself. `sass`: without CUDA graphs and
 * without the engine's profiler, under a tracer of machine instructions; the only pass of its run.
 */
export type ProfilePass = 'timing' | 'shapes' | 'sass'

/** Load that runs while traces are captured. */
export interface ProfileLoad extends Omit<LoadOptions, 'url' | 'signal'> {
  /** Requests that must have ended before the capture starts. Default a tenth of all. */
  captureAfterRequests?: number
}

/** Options of {@link profile}. */
export interface ProfileOptions {
  engine: EngineName
  /** Folder for everything that the run makes. */
  outDir: string
  /** Replaces the engine's start command; `{port}`, `{host}` and `{trace_dir}` are filled in. */
  serverCommand?: readonly string[]
  /** Passed through to the server. */
  serverArgs?: readonly string[]
  /** Profile a server that already runs, instead of starting one. */
  attachUrl?: string
  /** Where an attached server writes traces, as this machine sees it. Default under `outDir`. */
  traceDir?: string
  host?: string
  /** Default: one that is free. */
  port?: number
  env?: Readonly<Record<string, string>>
  /** Batches to capture one after the other. */
  points?: readonly SweepPoint[]
  /** Capture under load. At least one of `points` and `load` is needed, but for a script. */
  load?: ProfileLoad
  /** Default `['timing']`, with shapes recorded. An attached server gets the pass that its own options make. */
  passes?: readonly Exclude<ProfilePass, 'sass'>[]
  /**
   * Variables that load Accel-Sim's tracer into the server and say what it records (`tracerEnvironment` of
   * `@flowsim/external`). The points are run under it in one pass, `sass`; nothing else is captured.
   */
  sassTrace?: Readonly<Record<string, string>>
  /** Decode steps in a capture; under load, steps of any kind. Default 5. */
  steps?: number
  /** Runs of each point before its capture. Default 2. */
  warmups?: number
  /** Times that a point which failed is tried again. Default 1. */
  retries?: number
  /** Record Python call stacks (larger, slower). Default false. */
  withStack?: boolean
  /** Load the shape labels of Triton kernels into the server. Default in the pass `shapes`. */
  shapeLabels?: boolean
  /** Trace the capture of CUDA and HIP graphs while the server starts, in the pass `timing`. Default false. */
  captureGraphs?: boolean
  /** Files expected of each capture. Default: what the server or its options say. */
  ranks?: number
  /** Default 1,800 s. */
  startupTimeoutMs?: number
  /** Default 600 s. */
  traceTimeoutMs?: number
  /** Default 600 s, under a tracer an hour. */
  requestTimeoutMs?: number
  /** Model name for the OpenAI interface. Default: the first that the server lists. */
  model?: string
  seed?: number
  signal?: AbortSignal
  /** One line for each thing that happens. */
  onProgress?: (message: string) => void
}

/**
 * Points of a sweep from text: `8:1024:0,16:1024:4096` lists them; lists of values in each place,
 * as in `1+8:512+1024:0`, give every combination.
 * @throws {@link ProfilerRunnerError} `invalid_option`
 */
export function parseSweep(text: string): SweepPoint[] {
  const points: SweepPoint[] = []
  for (const part of text.split(',')) {
    const lists = part.split(':').map((list) => list.split('+').map(Number))
    const [batches, inputs, contexts = [0]] = lists
    const whole = (values: number[] | undefined, least: number) =>
      values?.every((value) => Number.isInteger(value) && value >= least) ?? false
    if (lists.length > 3 || !whole(batches, 1) || !whole(inputs, 1) || !whole(contexts, 0)) {
      throw new ProfilerRunnerError(
        'invalid_option',
        `not a sweep point: "${part}"; write BATCH:INPUT[:CONTEXT], such as 8:1024:0`,
      )
    }
    for (const batch of batches!) {
      for (const inputTokens of inputs!) {
        for (const contextTokens of contexts) points.push({ batch, inputTokens, contextTokens })
      }
    }
  }
  return points
}

/** Folder name of a point: `bs8_input1024_ctx0`. */
export function pointName(point: SweepPoint): string {
  return `bs${point.batch}_input${point.inputTokens}_ctx${point.contextTokens}`
}
