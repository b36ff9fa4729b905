// Captures and replays of graphs for tests.
import type { KernelTrace } from '@flowsim/trace-schema'
import type { Capture } from '../capture/captured-graph.js'
import type { CaptureReport } from '../capture/merge-captures.js'
import { TraceParseError } from '../errors.js'
import { type ParseOptions, parseCapture, parseTrace } from '../parse-trace.js'
import { bytesOf, host, kernel, type MadeEvent, traceText } from './make-trace.js'

/** Reads a made capture trace. */
export const capture = (events: MadeEvent[], source = 'capture.json'): Promise<Capture> =>
  parseCapture([bytesOf(traceText(events))], { source })

/** Parses a made trace with captures. */
export async function merged(
  execution: MadeEvent[],
  captures: Capture[],
  options: ParseOptions = {},
): Promise<{ trace: KernelTrace; report: CaptureReport }> {
  let report: CaptureReport | undefined
  const trace = await parseTrace([bytesOf(traceText(execution))], {
    source: 'run.json',
    captures,
    onCaptures: (each) => {
      report = each
    },
    ...options,
  })
  return { trace, report: report! }
}

/** The message of the mismatch that a parse ends with. */
export async function mismatch(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof TraceParseError && error.code === 'capture_mismatch') return error.message
  throw error ?? new Error('expected a mismatch')
}

/** One operator that launches kernels of the names given; `at` counts in units of 10 µs. */
export function operator(
  name: string,
  rows: number,
  at: number,
  kernels: readonly string[],
  { named = true, executed = false } = {},
): MadeEvent[] {
  const ts = 10 * at
  const events = [
    host('cpu_op', name, ts, 8, {
      'External id': at,
      'Input Dims': [
        [rows, 16],
        [16, 16],
      ],
      'Input type': ['c10::BFloat16', 'c10::BFloat16'],
    }),
  ]
  kernels.forEach((each, i) => {
    const correlation = 100 * at + i
    events.push(
      host('cuda_runtime', 'hipLaunchKernel', ts + 1 + i, 1, {
        correlation,
        ...(named ? { kernel: each } : {}),
      }),
    )
    if (executed) events.push(kernel(each, ts + 5000 + i, 1, { correlation, grid: [rows, 1, 1] }))
  })
  return events
}

/** Operators and the kernels of each. */
export type Layer = [operator: string, kernels: string[]][]
/** A layer whose kernels are not all of one operator each. */
export const LAYER: Layer = [
  ['aten::mm', ['gemm', 'splitk']],
  ['norm', ['norm_kernel']],
  ['aten::mm', ['gemm', 'splitk']],
]
/** Its kernels. */
export const NAMES: string[] = LAYER.flatMap(([, names]) => names)

/** The capture of one graph, its operators with `rows` rows. */
export function graph(rows: number, at: number, layer = LAYER, named = true): MadeEvent[] {
  return [
    host('cuda_runtime', 'hipStreamBeginCapture', 10 * at, 1),
    ...layer.flatMap(([name, names], i) => operator(name, rows, at + 1 + i, names, { named })),
    host('cuda_runtime', 'hipStreamEndCapture', 10 * (at + 1 + layer.length), 1),
  ]
}

/** A graph launch and its kernels. */
export function replay(
  correlation: number,
  at: number,
  names: readonly string[] = NAMES,
  streams: readonly number[] = [],
): MadeEvent[] {
  return [
    host('cuda_runtime', 'hipGraphLaunch', at, 2, { correlation }),
    ...names.map((name, i) =>
      kernel(name, at + 10 + i, 1, { correlation, stream: streams[i] ?? 7 }),
    ),
  ]
}

/** Rows of the first argument of each kernel that a capture describes. */
export const rowsOf = ({ kernels }: KernelTrace): (number | undefined)[] =>
  kernels.map(({ op, shapesFrom }) => {
    const [first] = op?.args ?? []
    return shapesFrom === 'capture' && first?.kind === 'tensor' ? first.shape[0] : undefined
  })
