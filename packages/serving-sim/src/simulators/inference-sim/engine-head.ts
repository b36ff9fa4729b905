// inference-sim (BLIS) as of August 2026 (commit f90a1e3a): one clock, one or more instances, each
// with a queue, a running batch under vLLM's rules and a paged KV cache. Integer microseconds.
//
// A step admits and advances at its start; what it produces is stamped with its end. Requests that
// can never be served are dropped on arrival. One case the original lacks: a request that needs
// more blocks than there are, alone, is dropped when that shows, instead of starting over for ever.

import { StepBatch } from '@flowsim/trace-schema'
import { Deque } from '../../core/deque.js'
import { EventQueue } from '../../core/event-queue.js'
import { mean, quantile } from '../../core/quantile.js'
import { WeightedSamples } from '../../core/weighted-samples.js'
import { GoRand } from '../../random/go-rand.js'
import { streamSeed } from '../../random/stream-seed.js'
import type { InferenceSimRequest } from './engine-2025.js'
import { type CacheClient, type KeyStream, KvBlocks } from './kv-blocks.js'
import { SLO_PRIORITIES } from './slo-classes.js'

/** Times that inference-sim's latency model gives, in µs. */
export interface InferenceSimLatency {
  /** Whole µs of a step. */
  stepUs(batch: StepBatch): number
  /** From arrival to the queue: α0 + α1 · prompt tokens for `roofline`, α0 for `trained-physics`. */
  queueingUs(inputTokens: number): number
  /** For each output token. */
  tokenUs: number
  /** Once, after the last token. */
  postDecodeUs: number
}

export interface InferenceSimOptions {
  latency: InferenceSimLatency
  totalKvBlocks: number
  /** Default 16. */
  blockSize?: number
  /** Most requests in the running batch. Default 256. */
  maxNumSeqs?: number
  /** Token budget of a step. Default 2048. */
  maxNumBatchedTokens?: number
  /** Prompts longer than this are prefilled in chunks of it; 0 (default): no. */
  longPrefillTokenThreshold?: number
  /** Tokens of prompt and output together; 0 (default): unlimited. */
  maxModelLen?: number
  scheduler?: 'fcfs' | 'priority-fcfs' | 'sjf' | 'reverse-priority'
  /** Who loses its blocks: the tail of the batch, or the least urgent. Default `fcfs`. */
  preemptionPolicy?: 'fcfs' | 'priority'
  /** Default 1. */
  numInstances?: number
  routingPolicy?: 'round-robin' | 'least-loaded'
  /** Seed of the router's ties. */
  seed?: number
  horizonUs?: number
}

export interface InferenceSimHeadRequest extends InferenceSimRequest {
  sloClass?: string
  /** 0 or absent: none. */
  deadlineUs?: number
  /** Session whose previous request must have finished first. */
  session?: string
  /** µs after the previous request of the session finished. */
  thinkUs?: number
  /** Most output tokens that the client asks for. */
  maxOutputTokens?: number
}

export type InferenceSimState =
  | 'completed'
  | 'length_capped'
  | 'running'
  | 'queued'
  | 'dropped_unservable'
  | 'timed_out'
  | 'pending'

export interface InferenceSimHeadResult {
  id: string
  arrivalUs: number
  inputTokens: number
  outputTokens: number
  state: InferenceSimState
  ttftUs: number | null
  e2eUs: number | null
  meanItlUs: number | null
  schedulingDelayUs: number | null
  completionUs: number | null
  preemptions: number
  instance: number
}

/** Metrics in inference-sim's names, of one instance or of all. */
export interface InferenceSimMetrics {
  instance_id: string
  completed_requests: number
  still_queued: number
  still_running: number
  injected_requests: number
  total_input_tokens: number
  total_output_tokens: number
  vllm_estimated_duration_s: number
  responses_per_sec: number
  tokens_per_sec: number
  e2e_mean_ms: number
  e2e_p90_ms: number
  e2e_p95_ms: number
  e2e_p99_ms: number
  ttft_mean_ms: number
  ttft_p90_ms: number
  ttft_p95_ms: number
  ttft_p99_ms: number
  itl_mean_ms: number
  itl_p90_ms: number
  itl_p95_ms: number
  itl_p99_ms: number
  scheduling_delay_p99_ms: number
  preemption_count: number
  cache_hit_rate: number
  dropped_unservable: number
  length_capped_requests: number
  timed_out_requests: number
  kv_allocation_failures: number
}

