import { FasterTransformerScheduler } from './faster-transformer.js'
import { LightLlmScheduler } from './lightllm.js'
import { OrcaScheduler } from './orca.js'
import type { Replica, ReplicaScheduler, VidurSchedulerOptions } from './replica.js'
import { SarathiScheduler } from './sarathi.js'
import { VllmScheduler } from './vllm.js'

/** Vidur's replica schedulers, by its names. */
export const VIDUR_SCHEDULERS: Readonly<
  Record<VidurSchedulerOptions['type'], new (replica: Replica) => ReplicaScheduler>
> = {
  vllm: VllmScheduler,
  sarathi: SarathiScheduler,
  orca: OrcaScheduler,
  lightllm: LightLlmScheduler,
  faster_transformer: FasterTransformerScheduler,
}
