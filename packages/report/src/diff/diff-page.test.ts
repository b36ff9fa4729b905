import { diffTraces } from '@flowsim/analysis'
import { asPredictedFor } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import { madeUpTrace } from '../../fixtures/made-up.js'
import { diffPage } from '../index.js'

const measured = { ...madeUpTrace([512, 16], 4), name: 'measured.json' }
const predicted = {
  ...measured,
  name: 'predicted.json',
  trace: asPredictedFor(measured.trace, 'b200_sxm'),
}

it('says first which side is a prediction, and names its device before the one of the trace', () => {
  const diff = diffTraces(measured, predicted)
  const { verdict, facts } = diffPage(diff, { a: measured, b: predicted, generator: 'test' })
  expect(verdict?.[0]).toBe('B is a prediction for b200_sxm.')
  const [[, a], [, b]] = facts as [[string, string], [string, string]]
  expect(a).not.toContain('predict')
  expect(b).toContain('predicted for b200_sxm, from a trace of ')
})

it('says nothing of predictions where both were measured', () => {
  const page = diffPage(diffTraces(measured, measured), {
    a: measured,
    b: measured,
    generator: 'test',
  })
  expect(page.verdict?.join(' ')).not.toContain('prediction')
})
