// Our own simulator: vLLM's rules by default, any scheduler, any step time, one instance or many.
import { statedSettings } from '../../compare/settings.js'
import { defineSimulator } from '../simulator.js'
import { FLOWSIM } from './engine.js'
import { resolveOptions } from './resolve/cluster-options.js'
import { flowsimResult } from './result.js'
import { flowsimFields } from './schema.js'
import { runFlowsim } from './simulation.js'

export const flowsim = defineSimulator({
  name: FLOWSIM,
  schema: flowsimFields,

  prepare(config, context) {
    const { requests, slo } = context
    return { ...resolveOptions(config, context), requests, slo }
  },

  run: ({ requests, options }) => runFlowsim(requests, options),
  result: (native, { slo, notes }) => flowsimResult(FLOWSIM, native, { slo, notes }),
  assumptions: ({ assumptions }) => assumptions,

  devices: ({ options }) => options.instances.reduce((sum, { devices }) => sum + devices, 0),

  settings({ options: { instances }, deployments }) {
    const { scheduler, kv, cpuOverhead, pipelineStages } = instances[0]!
    const { precision, tensorParallel, includesHost } = deployments[0]!
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
        includesHost && cpuOverhead.perStepNs === 0 ? null : cpuOverhead.perStepNs / 1000,
    })
  },
})
