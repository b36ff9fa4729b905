// Mean power of devices and hosts, from what steps ask of a device:
//
//   P = idle + (maximum − idle) · min(1, busyShare·busy + memoryShare·memory + computeShare·compute)
//
// busy is the share of the time in which a step runs; memory and compute are the shares of it that the traffic and
// the arithmetic take at the device's listed peaks. Shares are fitted to measured rows of one device; elsewhere they
// are a guess between idle and the device's limit, and are said to be.
import { z } from 'zod'
import power from './data/power.json' with { type: 'json' }

const share = z.number().min(0).max(10)

const powerSchema = z.strictObject({
  schema: z.literal('flowsim.power/1'),
  device: z.strictObject({
    idleShare: z.number().min(0).max(1),
    busyShare: share,
    memoryShare: share,
    computeShare: share,
    verified: z.array(z.string()),
    source: z.string(),
  }),
  host: z.strictObject({
    idleW: z.number().nonnegative(),
    maximumW: z.number().nonnegative(),
    source: z.string(),
  }),
})

/** Shares and hosts that the power rests on, with their sources. */
export const POWER = powerSchema.parse(power)

/** How much of the time a device is busy, and its two peaks are used; each from 0 to 1. */
export interface Utilisation {
  busy: number
  memory: number
  compute: number
}

/** How near a device is to its limit, from 0 (idle) to 1. */
export function loadOf({ busy, memory, compute }: Utilisation): number {
  const { busyShare, memoryShare, computeShare } = POWER.device
  return Math.min(1, busyShare * busy + memoryShare * memory + computeShare * compute)
}

/** Watts of one device. */
export function deviceW(maximumW: number, load: number): number {
  const idleW = POWER.device.idleShare * maximumW
  return idleW + (maximumW - idleW) * load
}

/** Watts of one device's share of its host, which follows the device's load. */
export function hostW(load: number): number {
  const { idleW, maximumW } = POWER.host
  return idleW + (maximumW - idleW) * load
}
