// inference-sim as its README of November 2025 has it (commits 148be7f3 and bf68728b), with the
// faults that decide its numbers: see kv-blocks.ts, and below
//   - once a request has been preempted, no waiting request is ever admitted again;
//   - running requests beyond the token budget advance all the same, for free;
//   - preempted requests of a pass are visited again in it, while they wait;
//   - waiting requests do not start a step when the last running one has finished;
//   - two requests queued at one instant into an idle instance start two chains of steps.
// Times are integer microseconds. What is mended: with several replicas each has its own steps,
// faults and metrics, and the metrics printed for each and for all are whole.
import { Deque } from '../../core/deque.js'
import { EventQueue } from '../../core/event-queue.js'
import { mean, quantile } from '../../core/quantile.js'
import { GoRand } from '../../random/go-rand.js'
import { type CacheClient, type KeyStream, KvBlocks } from './kv-blocks.js'

/** Flags of `simulation_worker run`, with its units. */
export interface InferenceSim2025Options {
  /** Most requests in the running batch. */
  maxNumRunningReqs: number
  totalKvBlocks: number
  /** Token budget of a step. */
  maxNumScheduledTokens: number
  blockSizeInTokens: number
  /** Prompts longer than this are prefilled in chunks of it; 0: no. */
  longPrefillTokenThreshold: number
  /** Seconds: constant, for each prefill token, for each decode token of a step. */
  regressionCoeffs: readonly [number, number, number]
  /** Microseconds: for each prompt token, constant; from arrival to the queue. */
  queuingCoeffs: readonly [number, number]
  /** Microseconds: for each prompt token, constant; after the last token. */
  finishedCoeffs: readonly [number, number]
  /** Microseconds; requests and steps after it do not happen. */
  horizonUs: number
  /** Requests a second of the workload, for the throughput ratio. */
  ratePerS: number
  /** Replicas; requests go to a random one (seed 0). Default 1. */
  numReplicas?: number
}

/** A request for inference-sim. */
export interface InferenceSimRequest {
  id: string
  arrivalUs: number
  /** Prompt, shared prefix included. */
  inputTokens: number
  outputTokens: number
  /** Shared prefix, by name, and its tokens. */
  prefixGroup?: string
  prefixTokens?: number
}

/** What became of a request. */
export interface InferenceSim2025Request {
  id: string
  arrivalUs: number
  inputTokens: number
  outputTokens: number
  state: 'completed' | 'running' | 'queued'
  ttftUs: number | null
  e2eUs: number | null
  /** (E2E − TTFT) / max(output − 1, 1). */
  tpotUs: number | null
  /** Step, counted from 1, at which it was admitted last; 0: never. */
  scheduledStep: number
  /** Step at which it finished; 0: it did not. */
  finishedStep: number
  /** Time of its last admission. */
  scheduledUs: number | null
  preemptions: number
  replica: number
}

/** The numbers that the program prints, of one replica or of all. */
export interface InferenceSim2025Metrics {
  completedRequests: number
  requestRatePerS: number
  totalInputTokens: number
  totalOutputTokens: number
  estimatedDurationS: number
  throughputPerS: number
  meanE2eMs: number
  medianE2eMs: number
  p99E2eMs: number
  meanTtftMs: number
  medianTtftMs: number
  p99TtftMs: number
  meanActiveSteps: number
  simEndedUs: number
  averageKvBlocks: number
  peakKvBlocks: number
  throughputToArrivalRatio: number
  steps: number
  preemptionHappened: boolean
  waiting: number
}

export interface InferenceSim2025Result {
  requests: InferenceSim2025Request[]
  /** One for each replica. */
  replicas: InferenceSim2025Metrics[]
  /** All replicas together. */
  total: InferenceSim2025Metrics
  /** Of each step of replica 0: waiting and running requests after the batch is formed. */
  waitingPerStep: number[]
  runningPerStep: number[]
}

interface Client extends CacheClient, InferenceSim2025Request {
  computed: number
}

const ARRIVAL = 0
const QUEUED = 1
const STEP = 2
const LEFT = 3

class Replica {
  readonly cache: KvBlocks
  readonly waiting = new Deque<Client>()
  running: Client[] = []
  stepPending = false
  preemptionHappened = false
  steps = 0
  inputTokens = 0
  outputTokens = 0
  kvIntegral = 0
  peakKv = 0
  readonly finished: Client[] = []
  /** Requests that have had their first token. */
  readonly started = new Set<Client>()

  constructor(readonly options: InferenceSim2025Options) {
    this.cache = new KvBlocks(options.totalKvBlocks, options.blockSizeInTokens, '2025')
  }

