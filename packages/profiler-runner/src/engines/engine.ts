// What the profiler needs to know of an inference engine. One file for each engine; adding one is
// adding a file and a line in engines/index.ts.
import type { ProtocolName } from '../load/protocols.js'

/** How a server is started. */
export interface ServerSpec {
  /** Replaces the engine's own start command; `{port}` and `{trace_dir}` in it are filled in. */
  command?: readonly string[] | undefined
  /** Arguments from the user, passed through. */
  args: readonly string[]
  host: string
  port: number
  /** Where the server is to write traces. */
  traceDir: string
  /** Run without CUDA graphs, so that every kernel has an operator with shapes. */
  eager: boolean
  /** Record tensor shapes. */
  recordShapes: boolean
  /** Record Python call stacks. */
  withStack: boolean
  /** Trace the capture of CUDA and HIP graphs while the server starts. */
  captureGraphs: boolean
  /** Version of the engine where it is known; some options depend on it. */
  version?: string | undefined
}

/** What one capture is to contain. */
export interface CaptureSpec {
  traceDir: string
  /** Steps to record, where the engine counts them. */
  steps: number
  /** Prefill and decode in their own traces, where the engine can. */
  byStage: boolean
  recordShapes: boolean
  withStack: boolean
}

/** A step of the engine's HTTP interface. */
export interface EngineCall {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
}

/** What a trace file is of, told from its name. */
export interface TraceName {
  /** "TP-0", "rank-3", … */
  rank: string
  stage: 'prefill' | 'decode' | 'all'
}

/** An inference engine. */
export interface Engine {
  readonly name: string
  readonly protocol: ProtocolName
  readonly healthPath: string
  /** Asked for the server's description; the answer goes into run.json. */
  readonly infoPath: string | null
  /** Whether one capture can hold prefill and decode in their own files, ended by step count. */
  readonly profilesByStage: boolean
  /** Command that prints the engine's version. */
  versionCommand(spec: ServerSpec): string[] | null
  /** Where traces of the capture of graphs come to lie, under the folder for traces; null: it makes none. */
  readonly captureFolder: string | null
  /** Why the server of a spec would not trace the capture of its graphs; null where nothing is known. */
  captureFault(spec: ServerSpec): string | null
  command(spec: ServerSpec): string[]
  environment(spec: ServerSpec): Record<string, string>
  startProfile(capture: CaptureSpec): EngineCall
  stopProfile(): EngineCall
  /** Empties the prefix cache; null where the engine cannot. */
  flushCache(): EngineCall | null
  /** Ranks that write a trace each, from the server's description; null when it does not say. */
  ranksOf(info: unknown): number | null
  /** null: not a trace of this engine. */
  traceName(file: string): TraceName | null
}

/** Product of the values that options such as `--tp 4` or `--tp=4` give; 1 for those not there. */
export function productOfOptions(args: readonly string[], options: readonly string[][]): number {
  let product = 1
  for (const names of options) {
    for (const [index, arg] of args.entries()) {
      const [name, value] = arg.split('=', 2)
      if (!names.includes(name!)) continue
      const number = Number(value ?? args[index + 1])
      if (Number.isInteger(number) && number > 0) product *= number
    }
  }
  return product
}

/** Whether the arguments name an option. */
export function hasOption(args: readonly string[], ...names: string[]): boolean {
  return args.some((arg) => names.includes(arg.split('=', 1)[0]!))
}

/** Fills `{port}`, `{host}` and `{trace_dir}` into a command. */
export function fillCommand(command: readonly string[], spec: ServerSpec): string[] {
  return command.map((word) =>
    word
      .replaceAll('{port}', String(spec.port))
      .replaceAll('{host}', spec.host)
      .replaceAll('{trace_dir}', spec.traceDir),
  )
}
