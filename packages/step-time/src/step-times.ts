// The kinds of step times of this package. A new one is a file and a line here.
import type { StepTimeKind } from '@flowsim/serving-sim'
import { modelStepTime } from './model-step-time.js'
import { profileStepTime } from './profile-step-time.js'

/** What `prepareServing` takes as `stepTimes`, so that configurations can name models of the catalogue. */
export const STEP_TIMES: readonly StepTimeKind[] = [modelStepTime(), profileStepTime()]