export interface InferenceSimResult {
  requests: InferenceSimHeadResult[]
  instances: InferenceSimMetrics[]
  cluster: InferenceSimMetrics
  /** Of each instance: steps, largest number of blocks in use, integral of blocks over µs. */
  steps: number[]
  peakKvBlocks: number[]
  kvIntegral: number[]
  /** Gaps between tokens of finished requests, in µs, of each instance. */
  itlUs: WeightedSamples[]
}

interface Client extends CacheClient {
  index: number
  id: string
  arrival: number
  outputTokens: number
  maxOutputTokens: number
  priority: number
  deadline: number
  computed: number
  newTokens: number
  state: InferenceSimState
  ttft: number
  itlSum: number
  /** Steps, first and last plus one, in which it decoded without a pause; older pauses before. */
  runStart: number
  runEnd: number
  runs: number[]
  scheduled: number
  e2e: number
  preemptions: number
  instance: number
  next: Client | null
  think: number
}

const ARRIVAL = 0
const QUEUED = 1
const STEP = 2
const LEFT = 3
const TIMEOUT = 4
/** Priorities of inference-sim's events at equal times. */
const PRIORITY = [0, 1, 3, 5, 6]

class Instance {
  readonly cache: KvBlocks
  readonly waiting = new Deque<Client>()
  running: Client[] = []
  stepPending = false
  steps = 0
  inputTokens = 0
  preemptions = 0
  allocationFailures = 0
  inFlight = 0
  peakKv = 0
  kvIntegral = 0
  endUs = 0
  readonly batch = new StepBatch()
  /** Gap between tokens that each step makes, and how many more requests have it than before. */
  readonly gaps: number[] = []
  readonly gapChanges: number[] = []

  constructor(readonly options: Required<InferenceSimOptions>) {
    this.cache = new KvBlocks(options.totalKvBlocks, options.blockSize, 'head')
  }

  get load(): number {
    return this.waiting.length + this.running.length + this.inFlight
  }

  /** Orders the queue as the scheduler wants it; stable. */
  private orderQueue(): void {
    const { scheduler } = this.options
    if (scheduler === 'fcfs' || this.waiting.length < 2) return
    const byArrival = (a: Client, b: Client) =>
      a.arrival - b.arrival || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
    if (scheduler === 'sjf') {
      this.waiting.sort((a, b) => a.inputTokens - b.inputTokens || byArrival(a, b))
    } else {
      const sign = scheduler === 'priority-fcfs' ? 1 : -1
      this.waiting.sort((a, b) => sign * (a.priority - b.priority) || byArrival(a, b))
    }
  }

  private victim(): number {
    const { running } = this
    if (this.options.preemptionPolicy === 'fcfs') return running.length - 1
    let worst = 0
    for (let i = 1; i < running.length; i++) {
      const a = running[i]!
      const b = running[worst]!
      if (a.priority > b.priority || (a.priority === b.priority && a.arrival >= b.arrival)) {
        worst = i
      }
    }
    return worst
  }

