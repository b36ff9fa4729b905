// Where in a repeating sequence of kernels a layer begins.
//
// A stack that is all in the window is a whole number of layers long, so a layer begins where the stretch
// begins, give or take a kernel: the first norm may have another name than the rest (it has no residual),
// and a kernel before the stack may be that before every layer by chance. The nearest norm is taken for the
// begin, if there is one close by. Stretches that are cut off by the window get the phase of a whole one
// with the same kernels, else they begin at the norm before the products that feed attention.
import type { Run, SequenceItem } from './periodic.js'

/** Share of a layer by which a whole stack may miss a whole number of layers. */
const WHOLE = 0.2
/** Share of a layer within which the begin of a stack is looked for. */
const NEAR = 0.1

/** For each run the place of one begin of a layer, near the run's own. */
export function layerPhases(
  items: readonly SequenceItem[],
  runs: readonly Run[],
  period: number,
): number[] {
  const miss = ({ from, to }: Run) => {
    const layers = (to - from) / period
    return Math.abs(layers - Math.round(layers))
  }
  const phases = runs.map(() => -1)
  const known = new Map<number, number>()
  const order = runs.map((_, r) => r).sort((a, b) => miss(runs[a]!) - miss(runs[b]!) || a - b)
  for (const r of order) {
    const run = runs[r]!
    let phase = -1
    for (let i = run.from; i < run.from + period && phase < 0; i++) {
      const offset = known.get(items[i]!.token)
      if (offset !== undefined) phase = i - offset
    }
    if (phase < 0) {
      phase = miss(run) <= WHOLE ? beginNear(items, run, period) : normBefore(items, run, period)
      for (const [token, offset] of markers(items, phase + period, period)) known.set(token, offset)
    }
    phases[r] = phase
  }
  return phases
}

/** Tokens that a layer holds once, with their places in it. */
function markers(
  items: readonly SequenceItem[],
  start: number,
  period: number,
): [number, number][] {
  const places = new Map<number, number>()
  for (let o = 0; o < period && start + o < items.length; o++) {
    const { token } = items[start + o]!
    places.set(token, places.has(token) ? -1 : o)
  }
  return [...places].filter(([, offset]) => offset >= 0)
}

/** The norm nearest to the begin of a run, or the begin itself. */
function beginNear(items: readonly SequenceItem[], { from }: Run, period: number): number {
  const slack = Math.max(1, Math.floor(NEAR * period))
  for (let away = 0; away <= slack; away++) {
    if (items[from - away]?.role === 'norm') return from - away
    if (items[from + away]?.role === 'norm') return from + away
  }
  return from
}

/** The norm before the products that feed attention; without a norm, the first of these products. */
function normBefore(items: readonly SequenceItem[], { from }: Run, period: number): number {
  const at = (offset: number) => items[from + ((offset + period) % period)]!.role
  let attention = 0
  while (attention < period && at(attention) !== 'attention') attention++
  let gemm = -1
  for (let back = 1; back < period; back++) {
    const role = at(attention - back)
    if (role === 'attention') break
    if (role === 'gemm') gemm = attention - back
    if (role === 'norm' && gemm >= 0) return from + ((attention - back + period) % period)
    // The products of queries, keys and values stand together.
    if (gemm >= 0 && gemm - (attention - back) > 2) break
  }
  return from + (gemm < 0 ? 0 : (gemm + period) % period)
}
