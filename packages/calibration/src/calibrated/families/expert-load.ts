// What the experts of one expert-parallel rank get to do: rows, experts that get any, and how many blocks
// of rows they make. The rank is the one that measurements time: the first of a balanced load, the most
// loaded one of a power law.
//
// Balanced: expert e of token t in its slot i is (t + i s) mod experts with s = ceil(experts / topk); fewer
// tokens than s are spread, expert floor(t s / tokens) + i s. Power law: loads are drawn from
// p(x) ~ x^-alpha on [1, 0.8 tokens], or on [0.01, 2] when there are no more rows than experts, scaled to
// tokens topk rows, no expert above one row a token. Source: collector of ai-dynamo/aiconfigurator,
// whose formulas these are; the mean over seeded draws stands for its one draw.
import { seededRandom } from '../trees/random.js'

/** Work of one rank's experts. */
export interface ExpertLoad {
  rows: number
  /** Experts with at least one row. */
  active: number
  /** Blocks of 16, 64 and 128 rows that the experts make. */
  blocks16: number
  blocks64: number
  blocks128: number
  /** Rows of the busiest expert. */
  most: number
}

const DRAWS = 24
const cache = new Map<string, ExpertLoad>()

/** The load of the measured rank. `alpha` is the exponent of a power law, 0 for a balanced load. */
export function expertLoad(
  tokens: number,
  experts: number,
  topk: number,
  ranks: number,
  alpha: number,
): ExpertLoad {
  if (!(tokens > 0)) return { rows: 0, active: 0, blocks16: 0, blocks64: 0, blocks128: 0, most: 0 }
  if (alpha <= 0) return balanced(tokens, experts, topk, ranks)
  // Draws are taken on a grid of token counts; in between, everything that grows with tokens is scaled.
  const step = Math.floor(Math.log2(tokens) * 2)
  const low = 2 ** (step / 2)
  const a = drawn(Math.max(1, Math.round(low)), experts, topk, ranks, alpha)
  const at = Math.log2(tokens) * 2 - step
  if (at < 1e-9) return a
  const b = drawn(Math.max(1, Math.round(2 ** ((step + 1) / 2))), experts, topk, ranks, alpha)
  const mix = (x: number, y: number) => (x > 0 ? x * (y / x) ** at : at * y)
  return {
    rows: mix(a.rows, b.rows),
    active: mix(a.active, b.active),
    blocks16: mix(a.blocks16, b.blocks16),
    blocks64: mix(a.blocks64, b.blocks64),
    blocks128: mix(a.blocks128, b.blocks128),
    most: mix(a.most, b.most),
  }
}

function balanced(tokens: number, experts: number, topk: number, ranks: number): ExpertLoad {
  const local = Math.max(1, Math.floor(experts / ranks))
  const stride = Math.ceil(experts / topk)
  let rows = 0
  for (let slot = 0; slot < topk; slot++) {
    const from = slot * stride
    if (tokens < stride) {
      rows += Math.max(0, Math.min(tokens, Math.ceil(((local - from) * tokens) / stride)))
    } else {
      const start = from % experts
      const rest = tokens % experts
      const wrapped = Math.max(0, start + rest - experts)
      rows +=
        Math.floor(tokens / experts) * local +
        Math.max(0, Math.min(local, start + rest) - Math.min(local, start)) +
        Math.min(local, wrapped)
    }
  }
  rows = Math.max(1, rows)
  const active = Math.min(local, rows)
  const each = rows / active
  return {
    rows,
    active,
    blocks16: active * Math.ceil(each / 16),
    blocks64: active * Math.ceil(each / 64),
    blocks128: active * Math.ceil(each / 128),
    most: Math.ceil(each),
  }
}

function drawn(
  tokens: number,
  experts: number,
  topk: number,
  ranks: number,
  alpha: number,
): ExpertLoad {
  const key = `${tokens},${experts},${topk},${ranks},${alpha}`
  const known = cache.get(key)
  if (known !== undefined) return known
  if (cache.size > 20_000) cache.clear()
  const random = seededRandom(experts * 1000 + topk)
  const sum: ExpertLoad = { rows: 0, active: 0, blocks16: 0, blocks64: 0, blocks128: 0, most: 0 }
  const local = Math.max(1, Math.floor(experts / ranks))
  const few = tokens * topk <= experts
  const low = few ? 0.01 : 1
  const high = few ? 2 : Math.max(1.0001, tokens * 0.8)
  const power = Math.abs(alpha - 1) < 1e-6 ? 1e-6 : 1 - alpha
  const [start, end] = [low ** power, high ** power]
  const loads = new Float64Array(experts)
  for (let draw = 0; draw < DRAWS; draw++) {
    let total = 0
    for (let e = 0; e < experts; e++) {
      loads[e] = ((end - start) * random() + start) ** (1 / power)
      total += loads[e]!
    }
    const wanted = tokens * topk
    let given = 0
    for (let e = 0; e < experts; e++) {
      loads[e] = Math.min(tokens, Math.round((loads[e]! / total) * wanted))
      given += loads[e]!
    }
    settle(loads, wanted - given, tokens)
    let best = 0
    let most = -1
    for (let rank = 0; (rank + 1) * local <= experts; rank++) {
      let rows = 0
      for (let e = rank * local; e < (rank + 1) * local; e++) rows += loads[e]!
      if (rows > most) {
        most = rows
        best = rank
      }
    }
    sum.rows += Math.max(1, most) / DRAWS
    let busiest = 0
    for (let e = best * local; e < (best + 1) * local; e++) {
      const load = loads[e]!
      if (load === 0) continue
      sum.active += 1 / DRAWS
      sum.blocks16 += Math.ceil(load / 16) / DRAWS
      sum.blocks64 += Math.ceil(load / 64) / DRAWS
      sum.blocks128 += Math.ceil(load / 128) / DRAWS
      busiest = Math.max(busiest, load)
    }
    sum.most += busiest / DRAWS
  }
  cache.set(key, sum)
  return sum
}

/** Gives rows that rounding and the bound left over to the least loaded experts, or takes them back. */
function settle(loads: Float64Array, rest: number, bound: number): void {
  if (rest === 0) return
  const order = [...loads.keys()].sort((a, b) => loads[a]! - loads[b]! || a - b)
  if (rest < 0) {
    // The most loaded experts give back first.
    for (let i = order.length - 1; rest < 0; i = i === 0 ? order.length - 1 : i - 1) {
      const e = order[i]!
      if (loads[e]! > 0) {
        loads[e]!--
        rest++
      } else if (i === 0) break
    }
    return
  }
  let level = 0
  while (rest > 0) {
    // Fill everyone who is below the next level, one row at a time when few are left.
    level = Math.min(bound, loads[order[0]!]! + Math.max(1, Math.floor(rest / loads.length)))
    let moved = false
    for (const e of order) {
      if (rest === 0) break
      if (loads[e]! >= level || loads[e]! >= bound) continue
      const more = Math.min(rest, level - loads[e]!)
      loads[e]! += more
      rest -= more
      moved = true
    }
    if (!moved) break
    order.sort((a, b) => loads[a]! - loads[b]! || a - b)
  }
}
