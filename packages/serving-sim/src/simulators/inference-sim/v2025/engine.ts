// inference-sim as its README of November 2025 has it (commits 148be7f3 and bf68728b), with the
// faults that decide its numbers: see kv-blocks.ts, and below
//   - once a request has been preempted, no waiting request is ever admitted again;
//   - running requests beyond the token budget advance all the same, for free;
//   - preempted requests of a pass are visited again in it, while they wait;
//   - waiting requests do not start a step when the last running one has finished;
//   - two requests queued at one instant into an idle instance start two chains of steps.
// Times are integer microseconds. What is mended: with several replicas each has its own steps,
// faults and metrics, and the metrics printed for each and for all are whole.
import { EventQueue } from '../../../core/event-queue.js'
import type { KeyStream } from '../kv-blocks.js'
import { GoRand } from '../random/go-rand.js'
import type { InferenceSimRequest } from '../request.js'
import { Client, type RequestResult2025 } from './client.js'
import { type Metrics2025, metrics2025 } from './metrics.js'
import type { Options2025 } from './options.js'
import { Replica } from './replica.js'

export interface Result2025 {
  requests: RequestResult2025[]
  /** One for each replica. */
  replicas: Metrics2025[]
  /** All replicas together. */
  total: Metrics2025
  /** Of each step of replica 0: waiting and running requests after the batch is formed. */
  waitingPerStep: number[]
  runningPerStep: number[]
}

/**
 * Simulates requests as inference-sim did in November 2025. Each number equals the program's, per
 * request and in total, for one replica.
 * @param requests in order of arrival
 */
export function simulate2025(
  requests: readonly InferenceSimRequest[],
  options: Options2025,
): Result2025 {
  return new Simulation(requests, options).run()
}

type Event = 'arrival' | 'queued' | 'step' | 'left'

const PRIORITY: Record<Event, number> = { arrival: 0, queued: 1, step: 2, left: 3 }

class Simulation {
  private readonly events = new EventQueue<Event>()
  private readonly replicas: Replica[]
  private readonly clients: Client[]
  private readonly waitingPerStep: number[] = []
  private readonly runningPerStep: number[] = []

  constructor(
    requests: readonly InferenceSimRequest[],
    private readonly options: Options2025,
  ) {
    const count = options.numReplicas ?? 1
    this.replicas = Array.from({ length: count }, () => new Replica(options))
    const balancer = count > 1 ? new GoRand(0) : null
    const prefixes = new Map<string, KeyStream>()
    this.clients = requests.map((request) => {
      const replica = balancer?.intn(count) ?? 0
      return new Client(request, replica, sharedPrefix(request, replica, prefixes))
    })
  }

  run(): Result2025 {
    const { clients, events, replicas, options } = this
    for (const [i, client] of clients.entries()) this.schedule(client.arrivalUs, 'arrival', i)
    let clock = 0
    while (events.pop()) {
      clock = events.time
      this.handle(events.kind!, events.payload, clock)
      if (clock > options.horizonUs) break
    }
    const simEndedUs = Math.min(clock, options.horizonUs)
    return {
      requests: clients.map((client) => client.result()),
      replicas: replicas.map((replica) => metrics2025([replica], simEndedUs, options)),
      total: metrics2025(replicas, simEndedUs, options),
      waitingPerStep: this.waitingPerStep,
      runningPerStep: this.runningPerStep,
    }
  }

  private schedule(time: number, event: Event, payload = 0): void {
    this.events.push(time, PRIORITY[event], event, payload)
  }

  /** @param payload a client; of `step` a replica */
  private handle(event: Event, payload: number, now: number): void {
    switch (event) {
      case 'arrival': {
        const [perToken, constant] = this.options.queuingCoeffs
        const delay = Math.trunc(perToken * this.clients[payload]!.inputTokens + constant)
        this.schedule(now + delay, 'queued', payload)
        break
      }
      case 'queued':
        this.queue(this.clients[payload]!, now)
        break
      case 'step':
        this.step(payload, now)
        break
      case 'left':
        // It only moves the clock.
        break
    }
  }

  private queue(client: Client, now: number): void {
    const replica = this.replicas[client.replica]!
    replica.waiting.push(client)
    replica.inputTokens += client.inputTokens
    if (!replica.stepPending) this.schedule(now, 'step', client.replica)
  }

  private step(index: number, now: number): void {
    const replica = this.replicas[index]!
    replica.steps++
    const { prefillTokens, decodeTokens } = replica.form(now)
    if (index === 0) {
      this.waitingPerStep.push(replica.waiting.length)
      this.runningPerStep.push(replica.running.length)
    }
    const [constant, perPrefill, perDecode] = this.options.regressionCoeffs
    const seconds = constant + perPrefill * prefillTokens + perDecode * decodeTokens
    const duration = Math.trunc(seconds * 1e6)
    const [leftPerToken, leftConstant] = this.options.finishedCoeffs
    for (const client of replica.advance(now + duration, duration)) {
      const delay = Math.trunc(leftPerToken * client.inputTokens + leftConstant)
      this.schedule(now + duration + delay, 'left')
    }
    replica.stepPending = replica.running.length > 0
    if (replica.stepPending) this.schedule(now + duration, 'step', index)
  }
}

function sharedPrefix(
  { prefixGroup, prefixTokens = 0 }: InferenceSimRequest,
  replica: number,
  prefixes: Map<string, KeyStream>,
): KeyStream | null {
  if (prefixGroup === undefined || prefixTokens === 0) return null
  const key = `${replica} ${prefixGroup}`
  const stream = prefixes.get(key) ?? { blockOf: [] }
  prefixes.set(key, stream)
  return stream
}
