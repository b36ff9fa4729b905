// Our own simulator: vLLM's rules by default, any scheduler, any step time, one instance or many.
import { type RunSettings, statedSettings } from '../../compare/settings.js'
import { defineSimulator } from '../simulator.js'
import type { EnteringValue } from './assumptions.js'
import { FLOWSIM } from './engine.js'
import { resolveOptions } from './resolve/cluster-options.js'
import { flowsimResult } from './result.js'
import { flowsimFields } from './schema.js'
import { runFlowsim } from './simulation.js'

export const flowsim = defineSimulator({
  name: FLOWSIM,
  schema: flowsimFields,

  prepare(config, context) {
    return { ...resolveOptions(config, context), slo: context.slo }
  },

  run: ({ requests, options }) => runFlowsim(requests, options),
  result: (native, { slo, notes }) => flowsimResult(FLOWSIM, native, { slo, notes }),
  assumptions: ({ values }) =>
    values.flatMap(({ isStated, ...assumption }) => (isStated ? [] : [assumption])),

  devices: ({ options: { instances, encoders = [] } }) =>
    [...instances, ...encoders].reduce((sum, { devices }) => sum + devices, 0),

  settings({ options: { instances }, deployments, values }) {
    const { scheduler, kv, cpuOverhead, pipelineStages, stepTime } = instances[0]!
    const { precision, tensorParallel, includesHost } = deployments[0]!
    const addsNothing = cpuOverhead.perStepNs === 0 && cpuOverhead.perSequenceNs === 0
    const knowsHost = includesHost || stepTime.hostNs !== undefined
    return statedSettings(FLOWSIM, {
      scheduler: scheduler.policy,
      maxBatchTokens: scheduler.maxNumBatchedTokens,
      maxBatchSize: scheduler.maxNumSeqs,
      blockSize: kv.blockSize,
      kvBlocks: kv.blocks,
      precision,
      prefixCaching: kv.prefixCaching,
      tensorParallel,
      pipelineParallel: pipelineStages,
      instances: instances.length,
      cpuOverheadUs:
        addsNothing && knowsHost
          ? null
          : (cpuOverhead.perStepNs + scheduler.maxNumSeqs * cpuOverhead.perSequenceNs) / 1000,
      others: othersOf(values),
    })
  },
})

/** Values that other settings of a comparison hold already. */
const COMPARED = [
  'scheduler.maxNumSeqs',
  'scheduler.maxNumBatchedTokens',
  'kv.blocks',
  'kv.blockSize',
  'kv.prefixCaching',
  'cpuOverhead.perStepUs',
  'cpuOverhead.perSequenceUs',
]

/** All other values that enter, by what they are called whatever the engine. */
const othersOf = (values: readonly EnteringValue[]): RunSettings['others'] =>
  Object.fromEntries(
    values
      .map(
        ({ name, setting, value }) => [setting ?? name.replace(/^.*: /, 'engine.'), value] as const,
      )
      .filter(([name]) => !COMPARED.includes(name)),
  )
