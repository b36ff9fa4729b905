// The page of a simulation; what draws it is loaded where one is written.
import { renderPage } from '@flowsim/report/pages'
import { type ServingRunFacts, servingPage } from '@flowsim/report/serving'
import type { SimulationResult } from '@flowsim/serving-sim'
import { version } from '../../../version.js'

/** The text of report.html. */
export function reportText(
  result: SimulationResult,
  about: Omit<ServingRunFacts, 'generator'>,
): string {
  return renderPage(servingPage(result, { ...about, generator: `flowsim ${version}` }))
}
