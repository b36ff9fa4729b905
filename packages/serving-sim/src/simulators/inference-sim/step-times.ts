// inference-sim's two latency models as step times of other simulators.
import { z } from 'zod'
import { parseJson } from '../../config/json-fields.js'
import { positive } from '../../config/limits.js'
import { bareDeployment } from '../../step-time/deployment.js'
import { defineStepTime, type StepTimeContext } from '../../step-time/step-time-kind.js'
import { hardwareOf, hardwareSchema } from './hardware-schema.js'
import { inferenceSimModel } from './latency/model.js'
import { inferenceSimPhysics } from './latency/physics.js'
import { inferenceSimRoofline } from './latency/roofline.js'

const fields = {
  /** A Hugging Face `config.json`. */
  modelConfig: z.string(),
  hardware: hardwareSchema,
  tensorParallel: positive.default(1),
  dataParallel: positive.default(1),
  moeCommBackend: z.string().optional(),
  beta: z.array(z.number()).optional(),
}

type Fields = z.infer<z.ZodObject<typeof fields>>

export const rooflineStepTime = defineStepTime({
  type: 'inference-sim-roofline',
  fields,
  deploy(config, context) {
    const { model, hardware } = subjectOf(config, context)
    const { tensorParallel } = config
    return deployment(
      'inference-sim-roofline',
      inferenceSimRoofline(model, hardware, tensorParallel),
      config,
    )
  },
})

export const physicsStepTime = defineStepTime({
  type: 'inference-sim-physics',
  fields,
  deploy(config, context) {
    const { model, hardware } = subjectOf(config, context)
    return deployment(
      'inference-sim-physics',
      inferenceSimPhysics(model, hardware, config, config.beta),
      config,
    )
  },
})

function subjectOf({ modelConfig, hardware }: Fields, { readText, at }: StepTimeContext) {
  const json = parseJson(readText(modelConfig), modelConfig)
  return {
    model: inferenceSimModel(json, modelConfig),
    hardware: hardwareOf(hardware, at('hardware')),
  }
}

function deployment(
  name: string,
  stepUs: ReturnType<typeof inferenceSimRoofline>,
  { tensorParallel, dataParallel }: Fields,
) {
  return bareDeployment(
    { name, stepNs: (batch) => stepUs(batch) * 1000 },
    { devices: tensorParallel * dataParallel, tensorParallel },
  )
}
