// Edges by target, with their lags.
//
// Lags. Of the edges into a node, the one that binds is the latest by its typical lag; it takes the
// measured difference, whatever made it up. The others take their typical lag, or the measured
// difference if that is smaller. So replay with nothing changed meets the trace exactly, and when
// something else becomes binding it costs what that usually costs.
import type { EdgeClass } from '../graph.js'
import type { EdgeList } from './edge-list.js'
import type { NodeOrder } from './order.js'

/** Edges into node v are those from edgeStart[v] to edgeStart[v + 1]; nodes by their number. */
export interface EdgesByTarget {
  edgeStart: Uint32Array
  edgeSource: Uint32Array
  edgeLagNs: Float64Array
  edgeClass: Uint16Array
}

/** Sorts the edges that were not left out by target, in linear time, and gives them their lags. */
export function edgesByTarget(
  edges: EdgeList,
  { number, out }: NodeOrder,
  timeNs: Float64Array,
  classes: readonly EdgeClass[],
): EdgesByTarget {
  const { source, target, cls, count } = edges
  const nodeCount = number.length
  // Counted two places further on: filling moves the starts by one.
  const edgeStart = new Uint32Array(nodeCount + 2)
  let kept = 0
  for (let e = 0; e < count; e++) {
    if (out[e] === 1) continue
    edgeStart[number[target[e]!]! + 2]!++
    kept++
  }
  for (let v = 2; v <= nodeCount; v++) edgeStart[v + 1]! += edgeStart[v]!
  const edgeSource = new Uint32Array(kept)
  const edgeClass = new Uint16Array(kept)
  for (let e = 0; e < count; e++) {
    if (out[e] === 1) continue
    const at = edgeStart[number[target[e]!]! + 1]!++
    edgeSource[at] = number[source[e]!]!
    edgeClass[at] = cls[e]!
  }
  const byTarget = { edgeStart: edgeStart.subarray(0, nodeCount + 1), edgeSource, edgeClass }
  return { ...byTarget, edgeLagNs: lags(byTarget, number, timeNs, classes) }
}

function lags(
  { edgeStart, edgeSource, edgeClass }: Omit<EdgesByTarget, 'edgeLagNs'>,
  number: Uint32Array,
  timeNs: Float64Array,
  classes: readonly EdgeClass[],
): Float64Array {
  const typical = Float64Array.from(classes, ({ typicalNs }) =>
    Number.isNaN(typicalNs) ? Infinity : typicalNs,
  )
  const nodeNs = new Float64Array(number.length)
  for (let v = 0; v < number.length; v++) nodeNs[number[v]!] = timeNs[v]!
  const lagNs = new Float64Array(edgeSource.length)
  for (let v = 0; v < number.length; v++) {
    let binding = -1
    let bindingNs = -Infinity
    for (let e = edgeStart[v]!; e < edgeStart[v + 1]!; e++) {
      const sourceNs = nodeNs[edgeSource[e]!]!
      const lag = Math.min(typical[edgeClass[e]!]!, nodeNs[v]! - sourceNs)
      lagNs[e] = lag
      if (sourceNs + lag > bindingNs) {
        bindingNs = sourceNs + lag
        binding = e
      }
    }
    if (binding >= 0) lagNs[binding] = nodeNs[v]! - nodeNs[edgeSource[binding]!]!
  }
  return lagNs
}
