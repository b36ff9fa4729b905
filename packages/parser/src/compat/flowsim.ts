// Kernels as the reference parser (microsoft/FlowSim, Python) lists them, quirks included, so that its
// CSV can be had byte for byte. What it does differently from FlowSim's parser:
//   - kernels come in file order; only category "kernel" counts;
//   - operators are joined by `External id` alone, the last event with an id wins;
//   - call stacks are swept in order of `ts` as a double, equal times in file order; External ids and
//     correlations share one table, the last launch wins; only stacks with "LaunchKernel" are kept;
//   - kernels without shapes take those of any annotation around their start (10 µs of slack, 1 ms for
//     NCCL), in file order, and an annotation can serve many kernels.
// Two faults of the original are not kept: it crashes on a trace whose kernels need annotations when
// there are none, and on `args: null`.

import { plainCell } from '@flowsim/trace-schema'
import { Repairs } from '../repairs.js'
import { EventScanner } from '../scan/event-scanner.js'
import { COMPLETE } from '../scan/event-text.js'
import { parseLenientJson, unescapeJson } from '../scan/lenient-json.js'
import { Interest, type ScannedEvent, type ScanSink } from '../scan/scanned-event.js'
import { pythonNumber, pythonRepr } from './python-repr.js'

/** What the reference's kernel database says of a kernel. */
export interface ReferenceMatch {
  op: string
  operation: string
  sourceCode: string
  roles: string[]
  descriptions: string[]
}

/**
 * Looks a kernel up in the reference's database: exact name first, then implementation.
 * @param implementation - second frame of the call stack
 * @param tensors - number of recorded argument shapes, or 0
 */
export type ReferenceLookup = (
  name: string,
  implementation: string,
  tensors: number,
) => ReferenceMatch | undefined

/** Header of the reference's CSV. */
const FLOWSIM_COLUMNS = [
  'Name',
  'Dims',
  'Data Type',
  'Input/Output',
  'Descriptions',
  'Duration (us)',
  'op',
  'operation',
  'Source Code',
  'Call Stack',
] as const

interface Annotation {
  name: string
  start: number
  end: number
  used: boolean
}

interface Kernel {
  name: string
  start: number
  durationText: string
  externalId: number | string | undefined
  correlation: number | string | undefined
}

interface Shapes {
  dims: unknown
  types: unknown
  descriptions?: string[]
}

type Id = number | string

/** Reads the text of a trace and gives the rows of the reference's CSV, without the header. */
export async function flowsimRows(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  lookup: ReferenceLookup,
  source: string,
): Promise<string[][]> {
  const sink = new FlowsimSink()
  const scanner = new EventScanner(source, sink, new Repairs())
  for await (const chunk of chunks) scanner.push(chunk)
  scanner.end(false)
  const stacks = sink.callStacks()
  return sink.kernels.map((kernel) => {
    const id = kernel.externalId ?? kernel.correlation
    const stack = id === undefined ? undefined : stacks.get(id)
    const shapes = sink.shapesOf(kernel, stack)
    const match = lookup(
      kernel.name,
      implementationOf(stack),
      Array.isArray(shapes?.dims) ? shapes.dims.length : 0,
    )
    const descriptions = match?.descriptions ?? shapes?.descriptions
    return [
      kernel.name,
      shapes === undefined ? 'N/A' : pythonRepr(shapes.dims),
      shapes === undefined ? 'N/A' : pythonRepr(shapes.types),
      match === undefined ? '' : pythonRepr(match.roles),
      descriptions === undefined ? '' : pythonRepr(descriptions),
      pythonNumber(kernel.durationText),
      match?.op ?? '',
      match?.operation ?? '',
      match?.sourceCode ?? '',
      stack ?? '',
    ]
  })
}

function implementationOf(stack: string | undefined): string {
  if (stack === undefined) return ''
  const frames = stack.split('<-')
  return (frames[1] ?? frames[0]!).trim()
}

class FlowsimSink implements ScanSink {
  readonly kernels: Kernel[] = []
  readonly #shapes = new Map<Id, Shapes>()
  readonly #annotations: Annotation[] = []
  /** Complete events by thread, in file order. */
  readonly #threads = new Map<string, number[]>()
  readonly #names: string[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #ids: (Id | undefined)[] = []

  interest(): Interest {
    return Interest.All
  }

  header(): void {
    // Nothing of the header is in the CSV.
  }

