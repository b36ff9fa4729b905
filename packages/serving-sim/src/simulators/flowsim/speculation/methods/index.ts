// The ways to draft tokens, by name. A new one is a file and a line here.
import { draftModel } from './draft-model.js'
import { eagle } from './eagle.js'
import { medusa } from './medusa.js'
import type { SpeculationMethod } from './method.js'
import { mtp } from './mtp.js'
import { ngram } from './ngram.js'

export const METHODS = {
  'draft-model': draftModel,
  eagle,
  medusa,
  mtp,
  ngram,
} as const satisfies Record<string, SpeculationMethod>

/** What `speculation.method` of a configuration can be. */
export type SpeculationMethodName = keyof typeof METHODS

export const SPECULATION_METHODS = Object.keys(METHODS) as SpeculationMethodName[]