  /** Forms the batch of a step at `now`; the requests that turned out unservable are dropped. */
  form(now: number): void {
    const { maxNumBatchedTokens, longPrefillTokenThreshold: threshold, maxModelLen } = this.options
    const { running, waiting, cache, batch } = this
    this.orderQueue()
    batch.clear()
    let budget = maxNumBatchedTokens
    let preempted = false
    for (const client of running) client.newTokens = 0

    for (let i = 0; i < running.length && budget > 0; i++) {
      const client = running[i]!
      let tokens = client.inputTokens - client.progress
      if (tokens > 0) {
        if (threshold > 0 && threshold < tokens) tokens = threshold
        tokens = Math.min(tokens, budget)
        if (maxModelLen > 0) {
          tokens = Math.min(tokens, Math.max(maxModelLen - 1 - client.progress, 0))
        }
      } else if (client.outputTokens === 0) {
        continue
      } else {
        if (maxModelLen > 0 && client.progress + 1 > maxModelLen - 1) continue
        tokens = 1
      }
      let scheduled = true
      while (!cache.allocate(client, client.progress, client.progress + tokens, [])) {
        preempted = true
        const at = this.victim()
        const victim = running[at]!
        running.splice(at, 1)
        budget += victim.newTokens
        victim.newTokens = 0
        victim.preemptions++
        this.preemptions++
        this.reset(victim)
        if (at < i) i--
        if (victim === client) {
          scheduled = false
          if (running.length === 0) client.state = 'dropped_unservable'
          else waiting.unshift(victim)
          break
        }
        waiting.unshift(victim)
      }
      if (!scheduled) break
      budget -= tokens
      client.newTokens = tokens
      client.computed += tokens
    }

    while (
      running.length < this.options.maxNumSeqs &&
      waiting.length > 0 &&
      budget > 0 &&
      !preempted
    ) {
      const client = waiting.first!
      const cached = cache.cachedPrefix(client)
      const start = cached.length * this.options.blockSize
      let tokens = client.inputTokens - start
      if (threshold > 0 && threshold < tokens) tokens = threshold
      tokens = Math.min(tokens, budget)
      if (maxModelLen > 0) tokens = Math.min(tokens, Math.max(maxModelLen - 1 - start, 0))
      if (!cache.allocate(client, start, start + tokens, cached)) {
        if (running.length > 0) break
        // Nothing runs, so no block will ever be given back: it does not fit.
        waiting.shift()
        client.state = 'dropped_unservable'
        continue
      }
      waiting.shift()
      running.push(client)
      client.state = 'running'
      client.scheduled = now
      client.newTokens = tokens
      client.computed = start + tokens
      budget -= tokens
    }

    for (const client of running) {
      if (client.newTokens === 0) continue
      if (client.progress < client.inputTokens) {
        batch.addPrefill(client.newTokens, client.progress, client.inputTokens)
      } else {
        batch.addDecode(client.progress)
      }
    }
  }

  private reset(client: Client): void {
    client.state = 'queued'
    client.progress = 0
    client.computed = 0
    client.ttft = -1
    client.itlSum = 0
    client.runStart = 0
    client.runEnd = 0
    client.runs.length = 0
    this.cache.release(client)
  }

  /** Counts the gaps between the tokens of a finished request. */
  countGaps(client: Client): void {
    client.runs.push(client.runStart, client.runEnd)
    const { gapChanges } = this
    for (let i = 0; i < client.runs.length; i += 2) {
      const start = client.runs[i]!
      const end = client.runs[i + 1]!
      while (gapChanges.length <= end) gapChanges.push(0)
      gapChanges[start]!++
      gapChanges[end]!--
    }
    client.runs.length = 0
  }

  /** Takes a request out of the queue or the batch, whichever holds it. */
  abandon(client: Client): void {
    if (client.state === 'queued') {
      this.waiting.remove(client)
    } else {
      this.running = this.running.filter((other) => other !== client)
    }
    this.cache.release(client)
  }
}

/**
 * Simulates requests as inference-sim does at its head: every time of every request, and every
 * metric, equals the program's.
 * @param requests in order of arrival
 */
