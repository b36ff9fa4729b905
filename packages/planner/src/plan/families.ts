// Every family that could meet the limits, with what it can do at most: memory and the times of steps rule out the rest.
import type { Deployment } from '@flowsim/serving-sim'
import { FlowsimError } from '@flowsim/trace-schema'
import type { Deployments } from './deployments.js'
import { type Family, type Group, stepTimeOf } from './family.js'
import { layoutsOf } from './layouts.js'
import { type Load, loadOf } from './load.js'
import type { PlanQuestion } from './question.js'
import { type Batching, Screen } from './screen.js'
import { ScreenTimes } from './screen-times.js'

/** Tokens of a step that are tried. */
export const BATCH_TOKENS = [2048, 4096, 8192, 16384, 32768] as const
/** The one that families are made with; searches go on to the others. */
const USUAL_TOKENS = 8192
/** Most sequences of a replica, where so many are enough; vLLM's and four times that. */
const SEQUENCES = [256, 1024] as const
const MEMORY_UTILIZATION = 0.9
/** Pools of each role that are combined with each other. */
const MOST_POOLS = 12

/** What was looked at. */
export interface Screened {
  families: Family[]
  /** Layouts, with their precisions and drafts. */
  layouts: number
  /** Those that were refused, by reason, with one message of each. */
  refused: { code: string; count: number; example: string }[]
  /** Those whose steps are too slow for the limits, or that hold no request. */
  tooSlow: number
}

export function screenFamilies(
  question: PlanQuestion,
  deployments: Deployments,
  hasExperts: boolean,
): Screened {
  const refused = new Map<string, { count: number; example: string }>()
  const pools: Record<Group['role'], Group[]> = { both: [], prefill: [], decode: [] }
  const roles = rolesOf(question)
  const load = loadOf(question)
  let layouts = 0
  let tooSlow = 0
  for (const shape of shapesOf(question, hasExperts)) {
    layouts++
    try {
      const deployment = deployments.of(stepTimeOf(question, shape))
      const times = new ScreenTimes(deployment, load, USUAL_TOKENS, shape.depth)
      const found = roles.flatMap(
        (role) => groupOf({ question, load, shape, role, deployment, times }) ?? [],
      )
      if (isTooSlow(roles, found, shape)) tooSlow++
      for (const group of found) pools[group.role].push(group)
    } catch (error) {
      // Of the section, or of an operation that the device does not compute.
      if (!(error instanceof FlowsimError)) throw error
      const known = refused.get(error.code) ?? { count: 0, example: error.message }
      refused.set(error.code, { ...known, count: known.count + 1 })
    }
  }
  const families: Family[] = pools.both.map((group) => ({ mode: 'aggregated', groups: [group] }))
  for (const prefill of cheapest(pools.prefill)) {
    for (const decode of cheapest(pools.decode)) {
      if (!sharesKv(prefill, decode)) continue
      families.push({ mode: 'disaggregated', groups: [prefill, decode] })
    }
  }
  return {
    families,
    layouts,
    refused: [...refused].map(([code, rest]) => ({ code, ...rest })),
    tooSlow,
  }
}

function rolesOf({ modes }: PlanQuestion): Group['role'][] {
  return [
    ...(modes.includes('aggregated') ? (['both'] as const) : []),
    ...(modes.includes('disaggregated') ? (['prefill', 'decode'] as const) : []),
  ]
}

/** Whether a shape serves in none of the modes that are asked for, because of its speed or its room. */
function isTooSlow(
  roles: readonly Group['role'][],
  found: readonly Group[],
  { depth }: Shape,
): boolean {
  const can = (role: Group['role']) => found.some((group) => group.role === role)
  if (can('both')) return false
  // Drafts are of no use to prompts, which others then read.
  return !roles.includes('decode') || !can('decode') || (depth === 0 && !can('prefill'))
}

type Shape = Pick<Group, 'budget' | 'layout' | 'precision' | 'kvPrecision' | 'depth'>

function* shapesOf(question: PlanQuestion, hasExperts: boolean): Generator<Shape> {
  const { budgets, precisions, kvPrecisions, drafts } = question
  for (const budget of budgets) {
    for (const layout of layoutsOf(budget, hasExperts)) {
      for (const precision of precisions) {
        for (const kvPrecision of kvPrecisions) {
          for (const depth of [0, ...(drafts?.depths ?? [])]) {
            yield { budget, layout, precision, kvPrecision, depth }
          }
        }
      }
    }
  }
}

interface GroupParts {
  question: PlanQuestion
  load: Load
  shape: Shape
  role: Group['role']
  deployment: Deployment
  times: ScreenTimes
}

/** The group of a shape in a role, with the smallest batch limit that does not hold it back; undefined: too slow. */
function groupOf({
  question,
  load,
  shape,
  role,
  deployment,
  times,
}: GroupParts): Group | undefined {
  // Drafts are of no use to prompts.
  if (role === 'prefill' && shape.depth > 0) return undefined
  let best: Group | undefined
  for (const sequences of SEQUENCES) {
    const batching: Batching = {
      batchTokens: USUAL_TOKENS,
      sequences,
      memoryUtilization: MEMORY_UTILIZATION,
      drafted: shape.depth,
      tokensPerStep: meanTokens(question.drafts?.acceptance ?? 0, shape.depth),
    }
    const capacity = new Screen(deployment, load, batching, times)[role]()
    if (capacity.requestsPerS === 0) continue
    if (best !== undefined && capacity.requestsPerS <= 1.02 * best.capacity.requestsPerS) continue
    const { devices } = deployment
    best = { ...shape, role, devices, batchTokens: USUAL_TOKENS, sequences, capacity }
  }
  return best
}

/** (1 − a^(k + 1)) / (1 − a), the mean tokens of a step with k drafts of chance a (Leviathan et al., 2023). */
function meanTokens(chance: number, depth: number): number {
  let sum = 1
  for (let i = 1; i <= depth; i++) sum += chance ** i
  return sum
}

/** Keys and values go from one pool to the other as they are. */
const sharesKv = (a: Group, b: Group) =>
  a.kvPrecision === b.kvPrecision && a.precision === b.precision

/** The pools with the fewest devices for each request a second, of each kind of device and precision. */
function cheapest(groups: readonly Group[]): Group[] {
  const kinds = new Map<string, Group[]>()
  for (const group of groups) {
    const kind = `${group.budget.hardware} ${group.precision} ${group.kvPrecision}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), group])
  }
  const perRate = ({ devices, capacity }: Group) => devices / capacity.requestsPerS
  return [...kinds.values()].flatMap((kind) =>
    kind.sort((a, b) => perRate(a) - perRate(b)).slice(0, MOST_POOLS),
  )
}
