// When the nodes of a graph begin. Few files say it; where none does, a node begins when what it comes after has
// ended, and what is before it on its stream or thread: durations are measured, the order is that of the graph.
import type { Repairs } from '../../repairs.js'
import type { ChakraNode } from './node.js'

/** Starts in microseconds, in the order of the nodes. */
export function startTimes(nodes: readonly ChakraNode[], repairs: Repairs): Float64Array {
  if (nodes.some(({ startUs }) => startUs > 0)) {
    return Float64Array.from(nodes, ({ startUs }) => startUs)
  }
  const starts = new Float64Array(nodes.length)
  if (nodes.length > 0) repairs.share('no_start', nodes.length, nodes.length, 'nodes')
  const rows = new Map(nodes.map(({ id }, row) => [id, row]))
  const waitsFor = new Int32Array(nodes.length)
  const after: number[][] = nodes.map(() => [])
  for (const [row, node] of nodes.entries()) {
    for (const id of new Set([...node.controls, ...node.data])) {
      const before = rows.get(id)
      if (before === undefined || before === row) continue
      after[before]!.push(row)
      waitsFor[row]!++
    }
  }
  const free = new Map<string, number>()
  const ready = nodes.flatMap((_, row) => (waitsFor[row] === 0 ? [row] : []))
  const isPlaced = new Uint8Array(nodes.length)
  const place = (row: number): void => {
    const { isOnHost, thread, stream, durationUs } = nodes[row]!
    const lane = isOnHost ? `thread ${thread}` : `stream ${stream}`
    const start = Math.max(starts[row]!, free.get(lane) ?? 0)
    starts[row] = start
    isPlaced[row] = 1
    free.set(lane, start + durationUs)
    for (const next of after[row]!) {
      if (isPlaced[next] === 1) continue
      starts[next] = Math.max(starts[next]!, start + durationUs)
      if (--waitsFor[next]! === 0) ready.push(next)
    }
  }
  for (let i = 0; i < ready.length; i++) place(ready[i]!)
  // What stands in a circle is taken in the order of the file.
  for (let row = 0; row < nodes.length; row++) if (isPlaced[row] === 0) place(row)
  return starts
}
