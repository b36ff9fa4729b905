// What the preparations of all engines share.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import type { SloLimits } from '../core/report.js'
import { ServingError } from '../errors.js'
import type { ResolveModel } from '../step-time/create-step-time.js'
import type { ReadText } from './build-workload.js'
import type { ReallmKernelSource } from './prepare-reallm.js'
import type { ServingConfig } from './serving-schema.js'
import type { YamlSource } from './yaml-source.js'

/** What a configuration is prepared with. */
export interface PrepareOptions {
  /** Reads a file that the configuration names. */
  readText: ReadText
  /** Needed for `stepTime` of type `model`. */
  resolveModel?: ResolveModel
  /** Needed for `engine: reallm`; the seed draws experts. */
  reallmKernels?: (seed: number) => ReallmKernelSource
  /** Requests to run instead of the section `workload`. */
  requests?: readonly WorkloadRequest[]
  /** Keep every batch. Default false. */
  recordBatches?: boolean
}

/** The configuration of one engine. */
export type Of<Engine extends ServingConfig['engine']> = Extract<ServingConfig, { engine: Engine }>

export type Slo = Readonly<Record<string, SloLimits>> | undefined

/** Where the fields of the configuration stand. */
export type Places = Pick<YamlSource, 'place'>

/** Refuses sessions for engines that have none. */
export function noSessions(
  requests: readonly WorkloadRequest[],
  engine: string,
  source: Places,
): void {
  if (requests.some(({ session }) => session !== undefined)) {
    throw new ServingError(
      'unsupported',
      `engine ${engine} has no sessions; use flowsim or inference-sim for them`,
      source.place(['workload']),
    )
  }
}

/** Runs, and tells errors at a place if they have none of their own. */
export function placed<T>(place: ReturnType<Places['place']>, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ServingError && error.source === undefined) {
      throw new ServingError(error.code, error.message, place, { cause: error })
    }
    throw error
  }
}
