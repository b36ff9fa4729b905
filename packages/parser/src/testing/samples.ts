// Texts that several tests read, and how they read them.
import type { KernelTrace } from '@flowsim/trace-schema'
import { TraceParseError } from '../errors.js'
import { type ParseOptions, parseTrace } from '../parse-trace.js'
import { bytesOf, host, kernel, type MadeEvent } from './make-trace.js'

/** Parses a text. */
export function parseMade(text: string, options: ParseOptions = {}): Promise<KernelTrace> {
  return parseTrace([bytesOf(text)], { source: 't.json', ...options })
}

/** A launch, its operator and its kernel. */
export const LAUNCHED: readonly [MadeEvent, MadeEvent, MadeEvent] = [
  host('cpu_op', 'aten::mm', 10, 20, {
    'External id': 3,
    'Input Dims': [[2, 3], [3, 4], []],
    'Input type': ['c10::BFloat16', 'c10::BFloat16', 'Scalar'],
    'Input Strides': [[3, 1], [4, 1], []],
    'Concrete Inputs': ['', '', '1'],
  }),
  host('cuda_runtime', 'cudaLaunchKernel', 15, 5, { 'External id': 3, correlation: 8 }),
  kernel('gemm', 40, 1.5, { correlation: 8, grid: [1, 2, 3], block: [32, 1, 1] }),
]

/** Events whose text is hard to find the ends of. */
export const TRICKY: readonly MadeEvent[] = [
  host('python_function', 'f "quoted" }, {"ph": {lambda}', 0, 100, { 'Python id': 1 }),
  ...LAUNCHED,
  { ph: 'M', name: 'process_name', pid: 0, tid: 0, ts: 0, args: { name: 'python' } },
  { name: 'Iteration', ph: 'i', s: 'g', pid: '', tid: '', ts: 50 },
  host('cpu_op', 'nested', 200, 5, { list: [{ ph: 'X' }, { a: ['}'] }], text: '\\"}, {\\' }),
  kernel('void f<(x)"y">()', 60, 3),
]

/** The error that a parse ends with. */
export async function refusal(run: () => Promise<unknown>): Promise<TraceParseError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof TraceParseError) return error
    throw error
  }
  throw new Error('expected a TraceParseError')
}

/** Faults between two good kernels. */
export const faulty = (...between: string[]): string =>
  `{"traceEvents": [${[
    JSON.stringify(kernel('first', 1, 1)),
    ...between,
    JSON.stringify(kernel('last', 9, 1)),
  ].join(',\n')}]}`

/** Faults of every kind in one text. */
export const MALFORMED: string = faulty(
  '{"ph": "X", "cat": "kernel", "name": "x", "ts": 5, "dur": oops, "args": {}}',
  '{"ph": "X", "cat": "kernel", "name": "a "quoted" name", "pid": 0, "tid": 7, "ts": 6, "dur": 1}',
  '{"ph": "X", "cat": "kernel", "name": "bare", "pid": 0, "tid": 7, "ts": 7, "dur": 1, "args": {"v": NaN, "w": N/A, "x": -inf}}',
  '{"ph": "X" "cat"}',
  'garbage',
  '{"ph": "X", "cat": "python_function", "name": "p", "args": {',
)