export function simulateInferenceSim(
  requests: readonly InferenceSimHeadRequest[],
  given: InferenceSimOptions,
): InferenceSimResult {
  const options: Required<InferenceSimOptions> = {
    blockSize: 16,
    maxNumSeqs: 256,
    maxNumBatchedTokens: 2048,
    longPrefillTokenThreshold: 0,
    maxModelLen: 0,
    scheduler: 'fcfs',
    preemptionPolicy: 'fcfs',
    numInstances: 1,
    routingPolicy: 'round-robin',
    seed: 42,
    horizonUs: Number.MAX_SAFE_INTEGER,
    ...given,
  }
  const { latency, maxModelLen } = options
  const tokenUs = Math.trunc(latency.tokenUs)
  const postDecodeUs = Math.trunc(latency.postDecodeUs)
  const instances = Array.from({ length: options.numInstances }, () => new Instance(options))
  const clients = requests.map((request, index) => toClient(request, index))
  linkSessions(requests, clients)
  const prefixes = instances.map(() => new Map<string, KeyStream>())
  let router: GoRand | undefined
  let routed = 0

  const events = new EventQueue()
  const schedule = (time: number, kind: number, payload: number) =>
    events.push(time, PRIORITY[kind]!, kind, payload)
  for (const client of clients) {
    if (client.state === 'pending') schedule(client.arrival, ARRIVAL, client.index)
  }
  const route = (): number => {
    if (options.routingPolicy === 'round-robin') return routed++ % instances.length
    const least = Math.min(...instances.map((instance) => instance.load))
    const ties = instances.flatMap((instance, i) => (instance.load === least ? [i] : []))
    if (ties.length === 1) return ties[0]!
    router ??= new GoRand(streamSeed(options.seed, 'router'))
    return ties[router.intn(ties.length)]!
  }
  /** The next request of a session arrives `think` after this one has ended. */
  const continueSession = (client: Client, time: number) => {
    const next = client.next
    if (next === null) return
    if (client.state === 'completed' || client.state === 'length_capped') {
      next.arrival = time + next.think
      schedule(next.arrival, ARRIVAL, next.index)
    }
  }

  let clock = 0
  while (events.pop()) {
    const { time, kind, payload } = events
    if (kind === TIMEOUT) {
      const client = clients[payload]!
      // A deadline that no longer matters is no event.
      if (client.state !== 'queued' && client.state !== 'running') continue
      clock = time
      instances[client.instance]!.abandon(client)
      client.state = 'timed_out'
      continueSession(client, time)
    } else if (kind === ARRIVAL) {
      clock = time
      const client = clients[payload]!
      client.instance = route()
      client.state = 'queued'
      instances[client.instance]!.inFlight++
      schedule(time + Math.trunc(latency.queueingUs(client.inputTokens)), QUEUED, payload)
    } else if (kind === QUEUED) {
      clock = time
      const client = clients[payload]!
      const instance = instances[client.instance]!
      instance.inFlight--
      enqueue(client, instance, time)
      if (client.state !== 'queued') {
        continueSession(client, time)
      } else {
        const { prefixGroup } = requests[payload]!
        if (prefixGroup !== undefined && client.prefixTokens > 0) {
          const streams = prefixes[client.instance]!
          client.shared = streams.get(prefixGroup) ?? { blockOf: [] }
          streams.set(prefixGroup, client.shared)
        }
        if (client.deadline > 0) schedule(client.deadline, TIMEOUT, payload)
      }
      if (!instance.stepPending && instance.waiting.length > 0) {
        instance.stepPending = true
        schedule(time, STEP, client.instance)
      }
    } else if (kind === STEP) {
      clock = time
      step(payload, time)
    } else {
      clock = time
      instances[payload]!.endUs = time
    }
    if (clock > options.horizonUs) break
  }

  function enqueue(client: Client, instance: Instance, time: number): void {
    if (client.deadline > 0 && client.deadline <= time) {
      client.state = 'timed_out'
      return
    }
    const { blockSize, totalKvBlocks } = options
    if (
      client.maxOutputTokens < 0 ||
      (maxModelLen > 0 &&
        (client.inputTokens >= maxModelLen ||
          client.inputTokens + client.maxOutputTokens > maxModelLen)) ||
      Math.ceil(client.inputTokens / blockSize) > totalKvBlocks
    ) {
      client.state = 'dropped_unservable'
      return
    }
    instance.inputTokens += client.inputTokens
    instance.waiting.push(client)
  }

  function step(index: number, now: number): void {
    const instance = instances[index]!
    if (instance.running.length === 0 && instance.waiting.length === 0) {
      instance.stepPending = false
      return
    }
    instance.steps++
    instance.form(now)
    const { running, cache, batch } = instance
    if (running.length === 0) {
      instance.stepPending = false
      if (instance.waiting.length > 0) {
        instance.stepPending = true
        schedule(now, STEP, index)
      }
      return
    }
    const duration = Math.max(1, batch.size > 0 ? latency.stepUs(batch) : 1)
    const end = now + duration
    const gap = duration + tokenUs
    const ordinal = instance.gaps.push(gap) - 1
    for (const client of running) {
      if (client.progress < client.inputTokens) {
        client.progress = client.computed
      } else if (client.newTokens > 0) {
        client.progress++
        client.itlSum += gap
        if (client.runEnd !== ordinal) {
          if (client.runEnd > client.runStart) client.runs.push(client.runStart, client.runEnd)
          client.runStart = ordinal
        }
        client.runEnd = ordinal + 1
      }
      if (client.progress === client.inputTokens && client.ttft < 0) {
        client.ttft = end + tokenUs - client.arrival
      }
    }
    instance.peakKv = Math.max(instance.peakKv, cache.used)
    instance.kvIntegral += cache.used * duration
    let kept = 0
    for (const client of running) {
      const last = client.inputTokens + Math.max(client.outputTokens, 1) - 1
      const done = client.progress >= last
      if (!done && (maxModelLen === 0 || client.progress < maxModelLen - 1)) {
        running[kept++] = client
        continue
      }
      client.state = done ? 'completed' : 'length_capped'
      if (
        client.outputTokens > 0 &&
        !cache.allocate(client, client.progress, client.progress + 1, [])
      ) {
        instance.allocationFailures++
      }
      cache.release(client)
      client.e2e = client.ttft + client.itlSum + (client.outputTokens > 0 ? postDecodeUs : 0)
      instance.countGaps(client)
      schedule(end, LEFT, index)
      continueSession(client, end)
    }
    running.length = kept
    instance.stepPending = kept > 0 || instance.waiting.length > 0
    if (instance.stepPending) schedule(end, STEP, index)
  }

  const endUs = Math.min(clock, options.horizonUs)
  const of = (index: number) => clients.filter((client) => client.instance === index)
  return {
    requests: clients.map(toResult),
    instances: instances.map((instance, i) =>
      metrics(`instance_${i}`, [instance], of(i), Math.min(instance.endUs, endUs)),
    ),
    cluster: metrics('cluster', instances, clients, endUs),
    steps: instances.map((instance) => instance.steps),
    peakKvBlocks: instances.map((instance) => instance.peakKv),
    kvIntegral: instances.map((instance) => instance.kvIntegral),
    itlUs: instances.map(gapsOf),
  }
}