  /** Room for tokens `from` to `to`, at the cost of the requests at the tail if need be. */
  private allocateOrPreempt(client: Client, tokens: number): boolean {
    while (!this.cache.allocate(client, client.progress, client.progress + tokens, [])) {
      this.preemptionHappened = true
      const victim = this.running.pop()
      // The original indexes an empty list here and ends.
      if (victim === undefined) return false
      victim.state = 'queued'
      victim.progress = 0
      victim.preemptions++
      this.cache.release(victim)
      this.waiting.unshift(victim)
      if (victim === client) return false
    }
    return true
  }

  /** Forms the batch of a step at `now`; returns its prefill and decode tokens. */
  form(now: number): { prefillTokens: number; decodeTokens: number } {
    const { maxNumScheduledTokens, longPrefillTokenThreshold: threshold } = this.options
    const chunk = (tokens: number) =>
      Math.min(threshold > 0 && threshold < tokens ? threshold : tokens, budget)
    let budget = maxNumScheduledTokens
    let prefillTokens = 0
    let decodeTokens = 0
    for (const client of this.running.slice()) {
      if (budget <= 0) break
      const left = client.inputTokens - client.progress
      if (left > 0) {
        const tokens = chunk(left)
        if (!this.allocateOrPreempt(client, tokens)) break
        budget -= tokens
        prefillTokens += tokens
        client.computed += tokens
      }
      if (client.progress >= client.inputTokens && client.outputTokens > 0) {
        if (!this.allocateOrPreempt(client, 1)) break
        budget--
        decodeTokens++
        client.computed++
      }
    }
    while (
      this.running.length < this.options.maxNumRunningReqs &&
      this.waiting.length > 0 &&
      budget > 0 &&
      !this.preemptionHappened
    ) {
      const client = this.waiting.first!
      const cached = this.cache.cachedPrefix(client)
      const start = cached.length * this.options.blockSizeInTokens
      const tokens = chunk(client.inputTokens - start)
      if (!this.cache.allocate(client, start, start + tokens, cached)) break
      this.waiting.shift()
      this.running.push(client)
      client.state = 'running'
      client.scheduledStep = this.steps
      client.scheduledUs = now
      budget -= tokens
      prefillTokens += tokens
      client.computed = start + tokens
    }
    return { prefillTokens, decodeTokens }
  }

  /** Runs the batch until `end`; returns the requests that have finished. */
  advance(end: number, duration: number): Client[] {
    for (const client of this.running) {
      if (client.progress < client.inputTokens) {
        client.progress = client.computed
      } else {
        client.progress++
        this.outputTokens++
      }
      if (client.progress === client.inputTokens) {
        client.ttftUs = end - client.arrivalUs
        this.started.add(client)
      }
    }
    this.peakKv = Math.max(this.peakKv, this.cache.used)
    this.kvIntegral += this.cache.used * duration
    const remaining: Client[] = []
    const finished: Client[] = []
    for (const client of this.running) {
      if (client.progress !== client.inputTokens + Math.max(client.outputTokens, 1) - 1) {
        remaining.push(client)
        continue
      }
      client.state = 'completed'
      if (
        client.outputTokens > 0 &&
        !this.cache.allocate(client, client.progress, client.progress + 1, [])
      ) {
        continue
      }
      this.cache.release(client)
      client.e2eUs = end - client.arrivalUs
      client.tpotUs = (client.e2eUs - (client.ttftUs ?? 0)) / Math.max(client.outputTokens - 1, 1)
      client.finishedStep = this.steps
      finished.push(client)
      this.finished.push(client)
    }
    this.running = remaining
    return finished
  }
}

/**
 * Simulates requests as inference-sim did in November 2025. Each number equals the program's, per
 * request and in total, for one replica.
 * @param requests in order of arrival
 */
