// The variables that make Accel-Sim's tracer record some launches of a program. Generations differ: 1.x knows one
// range, later ones a list. Both are set, so that either records what is needed; 1.x then records all between.
// Variables and their meaning: util/tracer_nvbit of the accel-sim-framework, versions 1.3, dev (2025) and 2.0.

/** No program launches so many kernels: the tracer lists all and records none. */
const NEVER = 1_000_000

/** What to record and where. */
export interface TracerOptions {
  /** Path of tracer_tool.so. */
  tracer: string
  /** Folder for the traces. */
  folder: string
  /** Launches to record, from 1; none: only list them. */
  launches: readonly number[]
  /** How the tool gets into the program: 1.x of the tracer knows only `LD_PRELOAD`. */
  load?: 'LD_PRELOAD' | 'CUDA_INJECTION64_PATH' | undefined
}

/** Variables of the environment for the program to be traced. */
export function tracerEnvironment({
  tracer,
  folder,
  launches,
  load = 'CUDA_INJECTION64_PATH',
}: TracerOptions): Record<string, string> {
  const isListing = launches.length === 0
  const sorted = [...new Set(launches)].sort((a, b) => a - b)
  return {
    [load]: tracer,
    TRACES_FOLDER: folder,
    USER_DEFINED_FOLDERS: '1',
    ACTIVE_FROM_START: '1',
    TERMINATE_UPON_LIMIT: '0',
    TRACE_FILE_COMPRESS: '1',
    DYNAMIC_KERNEL_LIMIT_START: String(isListing ? NEVER : sorted[0]),
    DYNAMIC_KERNEL_LIMIT_END: String(isListing ? NEVER : sorted.at(-1)),
    DYNAMIC_KERNEL_RANGE: isListing ? String(NEVER) : ranges(sorted),
  }
}

/** `1 3 4 5` is `1 3-5`, blank-separated as the tracer reads it. */
function ranges(sorted: readonly number[]): string {
  const parts: [number, number][] = []
  for (const launch of sorted) {
    const last = parts.at(-1)
    if (last !== undefined && launch === last[1] + 1) last[1] = launch
    else parts.push([launch, launch])
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ')
}
