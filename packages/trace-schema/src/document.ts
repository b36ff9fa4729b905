// Documents carry a tag, `schema: "flowsim.<name>/<major>"`. This file knows their names and versions.
import type { Estimate } from './estimate.js'
import type { HardwareSpec } from './hardware-spec.js'
import type { KernelOperation } from './kernel-operation.js'
import type { KernelEvent, KernelTrace } from './kernel-trace.js'
import type { OpCall } from './ops/index.js'
import type { RequestRecord, ServingReport, ServingWorkload } from './serving.js'
import type { ParseSummary, SimulationSummary } from './summaries.js'
import type { TensorArg } from './tensor.js'

/** The type behind each document name. */
export interface Documents {
  'kernel-trace': KernelTrace
  'kernel-event': KernelEvent
  'tensor-arg': TensorArg
  'kernel-operation': KernelOperation
  'op-call': OpCall
  'hardware-spec': HardwareSpec
  estimate: Estimate
  'serving-workload': ServingWorkload
  'request-record': RequestRecord
  'serving-report': ServingReport
  'parse-summary': ParseSummary
  'simulation-summary': SimulationSummary
}

/** Name of a kind of document. */
export type DocumentName = keyof Documents

/** The major version of each kind of document, by the name in its tag. */
export const MAJORS: Readonly<Record<DocumentName, number>> = {
  'kernel-trace': 1,
  'kernel-event': 1,
  'tensor-arg': 1,
  'kernel-operation': 1,
  'op-call': 1,
  'hardware-spec': 1,
  estimate: 1,
  'serving-workload': 1,
  'request-record': 1,
  'serving-report': 1,
  'parse-summary': 1,
  'simulation-summary': 1,
}

/** The tag of a kind of document in its current version, such as `flowsim.kernel-trace/1`. */
export function schemaTag(name: DocumentName): string {
  return `flowsim.${name}/${MAJORS[name]}`
}
