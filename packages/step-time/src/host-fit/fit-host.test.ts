import { expect, test } from 'vitest'
import { findEngine } from '../engines/catalogue.js'
import {
  factAt,
  fitHost,
  type HostFitOptions,
  type SimulatedObservation,
  withFacts,
} from './fit-host.js'

const facts = findEngine('vllm')
const places = Array.from({ length: 12 }, (_, i) => ({ inputTokens: 100 * (i + 1), others: i % 5 }))

/** A deployment whose latencies follow from the constants, so that a fit can find them. */
const simulate: HostFitOptions['simulate'] = ({ host, kernels }) =>
  places.map(
    ({ inputTokens, others }): SimulatedObservation => ({
      inputTokens,
      others,
      ttftS: (host.opUs * 300 + inputTokens * 50) / 1e6,
      tpotS: (8000 + kernels.gapUs * 400) / 1e6,
    }),
  )

const measuredWith = (values: Record<string, number>) => {
  const { host, kernels } = withFacts(facts, values)
  return simulate(withFacts(facts, values)).map((each) => ({
    ttftS:
      each!.ttftS! +
      (host.requestMs + (each!.others > 0 ? host.busyMs : 0)) / 1e3 +
      (each!.inputTokens * host.inputTokenUs + each!.others * host.otherRequestUs) / 1e6,
    tpotS: (8000 + kernels.gapUs * 400) / 1e6,
    weight: 1,
  }))
}

const candidates = {
  'host.opUs': [10, 30, 60, 90],
  'kernels.gapUs': [0, 1, 2, 4],
  'host.requestMs': [0, 2, 8],
  'host.busyMs': [0, 20],
  'host.inputTokenUs': [0, 3, 5],
  'host.otherRequestUs': [0, 400, 1000],
}

test('finds the constants that a deployment was measured with', () => {
  const truth = {
    'host.opUs': 60,
    'kernels.gapUs': 2,
    'host.requestMs': 8,
    'host.busyMs': 20,
    'host.inputTokenUs': 3,
    'host.otherRequestUs': 400,
  }
  const fit = fitHost({ facts, candidates, observations: measuredWith(truth), simulate })
  expect(fit.values).toEqual(truth)
  expect(fit.loss).toBeCloseTo(0, 12)
  expect(fit.lossBefore).toBeGreaterThan(0.1)
})

test('is never worse than the constants it starts with, and changes only what is named', () => {
  const observations = measuredWith({ 'host.opUs': 47, 'host.requestMs': 3.3 })
  const only = { 'host.requestMs': [0, 2, facts.host.requestMs, 8] }
  const fit = fitHost({ facts, candidates: only, observations, simulate })
  expect(fit.loss).toBeLessThanOrEqual(fit.lossBefore)
  expect(fit.values['host.inputTokenUs']).toBe(facts.host.inputTokenUs)
  expect(fit.values['host.opUs']).toBeUndefined()
})

test('leaves out what cannot be simulated', () => {
  const observations = measuredWith({ 'host.opUs': 30 })
  observations[0] = { ttftS: 100, tpotS: 100, weight: 50 }
  const fit = fitHost({
    facts,
    candidates: { 'host.opUs': [30, 90] },
    observations,
    simulate: (tried) => simulate(tried).map((each, i) => (i === 0 ? null : each)),
  })
  expect(fit.values['host.opUs']).toBe(30)
  expect(fit.loss).toBeCloseTo(0, 12)
})

test('refines with the frontend simulated, where it does more than delay', () => {
  // A frontend that takes twice what is added for it.
  const doubled: HostFitOptions['simulate'] = (tried) =>
    simulate(tried).map((each, i) => ({
      ...each!,
      ttftS: each!.ttftS! + (tried.host.requestMs * 2) / 1e3 + measuredWithout(tried, i),
    }))
  const measuredWithout = ({ host }: typeof facts, i: number) =>
    ((places[i]!.others > 0 ? host.busyMs * 1e3 : 0) +
      places[i]!.inputTokens * host.inputTokenUs +
      places[i]!.others * host.otherRequestUs) /
    1e6
  const truth = withFacts(facts, { 'host.requestMs': 2 })
  const observations = doubled(truth).map((each) => ({ ...each!, weight: 1 }))
  const options = { facts, candidates: { 'host.requestMs': [0, 2, 4, 8] }, observations }
  expect(fitHost({ ...options, simulate: doubled }).values['host.requestMs']).toBe(4)
  const fit = fitHost({ ...options, simulate: doubled, refines: true })
  expect(fit.values['host.requestMs']).toBe(2)
  expect(fit.loss).toBeCloseTo(0, 12)
})

test('leaves what nothing that was measured speaks about as it is stated', () => {
  const tried = {
    'host.requestMs': [0, facts.host.requestMs, 8],
    'host.inputTokenUs': [0, facts.host.inputTokenUs, 9],
    'host.otherRequestUs': [0, facts.host.otherRequestUs, 4000],
  }
  const observations = measuredWith({}).map((each) => ({ ...each, ttftS: null }))
  const { values } = fitHost({ facts, candidates: tried, observations, simulate })
  for (const path of Object.keys(tried)) expect(values[path]).toBe(factAt(facts, path))
})
