// Which deployment serves a model, and what it costs: the question and the page of `flowsim plan`.
import { listModels } from '@flowsim/model-graph'
import {
  configOf,
  engineCommands,
  type PlanQuestion,
  parseBudget,
  parseLimit,
  planDeployment,
  planPage,
  requestsOf,
  shellLine,
  trafficOf,
} from '@flowsim/planner'
import { renderPage } from '@flowsim/report/pages'
import { schemaLine } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import type { PlanForm } from '../plan/plan-form.js'
import { readNothing } from './serving.js'

/** An answer, ready to be shown or kept. */
export interface PlanAnswer {
  html: string
  /** Of the first deployment, for `flowsim serving run`; null: none meets the limits. */
  configuration: string | null
  /** Lines that start it with the engine that was asked for; empty: the engine cannot, or there is none. */
  commands: string
}

/** Requests of a simulation: a browser has less time than the command. */
const REQUESTS = 500

/**
 * Searches for the cheapest deployments.
 * @throws PlanError, ServingError, StepTimeError
 */
export function planOf(
  form: PlanForm,
  generator: string,
  onProgress: (text: string) => void,
): PlanAnswer {
  const lengths = (mean: number) => ({
    distribution: 'lognormal',
    mean,
    stdev: Math.round(mean * 0.9),
    min: 1,
    max: Math.round(mean * 8),
  })
  const { inputTokens, outputTokens, ratePerS, engine, model } = form
  const traffic = { inputTokens: lengths(inputTokens), outputTokens: lengths(outputTokens) }
  const workload = trafficOf({ ...traffic, ratePerS, requests: REQUESTS })
  const question: PlanQuestion = {
    model,
    workload,
    requests: requestsOf(workload, 1, { readText: readNothing, stepTimes: STEP_TIMES }),
    limits: [
      parseLimit(`ttft.p99S<=${form.ttftMs / 1000}`),
      parseLimit(`tpot.meanS<=${form.tpotMs / 1000}`),
    ],
    budgets: [parseBudget(`${form.hardware}:${form.devices}`, readNothing)],
    engine: engine as PlanQuestion['engine'],
    modes: form.mode === 'both' ? ['aggregated', 'disaggregated'] : [form.mode],
    precisions: [undefined],
    kvPrecisions: [undefined, 'fp8'],
    cost: {},
    seed: 1,
    readText: readNothing,
  }
  const plan = planDeployment(question, { simulations: form.simulations, onProgress })
  const [winner] = plan.met
  const served = listModels().find(({ name }) => name === model)?.repository ?? model
  const commands =
    winner === undefined ? [] : engineCommands({ ...question, model: served }, winner.candidate)
  return {
    html: renderPage(planPage(question, plan, { commands, generator })),
    configuration:
      winner === undefined
        ? null
        : `${schemaLine('serving')}${JSON.stringify(configOf(question, winner.candidate), null, 2)}\n`,
    commands: commands
      .flatMap((one) =>
        one.engine === engine && one.command !== null ? shellLine(one.command) : [],
      )
      .join('\n'),
  }
}