  event(scanner: ScannedEvent): void {
    if (scanner.ph !== COMPLETE) return
    const { buf } = scanner
    const text = ({ start, end }: { start: number; end: number }) =>
      start < 0 ? '' : new TextDecoder().decode(buf.subarray(start, end))
    const args = (parseLenientJson(text(scanner.args) || '{}') ?? {}) as Record<string, unknown>
    const name = unescapeJson(text(scanner.name))
    const category = text(scanner.cat)
    const start = Number(text(scanner.ts))
    const durationText = text(scanner.dur)
    const end = start + Number(durationText)
    const externalId = args['External id'] as Id | undefined
    const correlation = args.correlation as Id | undefined
    if (externalId !== undefined && args['Input Dims'] !== undefined) {
      this.#shapes.set(externalId, { dims: args['Input Dims'], types: args['Input type'] })
    }
    if (category === 'kernel') {
      this.kernels.push({ name, start, durationText, externalId, correlation })
    }
    if (category === 'gpu_user_annotation' || category === 'user_annotation') {
      this.#annotations.push({ name, start, end, used: false })
    }
    const thread = `${text(scanner.pid)} ${text(scanner.tid)}`
    const index = this.#names.push(name) - 1
    this.#starts.push(start)
    this.#ends.push(end)
    this.#ids.push(externalId ?? correlation)
    const events = this.#threads.get(thread)
    if (events === undefined) this.#threads.set(thread, [index])
    else events.push(index)
  }

  /** Call stacks by External id or correlation. */
  callStacks(): Map<Id, string> {
    const stacks = new Map<Id, string>()
    for (const events of this.#threads.values()) {
      events.sort((a, b) => this.#starts[a]! - this.#starts[b]! || a - b)
      const open: number[] = []
      for (const event of events) {
        while (open.length > 0 && this.#ends[open[open.length - 1]!]! <= this.#starts[event]!) {
          open.pop()
        }
        open.push(event)
        const id = this.#ids[event]
        if (id === undefined || !open.some((each) => isLaunch(this.#names[each]!))) continue
        stacks.set(
          id,
          open
            .map((each) => this.#names[each])
            .reverse()
            .join(' <- '),
        )
      }
    }
    return stacks
  }

  shapesOf(kernel: Kernel, stack: string | undefined): Shapes | undefined {
    const joined = kernel.externalId === undefined ? undefined : this.#shapes.get(kernel.externalId)
    return joined ?? this.#annotated(kernel, stack)
  }

  #annotated(kernel: Kernel, stack: string | undefined): Shapes | undefined {
    const isNccl = kernel.name.toLowerCase().includes('nccl')
    const slack = isNccl ? 1000 : 10
    for (const annotation of this.#annotations) {
      const { name, start, end } = annotation
      if (annotation.used || name.includes('ProfilerStep')) continue
      if (kernel.start < start - slack || kernel.start > end + slack) continue
      const bar = name.indexOf('|')
      if (stack !== undefined && bar >= 0 && !stack.includes(name.slice(0, bar).trim())) continue
      if (isNccl && !name.includes('nccl') && !name.includes('attn_tp_reduce_scatter')) continue
      const shapes = readLabel(name)
      if (shapes !== undefined) return shapes
      annotation.used = true
    }
    return undefined
  }
}

function isLaunch(name: string): boolean {
  return name.includes('LaunchKernel') || name.includes('LaunchCooperativeKernel')
}

/** The reference's grammar: `prefix|var[4x16:dtype],…`, split at every comma; 0-d tensors are dropped. */
function readLabel(name: string): Shapes | undefined {
  const bar = name.indexOf('|')
  if (bar < 0) return undefined
  const dims: number[][] = []
  const types: string[] = []
  const descriptions: string[] = []
  for (const token of name.slice(bar + 1).split(',')) {
    const match = /^([^[\]]*)\[([^\]:]*):([^\]]*)\]$/.exec(token.trim())
    if (match === null) continue
    const sizes = match[2]!
      .split(/[xX]/)
      .map((size) => size.trim())
      .filter((size) => size !== '')
    if (sizes.length === 0 || !sizes.every((size) => /^[-+]?\d+$/.test(size))) continue
    dims.push(sizes.map(Number))
    types.push(match[3]!.trim())
    descriptions.push(match[1]!.trim())
  }
  return dims.length > 0 ? { dims, types, descriptions } : undefined
}

/** How to look kernels up, and what to call the input. */
export interface FlowsimCsvOptions {
  lookup: ReferenceLookup
  /** Name of the input, for error messages. Default `trace`. */
  source?: string
}

/**
 * The reference's CSV of a trace: Python's `csv` module with its defaults, lines ended by CR LF.
 * @param text - the unpacked text of the trace
 * @throws TraceParseError when the text is empty, no trace, or cut off
 */
export async function flowsimCsv(
  text: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { lookup, source = 'trace' }: FlowsimCsvOptions,
): Promise<string> {
  const rows = await flowsimRows(text, lookup, source)
  return [FLOWSIM_COLUMNS, ...rows].map((row) => `${row.map(plainCell).join(',')}\r\n`).join('')
}
