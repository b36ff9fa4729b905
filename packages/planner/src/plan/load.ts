// What requests ask of an instance at least: lengths, what of their prompts no cache can hold, what limits let a prompt
// take. Capacities made of it are bounds from above.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { type Limit, percentileOf } from './limits.js'
import type { PlanQuestion } from './question.js'

/** Mean tokens of a request, and the limits that hold. */
export interface Load {
  inputTokens: number
  /** Of the prompt, those that have to be computed though a cache keeps all that came before. */
  freshTokens: number
  outputTokens: number
  /** Fresh tokens of a prompt, and the seconds that it may take. */
  prompts: readonly { tokens: number; mostS: number }[]
  mostTpotS: number
}

/** Of one request at least. */
export function loadOf({ requests, limits }: Pick<PlanQuestion, 'requests' | 'limits'>): Load {
  const fresh = freshTokensOf(requests)
  const outputs = requests.map(({ outputTokens }) => outputTokens)
  const whole = (value: number) => Math.max(1, Math.round(value))
  // The share of requests that keeps a limit has prompts of so many tokens at least, or none keeps it.
  const at = (limit: Limit, values: readonly number[]) =>
    whole(
      lengthAt(
        limit,
        values.filter((_, i) => isOf(limit, requests[i]!)),
      ),
    )
  const ends = limits.filter(({ latency }) => latency === 'e2e')
  return {
    inputTokens: whole(meanOf(requests.map(({ inputTokens }) => inputTokens))),
    freshTokens: whole(meanOf(fresh)),
    outputTokens: whole(meanOf(outputs)),
    prompts: limits
      .filter(({ latency }) => latency !== 'tpot')
      .map((limit) => ({ tokens: at(limit, fresh), mostS: limit.mostS })),
    mostTpotS: Math.min(
      Number.POSITIVE_INFINITY,
      ...limits.filter(({ latency }) => latency === 'tpot').map(({ mostS }) => mostS),
      ...ends.map((limit) => limit.mostS / at(limit, outputs)),
    ),
  }
}

const isOf = ({ sloClass }: Limit, request: WorkloadRequest) =>
  sloClass === null || request.sloClass === sloClass

function lengthAt({ at }: Limit, values: readonly number[]): number {
  if (values.length === 0) return 1
  return at === 'mean' ? meanOf(values) : percentileOf(Float64Array.from(values).sort(), at)
}

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Tokens of each prompt that no request before it had. */
export function freshTokensOf(requests: readonly WorkloadRequest[]): number[] {
  const groups = new Set<string>()
  const blocks = new Set<number>()
  const sessions = new Map<string, number>()
  return requests.map((request) => {
    const { inputTokens, outputTokens, prefixGroup, prefixTokens = 0, session, round = 0 } = request
    const { blockHashes = [], blockHashTokens = 0 } = request
    const isNew = (hash: number) => !blocks.has(hash)
    const first = blockHashes.findIndex(isNew)
    const kept = Math.max(
      prefixGroup !== undefined && groups.has(prefixGroup) ? prefixTokens : 0,
      (first < 0 ? blockHashes.length : first) * blockHashTokens,
      session !== undefined && round > 0 ? (sessions.get(session) ?? 0) : 0,
    )
    if (prefixGroup !== undefined) groups.add(prefixGroup)
    for (const hash of blockHashes) blocks.add(hash)
    if (session !== undefined) sessions.set(session, inputTokens + outputTokens)
    return Math.max(1, inputTokens - kept)
  })
}
