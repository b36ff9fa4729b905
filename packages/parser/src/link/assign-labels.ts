// Gives the tensors of shape labels to kernels that no operator describes: one label, one kernel.
//
// A label is an annotation around a launcher on the CPU, and the same annotation again on the device
// from the first to the last kernel of that launcher. Candidates are the kernels without shapes that
// were launched within the first or ran within the second. The kernel that bears the label's name is
// taken, else the first candidate that was launched by itself (not as part of a graph).
import type { KernelEvent } from '@flowsim/trace-schema'
import type { TraceStore } from '../collect/trace-store.js'
import { unescapeJson } from '../scan/lenient-json.js'
import { parseShapeLabel, type ShapeLabel } from './labels.js'
import type { LaunchContexts } from './launch-contexts.js'

interface Input {
  store: TraceStore
  /** In order of start. */
  kernels: KernelEvent[]
  /** Device row of each kernel. */
  rows: number[]
  launches: Int32Array
  contexts: LaunchContexts
  origin: number
}

export function assignLabels(input: Input): void {
  const { store, kernels, rows, launches, contexts } = input
  const labels = labelledAnnotations(store)
  if (labels.size === 0) return
  const candidates = new Map<number, number[]>()
  const offer = (annotation: number, kernel: number) => {
    const list = candidates.get(annotation)
    if (list === undefined) candidates.set(annotation, [kernel])
    else if (!list.includes(kernel)) list.push(kernel)
  }
  const twins = hostTwins(store, labels)
  const onStream = new StreamLabels(store, labels)
  kernels.forEach((kernel, i) => {
    if (kernel.shapesFrom !== 'none' || kernel.kind === 'memcpy' || kernel.kind === 'memset') return
    for (const row of contexts.get(launches[rows[i]!]!)?.annotations ?? []) {
      if (labels.has(row)) offer(row, i)
    }
    const time = kernel.startNs + input.origin
    for (const row of onStream.at(kernel.device, kernel.stream, time)) {
      offer(twins.get(row) ?? row, i)
    }
  })
  for (const [annotation, list] of [...candidates].sort(([a], [b]) => a - b)) {
    const label = labels.get(annotation)!
    const free = list.filter((i) => kernels[i]!.shapesFrom === 'none')
    const chosen =
      free.find((i) => bears(kernels[i]!.name, label.base)) ??
      free.find((i) => contexts.get(launches[rows[i]!]!)?.isGraph !== true)
    if (chosen === undefined) continue
    kernels[chosen]!.tensors = label.tensors
    kernels[chosen]!.shapesFrom = 'annotation'
  }
}

/** Whether a kernel's name holds the label's name or the last part of it ("mla.decode"). */
function bears(kernel: string, base: string): boolean {
  if (base === '') return false
  if (kernel.includes(base)) return true
  const last = base.slice(base.lastIndexOf('.') + 1)
  return last.length > 3 && kernel.includes(last)
}

function labelledAnnotations(store: TraceStore): Map<number, ShapeLabel> {
  const { annotations, names } = store
  const byName = new Map<number, ShapeLabel | undefined>()
  const labels = new Map<number, ShapeLabel>()
  for (let row = 0; row < annotations.length; row++) {
    const id = annotations.name.data[row]!
    if (!byName.has(id)) byName.set(id, parseShapeLabel(unescapeJson(names.text(id))))
    const label = byName.get(id)
    if (label !== undefined) labels.set(row, label)
  }
  return labels
}

/** For annotations on a device the row of the same one on the host: same name, same External id. */
function hostTwins(store: TraceStore, labels: Map<number, ShapeLabel>): Map<number, number> {
  const { annotations } = store
  const key = (row: number) => `${annotations.name.data[row]} ${annotations.externalId.data[row]}`
  const hosts = new Map<string, number>()
  for (const row of labels.keys()) {
    if (annotations.onDevice.data[row] === 0) hosts.set(key(row), row)
  }
  const twins = new Map<number, number>()
  for (const row of labels.keys()) {
    const host = hosts.get(key(row))
    if (annotations.onDevice.data[row] === 1 && host !== undefined) twins.set(row, host)
  }
  return twins
}

/** Labels on device streams, asked for in order of time. */
class StreamLabels {
  readonly #streams = new Map<string, { rows: number[]; next: number; open: number[] }>()

  constructor(
    private readonly store: TraceStore,
    labels: Map<number, ShapeLabel>,
  ) {
    const { annotations, threads } = store
    for (const row of labels.keys()) {
      if (annotations.onDevice.data[row] === 0) continue
      const thread = annotations.thread.data[row]!
      const key = `${threads.pid(thread)} ${streamOf(threads.tid(thread))}`
      const stream = this.#streams.get(key)
      if (stream === undefined) this.#streams.set(key, { rows: [row], next: 0, open: [] })
      else stream.rows.push(row)
    }
    for (const { rows } of this.#streams.values()) {
      rows.sort((a, b) => annotations.start.data[a]! - annotations.start.data[b]! || a - b)
    }
  }

  /** Labels that cover `time` on the stream, innermost last. */
  at(device: number, stream: number, time: number): readonly number[] {
    const found = this.#streams.get(`${device} ${stream}`)
    if (found === undefined) return []
    const { start, duration } = this.store.annotations
    while (found.next < found.rows.length && start.data[found.rows[found.next]!]! <= time) {
      found.open.push(found.rows[found.next++]!)
    }
    found.open = found.open.filter((row) => start.data[row]! + duration.data[row]! >= time)
    return found.open
  }
}

function streamOf(tid: number | string): number | string {
  const digits = typeof tid === 'string' ? /(\d+)$/.exec(tid)?.[1] : undefined
  return digits === undefined ? tid : Number(digits)
}
