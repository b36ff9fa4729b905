// The traces that are open: parsed, their kernels looked up, kept until others need the room.
import { notOneJob } from '@flowsim/analysis'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseTrace, TraceParseError, withoutKernels } from '@flowsim/parser'
import { hardwareOfTrace, summarizeTrace } from '@flowsim/pipeline'
import {
  isKernel,
  type KernelOperation,
  type KernelTrace,
  type OpFamily,
  type ParseSummary,
} from '@flowsim/trace-schema'

/** A trace with the operation of each of its kernels. */
export interface OpenTrace {
  trace: KernelTrace
  operations: KernelOperation[]
}

/** A trace file, and those that lie beside it, by name. */
export interface TraceFiles {
  file: File
  beside: Readonly<Record<string, File>>
  /** Keep what is complete of a file that is cut off or damaged. */
  salvage?: boolean
}

/** Why a file was not opened. */
export interface OpenFault {
  fault: string
  /** What is complete of it can be kept. */
  isSalvageable: boolean
}

/** What the page shows of a trace. */
export interface TraceFacts {
  summary: ParseSummary
  /** Name in the hardware catalogue; null: the device is not in it. */
  hardware: string | null
  /** Operation families by their share of kernel time, largest first. */
  families: { family: OpFamily; timeShare: number }[]
}

/** Kernels of all open traces together; about 1 kB each. */
const MOST_KERNELS = 1_500_000

/** Open traces by id, the least used first. */
export class OpenTraces {
  readonly #traces = new Map<string, OpenTrace>()

  has(id: string): boolean {
    return this.#traces.has(id)
  }

  /** Parses a file, unless it is open. A fault is an answer: a thread throws its words alone. */
  async open(
    id: string,
    { file, beside, salvage = false }: TraceFiles,
    onProgress: (readBytes: number) => void,
  ): Promise<TraceFacts | OpenFault> {
    let open = this.#traces.get(id)
    if (open === undefined) {
      try {
        const options = { hostCalls: true, beside, salvage, onProgress }
        const trace = await parseTrace(file, { source: file.name, ...options })
        if (trace.kernels.length === 0) throw withoutKernels(trace)
        open = { trace, operations: classifyTrace(trace) }
      } catch (error) {
        if (!(error instanceof TraceParseError)) throw error
        return { fault: error.message, isSalvageable: error.isSalvageable }
      }
    }
    this.#keep(id, open)
    return factsOf(open)
  }

  /** @throws Error when it is not open. */
  get(id: string): OpenTrace {
    const open = this.#traces.get(id)
    if (open === undefined) throw new Error('this trace is closed; open it again')
    this.#keep(id, open)
    return open
  }

  close(id: string): void {
    this.#traces.delete(id)
  }

  /** What speaks against traces being ranks of one job; empty for nothing. */
  notOneJob(ids: readonly string[]): string {
    return notOneJob(ids.map((id) => this.get(id))).join('; ')
  }

  #keep(id: string, open: OpenTrace): void {
    this.#traces.delete(id)
    this.#traces.set(id, open)
    let kernels = 0
    for (const { trace } of this.#traces.values()) kernels += trace.kernels.length
    for (const [other, { trace }] of this.#traces) {
      if (kernels <= MOST_KERNELS || other === id) break
      kernels -= trace.kernels.length
      this.#traces.delete(other)
    }
  }
}

function factsOf({ trace, operations }: OpenTrace): TraceFacts {
  const times = new Map<OpFamily, number>()
  let allNs = 0
  trace.kernels.forEach((kernel, k) => {
    if (!isKernel(kernel)) return
    const { family } = operations[k]!
    times.set(family, (times.get(family) ?? 0) + kernel.durationNs)
    allNs += kernel.durationNs
  })
  return {
    summary: summarizeTrace(trace, operations),
    hardware: hardwareOfTrace(trace)?.name ?? null,
    families: [...times]
      .sort(([, a], [, b]) => b - a)
      .map(([family, ns]) => ({ family, timeShare: allNs > 0 ? ns / allNs : 0 })),
  }
}
