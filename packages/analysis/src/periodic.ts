// Finds the layers of a decoder stack in a sequence of kernels that names none: a stack repeats the
// same kernels for each layer, so its sequence of names is periodic.
//
// For a period p, position i matches when token[i] = token[i + p]. A run is a stretch in which at least
// MATCH of every p neighbouring positions match; a run of r positions holds r/p + 1 repeats. The period
// is the smallest one that explains at least half as many kernels as the best (whole passes repeat too,
// with the embedding and head in them) and that looks like a layer: it holds attention, and neither an
// embedding nor sampling. So models without attention have no layers here. Candidates are the most
// frequent distances between equal tokens, so the search is linear in the number of kernels.
import { layerPhases } from './layer-phase.js'

const MATCH = 0.8
const ENOUGH = 0.5
const CANDIDATES = 24

/** What a kernel looks like to the search for layers. */
export interface SequenceItem {
  /** Equal for equal kernels. */
  token: number
  /** `edge`: embedding and sampling, which are in no layer. */
  role: 'attention' | 'gemm' | 'norm' | 'edge' | 'other'
}

/** A stretch of a sequence that repeats with a period. */
export interface Repetition {
  /** Places where a repeat begins, ascending; each ends where the next begins. */
  starts: number[]
  /** Place after the last repeat. */
  end: number
  period: number
}

/** The repeating layers of a sequence, in order; empty when nothing repeats. */
export function findLayers(items: readonly SequenceItem[]): Repetition[] {
  const tokens = Int32Array.from(items, (item) => item.token)
  if (!items.some((item) => item.role === 'attention')) return []
  const found: { period: number; runs: Run[]; covered: number }[] = []
  for (const period of candidatePeriods(items)) {
    const runs = findRuns(tokens, period).filter(({ from }) => looksLikeLayer(items, from, period))
    const covered = runs.reduce((sum, run) => sum + run.to - run.from, 0)
    if (covered > 0) found.push({ period, runs, covered })
  }
  const most = Math.max(0, ...found.map((f) => f.covered))
  const best = found
    .filter((f) => f.covered >= ENOUGH * most)
    .sort((a, b) => a.period - b.period)[0]
  if (!best) return []
  const all = cutLayers(items, best.runs, best.period)

  // What the best period leaves (another phase with other kernels, dense layers before MoE layers).
  const others = found.filter((f) => f !== best).sort((a, b) => a.period - b.period)
  const taken = new Uint8Array(items.length)
  const take = ({ starts, end }: Repetition) => taken.fill(1, starts[0], end)
  for (const repetition of all) take(repetition)
  for (const { period, runs } of others) {
    for (const layers of cutLayers(items, runs, period)) {
      if (layers.starts.length < 2) continue
      let free = true
      for (let i = layers.starts[0]!; i < layers.end && free; i++) free = taken[i] === 0
      if (!free) continue
      take(layers)
      all.push(layers)
    }
  }
  return all.filter(({ starts }) => starts.length > 1).sort((a, b) => a.starts[0]! - b.starts[0]!)
}

/** A stretch in which the sequence repeats. */
export interface Run {
  from: number
  to: number
}

/** The most frequent distances between neighbouring equal tokens, attention first. */
function candidatePeriods(items: readonly SequenceItem[]): number[] {
  const last = new Map<number, number>()
  const distances = new Map<number, number>()
  const anchors = new Map<number, number>()
  items.forEach(({ token, role }, i) => {
    const before = last.get(token)
    last.set(token, i)
    if (before === undefined || i - before < 3) return
    const into = role === 'attention' ? anchors : distances
    into.set(i - before, (into.get(i - before) ?? 0) + 1)
  })
  const top = (counts: Map<number, number>, n: number) =>
    [...counts]
      .filter(([, count]) => count > 0)
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, n)
      .map(([distance]) => distance)
  const chosen = [...top(anchors, CANDIDATES), ...top(distances, CANDIDATES / 2)]
  return [...new Set(chosen)]
}

/** Stretches that repeat with the period at least once. */
function findRuns(tokens: Int32Array, period: number): Run[] {
  const count = tokens.length - period
  const runs: Run[] = []
  let matches = 0
  let from = -1
  for (let i = 0; i < count; i++) {
    if (tokens[i] === tokens[i + period]) matches++
    if (i >= period && tokens[i - period] === tokens[i]) matches--
    // The window is [i - period + 1, i].
    if (i < period - 1) continue
    const good = matches >= MATCH * period
    if (good && from < 0) from = i - period + 1
    if (from >= 0 && (!good || i === count - 1)) {
      const to = (good ? i + 1 : i) + period
      const run = trim(tokens, from, to, period)
      if (run.to - run.from >= 2 * period * MATCH) runs.push(run)
      from = -1
    }
  }
  // Windows of two runs may share their border.
  for (let r = 1; r < runs.length; r++) {
    runs[r]!.from = Math.max(runs[r]!.from, runs[r - 1]!.to)
  }
  return runs.filter((run) => run.to - run.from >= 2 * period * MATCH)
}

/** A run begins with a match and ends with one. */
function trim(tokens: Int32Array, from: number, to: number, period: number): Run {
  while (from < to - period && tokens[from] !== tokens[from + period]) from++
  while (to - period > from && tokens[to - 1] !== tokens[to - 1 - period]) to--
  return { from, to }
}

function looksLikeLayer(items: readonly SequenceItem[], from: number, period: number): boolean {
  let attention = false
  for (let i = from; i < from + period; i++) {
    const { role } = items[i]!
    if (role === 'edge') return false
    if (role === 'attention') attention = true
  }
  return attention
}

/** Cuts runs of one period into layers. */
function cutLayers(
  items: readonly SequenceItem[],
  runs: readonly Run[],
  period: number,
): Repetition[] {
  const phases = layerPhases(items, runs, period)
  return runs.map((run, r) => {
    const present = (start: number) =>
      Math.min(start + period, run.to) - Math.max(start, run.from) >= MATCH * period
    let first = phases[r]!
    while (first - period >= 0 && present(first - period)) first -= period
    while (!present(first) && first < run.to) first += period
    const starts: number[] = []
    let start = first
    for (; present(start); start += period) starts.push(Math.max(0, start))
    // The last layer is cut short where the pass ends in it.
    let end = Math.min(start, items.length)
    for (let i = starts.at(-1) ?? end; i < end; i++) if (items[i]!.role === 'edge') end = i
    return { starts, end, period }
  })
}