/** Gaps between tokens, in µs, with the number of requests that waited so long. */
function gapsOf({ gaps, gapChanges }: Instance): WeightedSamples {
  const samples = new WeightedSamples()
  let requests = 0
  for (const [step, change] of gapChanges.entries()) {
    requests += change
    if (requests > 0) samples.add(gaps[step]!, requests)
  }
  return samples
}

function toClient(request: InferenceSimHeadRequest, index: number): Client {
  return {
    index,
    id: request.id,
    arrival: request.arrivalUs,
    inputTokens: request.inputTokens,
    outputTokens: request.outputTokens,
    maxOutputTokens: request.maxOutputTokens ?? 0,
    prefixTokens: request.prefixTokens ?? 0,
    priority: SLO_PRIORITIES.critical - (SLO_PRIORITIES[request.sloClass ?? ''] ?? 3),
    deadline: request.deadlineUs ?? 0,
    shared: null,
    own: { blockOf: [] },
    progress: 0,
    computed: 0,
    newTokens: 0,
    blocks: null,
    pristine: true,
    state: 'pending',
    ttft: -1,
    itlSum: 0,
    runStart: 0,
    runEnd: 0,
    runs: [],
    scheduled: -1,
    e2e: -1,
    preemptions: 0,
    instance: 0,
    next: null,
    think: request.thinkUs ?? 0,
  }
}

