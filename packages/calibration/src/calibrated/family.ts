// A family of operations: the shape of its queries, its analytic core with a few free parameters, and the
// features that the learned correction sees. Fitting and estimating run the same code.
import type { Lattice } from './envelope.js'
import type { Traits } from './traits.js'

/** A free parameter of an analytic core. It is positive and fitted on a logarithmic scale. */
export interface Parameter {
  name: string
  start: number
  low: number
  high: number
}

/** Time of a query by the analytic core, in microseconds, and what it is made of. */
export interface CoreTime {
  total: number
  /** Time of the matrix or vector units. */
  compute: number
  /** Time of the memory that serves the operands. */
  memory: number
  /** Launches, prologues, synchronisation. */
  launch: number
  /** Time on the links. */
  network: number
}

/** An analytic core, prepared for a device and a set of parameters. */
export interface Core<Query> {
  time(query: Query, out: CoreTime): void
  /** Writes the features of a query whose time has just been taken. */
  features(query: Query, time: CoreTime, x: Float64Array): void
}

/** One value for each parameter of a family. */
export type Parameters = Readonly<Record<string, number>>

/** A family of operations. */
export interface Family<Query> {
  readonly name: string
  /** Number of what a user would call one case: the layer, the model. Hold-outs leave out whole sites. */
  site(query: Query): number
  /** Number of what shares one offset in measurements; a site, or a part of one. */
  spot(query: Query): number
  readonly parameters: readonly Parameter[]
  /** In which dimensions queries are compared, where few enough are. */
  readonly lattice?: Lattice<Query>
  /**
   * Names of the features of the learned correction, in the order in which a core writes them. Profiles
   * store the names that they use, so this order may change and features may be added.
   */
  readonly features: readonly string[]
  /**
   * Names of the values of features that are names: a core writes a value's place among them, -1 for another.
   * Profiles store the names that they use, so this order may change and names may be added.
   */
  readonly values?: Readonly<Record<string, readonly string[]>>
  /** The core for a device. `kind` tells the element types and conditions of a section apart. */
  core(device: Traits, kind: string, parameters: Parameters): Core<Query>
}

/** Name of the feature that tells the devices of a section apart; it follows the family's own. */
const DEVICE = 'device'

/** Names of the features of a section, in the order in which a query's are written. */
export function featuresOf(family: Family<unknown>, severalDevices: boolean): string[] {
  return severalDevices ? [...family.features, DEVICE] : [...family.features]
}

/** Names of the values of features that are names, as a profile stores them. */
export function valuesOf({ values = {} }: Family<unknown>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([feature, names]) => [feature, [...names]]))
}

/** An empty {@link CoreTime}. */
export function noTime(): CoreTime {
  return { total: 0, compute: 0, memory: 0, launch: 0, network: 0 }
}

/** p-norm of two times: the longer one hides most of the shorter. */
export function overlap(a: number, b: number, p: number): number {
  const long = Math.max(a, b)
  const short = Math.min(a, b)
  if (!(long > 0)) return 0
  const ratio = short / long
  return ratio < 1e-3 ? long : long * (1 + ratio ** p) ** (1 / p)
}

/** A 32-bit number for a list of numbers. */
export function numberOf(...values: number[]): number {
  let hash = 0x811c9dc5
  for (const value of values) {
    hash = Math.imul(hash ^ (value | 0), 0x85ebca6b)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}
