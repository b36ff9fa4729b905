// One point of a sweep: a configuration with some fields set to other values.
import { createHash } from 'node:crypto'
import { costOf, type Price } from '@flowsim/planner'
import { type PrepareOptions, prepareServing, ServingError } from '@flowsim/serving-sim'
import type { ServingCost, ServingReport } from '@flowsim/trace-schema'
import { optionsBeside } from '../../../inputs/serving-config.js'

/** A field of the configuration, dots between its parts, and its value. */
export type PointValues = Readonly<Record<string, unknown>>

/** A simulation to do; it can be sent to a thread. */
export interface Point {
  config: string
  text: string
  values: PointValues
  /** Instead of the known ones. */
  prices?: readonly Price[] | undefined
}

/** What became of it. */
export interface PointResult {
  report: ServingReport
  devices: number | null
  cost: ServingCost
  warnings: string[]
}

/** Its result, or why it cannot be. */
export type Outcome = { result: PointResult } | { error: string }

/** SHA-256 of the files that an outcome may depend on, by path. */
export type FileDigests = Readonly<Record<string, string>>

/** An outcome and what it depends on beside the configuration's own text. */
export type Simulated = Outcome & { files: FileDigests }

/** Simulates a point. A configuration that cannot be is an outcome, for the other points can. */
export function simulatePoint({ config, text, values, prices }: Point): Simulated {
  const { options, digests } = readerOf(config)
  try {
    const prepared = preparePoint({ config, text, values }, options)
    const { devices } = prepared
    const { report, warnings, use } = prepared.run()
    const cost = costOf({ report, use }, { settings: prepared.config.cost, prices })
    return { result: { report, devices, cost, warnings }, files: { ...digests } }
  } catch (error) {
    if (error instanceof ServingError) return { error: error.message, files: { ...digests } }
    throw error
  }
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Reads and checks a point; nothing runs yet. */
export function preparePoint({ text, values }: Point, options: PrepareOptions) {
  return prepareServing(text, { ...options, values })
}

interface Reader {
  options: PrepareOptions
  digests: Record<string, string>
}

// Models and profiles are read once for all points of a thread, so a point is said to depend on every file
// that the thread has read for the configuration.
const readers = new Map<string, Reader>()

/** Reads every file anew: it may have changed since an earlier sweep of this process. */
export function forgetFiles(): void {
  readers.clear()
}

function readerOf(config: string): Reader {
  let known = readers.get(config)
  if (known === undefined) {
    const digests: Record<string, string> = {}
    const options = optionsBeside(config, (path, read) => {
      digests[path] = digestOf(read)
    })
    known = { options, digests }
    readers.set(config, known)
  }
  return known
}
