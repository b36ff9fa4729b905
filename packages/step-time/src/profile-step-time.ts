// Models with measured layers as step times of a serving simulator: `stepTime: { type: profile }`.
//
// What was measured is exact at the points where it was; what was not, communication between devices, comes
// from a latency model or from the link that the configuration states.
import { defineStepTime, ServingError, type StepTimeKind } from '@flowsim/serving-sim'
import { isCollective } from '@flowsim/trace-schema'
import { z } from 'zod'
import { EngineKernelTimes } from './engine-kernels.js'
import { GraphStepTime } from './graph-step-time.js'
import { latencyOf } from './latency-of.js'
import type { ExpertShare } from './layer-profile/experts-time.js'
import { ProfileStepTime } from './layer-profile/profile-step-time.js'
import { readLayerProfile } from './layer-profile/read-layer-profile.js'
import { modelFields } from './model-fields.js'
import { deploymentOf, hasExperts, type ModelParts, modelParts } from './model-parts.js'
import { placed } from './serving-errors.js'
import { standInWarnings } from './stand-ins.js'
import { visionEncoder } from './vision-encoder.js'

/**
 * Step times from measured layers of a model.
 * Refuses with `invalid_profile`, `impossible_parallelism`, `model_does_not_fit` or `invalid_config`.
 */
export function profileStepTime(): StepTimeKind {
  return defineStepTime({
    type: 'profile',
    fields: {
      ...modelFields,
      /** Folder of the profile: `meta.yaml`, `tp1/`, `tp2/`, … */
      profile: z.string(),
    },
    deploy(config, context) {
      const { at, readText } = context
      const parts = modelParts(config, context)
      const { model, hardware, engine, step } = parts
      const tensorParallel = config.tensorParallel ?? 1
      const profile = placed(at('profile'), () =>
        readLayerProfile(config.profile, { tensorParallel, readText }),
      )
      const latency = latencyOf(config, context)
      const standIns = new Set<string>()
      const kernels = new EngineKernelTimes(latency, hardware, engine, {
        ...config,
        hasExperts: hasExperts(model),
        standIns,
      })
      const stepTime = new ProfileStepTime({
        name: `${model.name} on ${hardware.name}, ${profile.source}`,
        profile,
        model,
        replicas: config.dataParallel ?? 1,
        experts: expertShare(parts),
        communication: new GraphStepTime({
          name: 'communication',
          step,
          kernels: {
            timeNs: (op) => (isCollective(op.call) ? kernels.timeNs(op) : 0),
            runsSharedBeside: () => false,
          },
          replicas: config.dataParallel ?? 1,
          hostOpUs: 0,
        }),
      })
      if (expertShare(parts) !== null && profile.experts === null) {
        throw new ServingError('invalid_profile', 'has no tp1/moe.csv', at('profile'))
      }
      // Profiles are of the language model's layers.
      const vision = visionEncoder({
        model,
        tensorParallel: config.tensorParallel ?? 1,
        replicas: config.dataParallel ?? 1,
        kernels: null,
        hostOpUs: 0,
      })
      const deployment = deploymentOf(
        config,
        parts,
        { stepTime, vision, warnings: standInWarnings(latency, standIns) },
        at,
      )
      return {
        ...deployment,
        assumptions: [
          { name: 'profile', value: config.profile, source: profile.source },
          ...deployment.assumptions,
        ],
      }
    },
  })
}

function expertShare({ model, step: { layout } }: ModelParts): ExpertShare | null {
  for (const { ffn } of model.layerKinds) {
    if (ffn.type !== 'moe') continue
    const { experts, topk } = ffn
    return { experts, topk, expertParallel: layout.expert }
  }
  return null
}
