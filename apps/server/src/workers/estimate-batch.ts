// Estimates of many operations at once. One that cannot be answered does not spoil the others.
import { getModel } from '@flowsim/calibration'
import { type EstimateOptions, PerfModelError } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import type { Estimate } from '@flowsim/trace-schema'
import { opCallSchema, schemaFaultText } from '@flowsim/trace-schema/zod'

/** The answer to one operation. */
export type EstimateAnswer = Estimate | { error: { code: string; message: string } }

/**
 * Estimates operations.
 * @throws PerfModelError `unknown_hardware`, `unknown_model`
 */
export function estimateBatch(
  calls: readonly unknown[],
  hardwareName: string,
  modelName: string,
  options: EstimateOptions,
): EstimateAnswer[] {
  const hardware = findHardware(hardwareName)
  const model = getModel(modelName)
  return calls.map((value) => {
    const call = opCallSchema.safeParse(value)
    if (!call.success) {
      return { error: { code: 'invalid_call', message: schemaFaultText(call.error) } }
    }
    try {
      return model.estimate(call.data, hardware, options)
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      return { error: { code: error.code, message: error.message } }
    }
  })
}
