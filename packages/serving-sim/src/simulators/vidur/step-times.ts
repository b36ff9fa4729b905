import { defined } from '../../config/defined.js'
import { positive, stages } from '../../config/limits.js'
import { bareDeployment } from '../../step-time/deployment.js'
import { defineStepTime } from '../../step-time/step-time-kind.js'
import type { VidurModel } from './catalogue.js'
import { CLOSED_FORM_OPERATORS } from './closed-form.js'
import { modelOf, modelSchema } from './model-schema.js'
import { type VidurOperators, vidurStepTime } from './predictor.js'
import { profileFields, readProfiles } from './profile-schema.js'
import { vidurOperators } from './profile-tables.js'

const common = {
  model: modelSchema,
  tensorParallel: positive.default(1),
  pipelineStages: stages.default(1),
}

interface Degrees {
  tensorParallel: number
  pipelineStages: number
}

export const profileStepTime = defineStepTime({
  type: 'vidur-profile',
  fields: { ...common, devicesPerNode: positive.optional(), ...profileFields },
  deploy(config, { readText, blockSize, at }) {
    const model = modelOf(config.model, at('model'))
    const { tensorParallel, pipelineStages, devicesPerNode, regressor } = config
    const operators = vidurOperators(readProfiles(config, readText), model, {
      ...defined({ devicesPerNode, regressor }),
      tensorParallel,
      pipelineStages,
      blockSize,
    })
    return deployment(model, operators, config, config.cpuOverhead !== undefined)
  },
})

export const closedFormStepTime = defineStepTime({
  type: 'vidur-closed-form',
  fields: common,
  deploy: (config, { at }) =>
    deployment(modelOf(config.model, at('model')), CLOSED_FORM_OPERATORS, config, false),
})

function deployment(
  model: VidurModel,
  operators: VidurOperators,
  { tensorParallel, pipelineStages }: Degrees,
  includesHost: boolean,
) {
  return bareDeployment(vidurStepTime(model, operators, { tensorParallel, pipelineStages }), {
    devices: tensorParallel * pipelineStages,
    pipelineStages,
    tensorParallel,
    includesHost,
  })
}
