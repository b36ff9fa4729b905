// Models on devices, each made once: searches and simulations share their tables of step times.
import {
  type Deployment,
  type ReadText,
  ServingError,
  type StepTimeConfig,
  type StepTimeKind,
} from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'

/** A kind of step times that deploys each section once. */
function shared(kind: StepTimeKind): StepTimeKind {
  const known = new Map<string, Deployment | ServingError>()
  return {
    ...kind,
    deploy(config, context) {
      const key = JSON.stringify([config, context.blockSize])
      let deployment = known.get(key)
      if (deployment === undefined) {
        try {
          deployment = kind.deploy(config, context)
        } catch (error) {
          if (!(error instanceof ServingError)) throw error
          deployment = error
        }
        known.set(key, deployment)
      }
      if (deployment instanceof ServingError) throw deployment
      return deployment
    },
  }
}

/** What a plan deploys with. */
export class Deployments {
  readonly stepTimes: readonly StepTimeKind[]

  constructor(
    private readonly readText: ReadText,
    kinds: readonly StepTimeKind[] = STEP_TIMES,
  ) {
    this.stepTimes = kinds.map(shared)
  }

  /** @throws ServingError where the section cannot be deployed */
  of(section: StepTimeConfig): Deployment {
    const kind = this.stepTimes.find(({ type }) => type === section.type)!
    return kind.deploy(section, {
      readText: this.readText,
      blockSize: 16,
      at: () => ({ source: 'plan' }),
    })
  }
}
