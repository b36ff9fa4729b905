// Devices that a plan may use: `h200_sxm:64`, or nodes of them, `h200_sxm:8x8`.
import type { ReadText } from '@flowsim/serving-sim'
import { loadHardware } from '@flowsim/step-time'
import { PlanError } from './plan-error.js'
import type { Budget } from './question.js'

const FORM = /^(.+?):(?:(\d+)x)?(\d+)$/

/** @throws PlanError `invalid_budget`, and what reading a description throws */
export function parseBudget(text: string, readText: ReadText): Budget {
  const [, hardware, nodes, count] = FORM.exec(text.trim()) ?? []
  const each = Number(count)
  const devices = nodes === undefined ? each : Number(nodes) * each
  if (hardware === undefined || !(devices >= 1 && devices <= 65_536)) {
    throw new PlanError(
      'invalid_budget',
      `"${text}" does not name devices, such as h200_sxm:64, or nodes of them, h200_sxm:8x8`,
    )
  }
  const { name, vendor, system } = loadHardware(hardware, readText)
  const nodeDevices = nodes === undefined ? Math.min(system.devices, devices) : each
  return { hardware, name, vendor, nodeDevices, devices }
}