export function simulateInferenceSim2025(
  requests: readonly InferenceSimRequest[],
  options: InferenceSim2025Options,
): InferenceSim2025Result {
  const count = options.numReplicas ?? 1
  const replicas = Array.from({ length: count }, () => new Replica(options))
  const balancer = count > 1 ? new GoRand(0) : null
  // A prefix is cached by replica, so each has streams of its own.
  const prefixes = new Map<string, KeyStream>()
  const clients = requests.map((request): Client => {
    const replica = balancer?.intn(count) ?? 0
    let shared: KeyStream | null = null
    if (request.prefixGroup !== undefined && (request.prefixTokens ?? 0) > 0) {
      const key = `${replica} ${request.prefixGroup}`
      shared = prefixes.get(key) ?? { blockOf: [] }
      prefixes.set(key, shared)
    }
    return {
      id: request.id,
      arrivalUs: request.arrivalUs,
      inputTokens: request.inputTokens,
      outputTokens: request.outputTokens,
      prefixTokens: request.prefixTokens ?? 0,
      shared,
      own: { blockOf: [] },
      progress: 0,
      computed: 0,
      blocks: null,
      pristine: true,
      state: 'queued',
      ttftUs: null,
      e2eUs: null,
      tpotUs: null,
      scheduledStep: 0,
      finishedStep: 0,
      scheduledUs: null,
      preemptions: 0,
      replica,
    }
  })

  const events = new EventQueue()
  for (const [i, client] of clients.entries()) events.push(client.arrivalUs, ARRIVAL, ARRIVAL, i)
  const [perToken, constant] = options.queuingCoeffs
  const [leftPerToken, leftConstant] = options.finishedCoeffs
  const [beta0, beta1, beta2] = options.regressionCoeffs
  const waitingPerStep: number[] = []
  const runningPerStep: number[] = []
  let clock = 0
  while (events.pop()) {
    clock = events.time
    if (events.kind === ARRIVAL) {
      const client = clients[events.payload]!
      const delay = Math.trunc(perToken * client.inputTokens + constant)
      events.push(clock + delay, QUEUED, QUEUED, events.payload)
    } else if (events.kind === QUEUED) {
      const client = clients[events.payload]!
      const replica = replicas[client.replica]!
      replica.waiting.push(client)
      replica.inputTokens += client.inputTokens
      if (!replica.stepPending) events.push(clock, STEP, STEP, client.replica)
    } else if (events.kind === STEP) {
      const index = events.payload
      const replica = replicas[index]!
      replica.steps++
      const { prefillTokens, decodeTokens } = replica.form(clock)
      if (index === 0) {
        waitingPerStep.push(replica.waiting.length)
        runningPerStep.push(replica.running.length)
      }
      const seconds = beta0 + beta1 * prefillTokens + beta2 * decodeTokens
      const duration = Math.trunc(seconds * 1e6)
      for (const client of replica.advance(clock + duration, duration)) {
        const delay = Math.trunc(leftPerToken * client.inputTokens + leftConstant)
        events.push(clock + duration + delay, LEFT, LEFT)
      }
      replica.stepPending = replica.running.length > 0
      if (replica.stepPending) events.push(clock + duration, STEP, STEP, index)
    }
    if (clock > options.horizonUs) break
  }
  const simEndedUs = Math.min(clock, options.horizonUs)
  return {
    requests: clients.map(toResult),
    replicas: replicas.map((replica) => metrics([replica], simEndedUs, options)),
    total: metrics(replicas, simEndedUs, options),
    waitingPerStep,
    runningPerStep,
  }
}

function toResult(client: Client): InferenceSim2025Request {
  const { id, arrivalUs, inputTokens, outputTokens, state, ttftUs, e2eUs, tpotUs } = client
  const { scheduledStep, finishedStep, scheduledUs, preemptions, replica } = client
  return {
    id,
    arrivalUs,
    inputTokens,
    outputTokens,
    state,
    ttftUs,
    e2eUs,
    tpotUs,
    scheduledStep,
    finishedStep,
    scheduledUs,
    preemptions,
    replica,
  }
}

function metrics(
  replicas: readonly Replica[],
  simEndedUs: number,
  options: InferenceSim2025Options,
): InferenceSim2025Metrics {
  const sum = (of: (replica: Replica) => number) =>
    replicas.reduce((total, replica) => total + of(replica), 0)
  const finished = replicas.flatMap((replica) => replica.finished)
  const e2eMs = finished.map((client) => client.e2eUs! / 1000)
  const ttftMs = replicas.flatMap(({ started }) => [...started].map(({ ttftUs }) => ttftUs! / 1000))
  const durationS = simEndedUs / 1e6
  const perSecond = durationS > 0 ? finished.length / durationS : 0
  const perUs = options.ratePerS / 1e6
  return {
    completedRequests: finished.length,
    requestRatePerS: Math.trunc(perUs * 1e6),
    totalInputTokens: sum((replica) => replica.inputTokens),
    totalOutputTokens: sum((replica) => replica.outputTokens),
    estimatedDurationS: durationS,
    throughputPerS: perSecond,
    meanE2eMs: mean(e2eMs),
    medianE2eMs: quantile(e2eMs, 0.5),
    p99E2eMs: quantile(e2eMs, 0.99),
    meanTtftMs: mean(ttftMs),
    medianTtftMs: quantile(ttftMs, 0.5),
    p99TtftMs: quantile(ttftMs, 0.99),
    meanActiveSteps: mean(finished.map((client) => client.finishedStep - client.scheduledStep)),
    simEndedUs,
    averageKvBlocks: simEndedUs > 0 ? sum((replica) => replica.kvIntegral) / simEndedUs : 0,
    peakKvBlocks: sum((replica) => replica.peakKv),
    throughputToArrivalRatio: options.ratePerS > 0 ? perSecond / (perUs * 1e6) : 0,
    steps: sum((replica) => replica.steps),
    preemptionHappened: replicas.some((replica) => replica.preemptionHappened),
    waiting: sum((replica) => replica.waiting.length),
  }
}
