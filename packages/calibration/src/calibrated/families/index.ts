// Every family of operations by name.
import type { Family } from '../family.js'
import { collective } from './collective.js'
import { conv } from './conv.js'
import { decode } from './decode.js'
import { gemm } from './gemm.js'
import { moe } from './moe.js'
import { pointwise } from './pointwise.js'
import { prefill } from './prefill.js'

export const FAMILIES = { gemm, conv, prefill, decode, moe, collective, pointwise } as const

/** Name of a family. */
export type FamilyName = keyof typeof FAMILIES

/** The family of a name. Its queries are the ones that `resolve` makes for it. */
export function familyOf(name: FamilyName): Family<unknown> {
  return FAMILIES[name] as unknown as Family<unknown>
}
