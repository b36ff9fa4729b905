// Files that people take for traces and that are not read: each is named for what it is, with the way to a
// file that is read.
import { TraceParseError } from '../errors.js'
import { isExecutionTrace } from '../execution-trace/read-execution-trace.js'
import type { TraceFile } from '../input/trace-file.js'

interface Foreign {
  recognises: (file: TraceFile) => boolean
  is: string
  instead: string
}

const named = (pattern: RegExp) => (file: TraceFile) => pattern.test(file.source)
const mentions =
  (...texts: string[]) =>
  ({ head }: TraceFile) =>
    texts.every((text) => head.mentions(text))
/** Pickles of protocol 2 and later. */
const isPickle = ({ head }: TraceFile) => head.bytes[0] === 0x80 && (head.bytes[1] ?? 0) <= 5

const FOREIGN: readonly Foreign[] = [
  {
    recognises: named(/\.(?:nsys-rep|qdrep)(?:\.gz)?$/i),
    is: 'is a report of Nsight Systems in its own format',
    instead: 'nsys export --type sqlite -o run.sqlite REPORT, and give run.sqlite',
  },
  {
    recognises: (file) => file.head.has('NVR\0') || named(/\.ncu-rep$/i)(file),
    is: 'is a report of Nsight Compute, which has counters of single kernels and no timeline',
    instead: 'profile with nsys or torch.profiler for a trace',
  },
  {
    recognises: (file) =>
      (isPickle(file) && (file.head.mentions('device_traces') || file.head.mentions('segments'))) ||
      mentions('"device_traces"', '"segments"')(file),
    is: 'is a memory snapshot of PyTorch: allocations, no kernels',
    instead: 'see it at pytorch.org/memory_viz, and profile with torch.profiler for a trace',
  },
  {
    recognises: isPickle,
    is: 'is a Python pickle',
    instead: 'export a trace with export_chrome_trace',
  },
  {
    recognises: (file) => file.head.has('SQLite format 3\0'),
    is: 'is an SQLite file of another program',
    instead: 'export from Nsight Systems (--type sqlite), rocprofv3 or rpd',
  },
  {
    recognises: isExecutionTrace,
    is: 'is a PyTorch execution trace: operators and tensors without times of the device',
    instead: 'give the Kineto trace of the same run, and this one with --execution-trace',
  },
  {
    recognises: mentions('"$schema"', 'speedscope'),
    is: 'is a speedscope profile',
    instead: 'profile with torch.profiler or nsys for a trace of the device',
  },
  {
    recognises: ({ head }) => /^\s*<(?:!doctype|html)/i.test(textOf(head.bytes)),
    is: 'is a web page',
    instead: 'give the trace that it was made of',
  },
  {
    recognises: ({ head }) => head.has('PAR1'),
    is: 'is a Parquet file',
    instead: 'give the trace itself',
  },
]

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 64))
}

/** @throws TraceParseError `unsupported_format` for a file that is known and not read */
export function refuseForeign(file: TraceFile): void {
  const found = FOREIGN.find(({ recognises }) => recognises(file))
  if (found === undefined) return
  throw new TraceParseError('unsupported_format', `${found.is}; ${found.instead}`, {
    source: file.source,
  })
}
