// A deployment simulated request by request, as a page: by the same configuration that `flowsim serving run` reads.
import { costOf } from '@flowsim/planner'
import { renderPage } from '@flowsim/report/pages'
import { servingPage } from '@flowsim/report/serving'
import { prepareServing, ServingError } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import type { ServingReport } from '@flowsim/trace-schema'

/** What a configuration comes to. */
export interface ServingRun {
  report: ServingReport
  html: string
}

/**
 * Simulates a configuration, YAML or JSON.
 * @throws ServingError with the line at fault; files that it names cannot be read here
 */
export function simulateServing(text: string, generator: string): ServingRun {
  const prepared = prepareServing(text, {
    source: 'serving.yaml',
    stepTimes: STEP_TIMES,
    readText: readNothing,
  })
  const result = prepared.run()
  const page = servingPage(result, {
    title: 'Serving',
    generator,
    prepared,
    cost: costOf(result, { settings: prepared.config.cost }),
  })
  return { report: result.report, html: renderPage(page) }
}

/** A page has no files beside it. */
export function readNothing(path: string): never {
  throw new ServingError(
    'unsupported',
    `${path}: a page reads no files; run flowsim serving run beside them`,
    { source: 'serving.yaml' },
  )
}