/** Chains the requests of each session; all but the first wait for the one before. */
function linkSessions(requests: readonly InferenceSimHeadRequest[], clients: Client[]): void {
  const last = new Map<string, Client>()
  for (const [i, { session }] of requests.entries()) {
    if (session === undefined) continue
    const client = clients[i]!
    const previous = last.get(session)
    if (previous !== undefined) {
      previous.next = client
      client.arrival = Number.POSITIVE_INFINITY
    }
    last.set(session, client)
  }
  for (const client of clients) {
    if (client.arrival === Number.POSITIVE_INFINITY) client.state = 'queued'
  }
}

function toResult(client: Client): InferenceSimHeadResult {
  const finished = client.e2e >= 0
  return {
    id: client.id,
    arrivalUs: client.arrival,
    inputTokens: client.inputTokens,
    outputTokens: client.outputTokens,
    state: client.state,
    ttftUs: client.ttft >= 0 ? client.ttft : null,
    e2eUs: finished ? client.e2e : null,
    meanItlUs: finished ? client.itlSum / Math.max(client.outputTokens - 1, 1) : null,
    schedulingDelayUs: client.scheduled >= 0 ? client.scheduled - client.arrival : null,
    completionUs: finished ? client.arrival + client.e2e : null,
    preemptions: client.preemptions,
    instance: client.instance,
  }
}

function metrics(
  name: string,
  instances: readonly Instance[],
  clients: readonly Client[],
  endUs: number,
): InferenceSimMetrics {
  const sum = (of: (instance: Instance) => number) =>
    instances.reduce((total, instance) => total + of(instance), 0)
  const count = (...states: InferenceSimState[]) =>
    clients.filter((client) => states.includes(client.state)).length
  const finished = clients.filter((client) => client.e2e >= 0)
  const e2e = finished.map((client) => client.e2e / 1000)
  const ttft = clients.flatMap((client) => (client.ttft >= 0 ? client.ttft / 1000 : []))
  const delays = clients.flatMap((client) =>
    client.scheduled >= 0 ? (client.scheduled - client.arrival) / 1000 : [],
  )
  const itlMs = new WeightedSamples()
  for (const instance of instances) {
    gapsOf(instance).forEach((us, count) => {
      itlMs.add(us / 1000, count)
    })
  }
  const outputTokens = finished.reduce((total, client) => total + client.outputTokens, 0)
  const durationS = endUs / 1e6
  const hitRates = instances.map(({ cache }) => cache.hits / Math.max(1, cache.hits + cache.misses))
  return {
    instance_id: name,
    completed_requests: count('completed', 'length_capped'),
    still_queued: sum((instance) => instance.waiting.length),
    still_running: sum((instance) => instance.running.length),
    injected_requests: clients.filter((client) => Number.isFinite(client.arrival)).length,
    total_input_tokens: sum((instance) => instance.inputTokens),
    total_output_tokens: outputTokens,
    vllm_estimated_duration_s: durationS,
    responses_per_sec: durationS > 0 ? finished.length / durationS : 0,
    tokens_per_sec: durationS > 0 ? outputTokens / durationS : 0,
    e2e_mean_ms: mean(e2e),
    e2e_p90_ms: quantile(e2e, 0.9),
    e2e_p95_ms: quantile(e2e, 0.95),
    e2e_p99_ms: quantile(e2e, 0.99),
    ttft_mean_ms: mean(ttft),
    ttft_p90_ms: quantile(ttft, 0.9),
    ttft_p95_ms: quantile(ttft, 0.95),
    ttft_p99_ms: quantile(ttft, 0.99),
    itl_mean_ms: itlMs.mean,
    itl_p90_ms: itlMs.quantile(0.9),
    itl_p95_ms: itlMs.quantile(0.95),
    itl_p99_ms: itlMs.quantile(0.99),
    scheduling_delay_p99_ms: quantile(delays, 0.99),
    preemption_count: sum((instance) => instance.preemptions),
    // The program averages the rates of instances, whatever their lookups.
    cache_hit_rate: mean(hitRates),
    dropped_unservable: count('dropped_unservable'),
    length_capped_requests: count('length_capped'),
    timed_out_requests: count('timed_out'),
    kv_allocation_failures: sum((instance) => instance.allocationFailures),
  }
}
