// The kinds of workloads. Those that a simulator generates come with it.
import { SIMULATORS } from '../../simulators/index.js'
import type { WorkloadKind } from '../workload-kind.js'
import { synthetic } from './synthetic.js'
import { trace } from './trace.js'

export const WORKLOADS: readonly WorkloadKind[] = [
  synthetic,
  trace,
  ...SIMULATORS.flatMap(({ workloads }) => workloads),
]
