// The schedulers of FlowSim's simulator, by name. A new one is a file and a line here.
import type { SchedulerOptions } from '../options.js'
import { OrcaScheduler } from './orca.js'
import { PrefillFirstScheduler } from './prefill-first.js'
import type { Scheduler } from './scheduler.js'
import { SglangScheduler } from './sglang.js'
import { StaticScheduler } from './static.js'
import { ChunkedScheduler } from './vllm-v1.js'

export type { Scheduler } from './scheduler.js'

const SCHEDULERS = {
  'vllm-v1': ChunkedScheduler,
  'vllm-v0': PrefillFirstScheduler,
  sglang: SglangScheduler,
  sarathi: ChunkedScheduler,
  mixed: ChunkedScheduler,
  orca: OrcaScheduler,
  lightllm: PrefillFirstScheduler,
  static: StaticScheduler,
  'free-decodes': ChunkedScheduler,
} as const satisfies Record<string, new (options: SchedulerOptions) => Scheduler>

/** Names of the schedulers. */
export const SCHEDULER_POLICIES = Object.keys(SCHEDULERS) as SchedulerPolicy[]

export type SchedulerPolicy = keyof typeof SCHEDULERS

export function createScheduler(options: SchedulerOptions): Scheduler {
  return new SCHEDULERS[options.policy](options)
}
