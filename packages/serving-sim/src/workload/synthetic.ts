// Generated workloads: open loop (arrivals of their own) or closed loop (users who wait, think and
// ask again), with shared prefixes, conversations and service classes.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { ServingError } from '../errors.js'
import { Random } from '../random/random.js'
import { type ArrivalSpec, arrivalTimes } from './arrivals.js'
import { type LengthSpec, lengthSampler } from './lengths.js'

/** A generated workload. */
export interface SyntheticSpec {
  /** Requests in all; `stages` and `durationS` may end earlier. */
  requests: number
  /** Arrivals after it do not happen. */
  durationS?: number
  /** Of requests, or of the first rounds of sessions; not with `users`. */
  arrival?: ArrivalSpec
  inputTokens: LengthSpec
  outputTokens: LengthSpec
  /** Tokens that prompts share, besides their own. */
  prefix?: {
    tokens: LengthSpec
    /** Number of different prefixes. Default 1. */
    groups?: number
    /** How unevenly the prefixes are used: the k-th as often as k^-skew. Default 0. */
    skew?: number
  }
  /** Conversations of several rounds. */
  sessions?: {
    rounds: LengthSpec
    /** Seconds from an answer to the next question. */
    thinkS: number | { meanS: number }
    /** Whether a prompt repeats all that was said before. Default true. */
    accumulate?: boolean
  }
  /** Closed loop: so many users, each of whom waits for an answer before asking again. */
  users?: number
  /** Service classes and their shares of the requests. */
  classes?: readonly { name: string; share: number; priority?: number; timeoutS?: number }[]
  seed: number
}

/** The requests of a generated workload, in order of arrival. */
export function syntheticRequests(spec: SyntheticSpec): WorkloadRequest[] {
  const streams = new Random(spec.seed)
  const draw = {
    input: lengthSampler(spec.inputTokens, streams.fork(1)),
    output: lengthSampler(spec.outputTokens, streams.fork(2), 0),
    prefix: prefixSampler(spec.prefix, streams.fork(3)),
    rounds: lengthSampler(spec.sessions?.rounds ?? 1, streams.fork(4)),
    think: thinkSampler(spec.sessions?.thinkS ?? 0, streams.fork(5)),
    sloClass: classSampler(spec.classes, streams.fork(6)),
  }
  const inSessions = spec.sessions !== undefined || spec.users !== undefined
  const accumulate = spec.sessions?.accumulate ?? spec.sessions !== undefined
  const requests: WorkloadRequest[] = []
  const endNs = spec.durationS === undefined ? Number.POSITIVE_INFINITY : spec.durationS * 1e9

  const conversation = (
    arrivalNs: number,
    session: string | null,
    rounds: number,
    isFirst: boolean,
  ) => {
    const prefix = draw.prefix()
    let said = 0
    for (let round = 0; round < rounds && requests.length < spec.requests; round++) {
      const own = draw.input()
      const outputTokens = draw.output()
      const inputTokens = (prefix?.tokens ?? 0) + (accumulate ? said : 0) + own
      said += own + outputTokens
      const { timeoutS, ...chosen } = draw.sloClass() ?? {}
      requests.push({
        id: `request-${requests.length}`,
        arrivalNs,
        inputTokens,
        outputTokens,
        ...(prefix === null ? {} : { prefixGroup: prefix.group, prefixTokens: prefix.tokens }),
        ...(session === null
          ? {}
          : {
              session,
              // Prompts that repeat nothing begin anew.
              round: accumulate ? round : 0,
              thinkNs: isFirst && round === 0 ? 0 : draw.think(),
            }),
        ...chosen,
        ...(timeoutS === undefined || session !== null
          ? {}
          : { deadlineNs: arrivalNs + Math.round(timeoutS * 1e9) }),
      })
    }
  }

  if (spec.users !== undefined) {
    // Every user asks as often, the first ones once more where it does not come out even.
    for (let user = 0; user < spec.users; user++) {
      const asked = Math.ceil((spec.requests - user) / spec.users)
      for (let done = 0; done < asked; ) {
        const rounds = Math.min(asked - done, Math.max(1, draw.rounds()))
        conversation(0, `user-${user}`, rounds, done === 0)
        done += rounds
      }
    }
    return requests
  }
  if (spec.arrival === undefined) {
    throw new ServingError('invalid_workload', 'a workload needs arrival or users')
  }
  let sessions = 0
  for (const arrivalNs of arrivalTimes(spec.arrival, streams.fork(0))) {
    if (requests.length >= spec.requests || arrivalNs > endNs) break
    conversation(arrivalNs, inSessions ? `session-${sessions++}` : null, draw.rounds(), true)
  }
  return requests
}

function prefixSampler(
  spec: SyntheticSpec['prefix'],
  random: Random,
): () => { group: string; tokens: number } | null {
  if (spec === undefined) return () => null
  const count = spec.groups ?? 1
  const length = lengthSampler(spec.tokens, random, 0)
  const groups = Array.from({ length: count }, (_, i) => ({
    group: `prefix-${i}`,
    tokens: length(),
  }))
  const pick = lengthSampler(
    { distribution: 'zipf', min: 1, max: count, theta: spec.skew ?? 0 },
    random,
  )
  return () => groups[pick() - 1]!
}

function thinkSampler(spec: number | { meanS: number }, random: Random): () => number {
  if (typeof spec === 'number') return () => Math.round(spec * 1e9)
  return () => Math.round(spec.meanS * random.exponential() * 1e9)
}

function classSampler(
  classes: SyntheticSpec['classes'],
  random: Random,
): () => { sloClass: string; priority?: number; timeoutS?: number } | null {
  if (classes === undefined || classes.length === 0) return () => null
  const total = classes.reduce((sum, { share }) => sum + share, 0)
  return () => {
    let left = random.double() * total
    const chosen = classes.find(({ share }) => {
      left -= share
      return left < 0
    })
    const { name, priority, timeoutS } = chosen ?? classes[classes.length - 1]!
    return {
      sloClass: name,
      ...(priority === undefined ? {} : { priority }),
      ...(timeoutS === undefined ? {} : { timeoutS }),
    }
  }
}
