// What a report says first: the share that is predicted, then end to end.
import { percent, time } from '../format.js'
import type { Report } from '../worker/report.js'

/** One sentence on a report. */
export function headline({ simulation }: Report): string {
  if (simulation === null) return 'Nothing was predicted: choose the hardware.'
  const { unanswered, predicted, measured, hardware } = simulation
  const share = `${percent(1 - unanswered.timeShare)} of kernel time predicted on ${hardware}`
  if (predicted.endToEndNs === null) return `${share}: too little for an end-to-end time`
  return `${share}; end to end ${time(measured.endToEndNs)} measured, ${time(predicted.endToEndNs)} predicted`
}
