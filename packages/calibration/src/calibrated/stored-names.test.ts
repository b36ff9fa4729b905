import { findHardware } from '@flowsim/perf-model/hardware'
import { OP_NAMES, OPERATIONS, type OpCall, type OpName } from '@flowsim/trace-schema'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadProfiles } from '../profiles/load.js'
import { calibrated, createCalibrated } from './calibrated.js'

const hardware = ['h100_sxm', 'b200_sxm'].map(findHardware)

/** What a model says about every operation that streams, in shapes of several sizes. */
function answersOf(model: typeof calibrated): number[] {
  return OP_NAMES.filter((op) => OPERATIONS[op].runsOn === 'vector').flatMap((op) =>
    hardware.flatMap((spec) =>
      [1, 7, 300].map((times) => model.estimate(larger(op, times), spec).latencyS),
    ),
  )
}

function larger(op: OpName, times: number): OpCall {
  const call: Record<string, unknown> = { ...OPERATIONS[op].example }
  for (const name of ['elements', 'rows', 'tokens']) {
    if (name in call) call[name] = times * (call[name] as number)
  }
  return call as unknown as OpCall
}

describe('names in profiles', () => {
  afterEach(() => {
    vi.doUnmock('./families/streamed.js')
    vi.resetModules()
  })

  it('answers are the same when the code numbers operations in another order', async () => {
    vi.resetModules()
    vi.doMock('./families/streamed.js', async (original) => {
      const { STREAMED } = await original<typeof import('./families/streamed.js')>()
      return { STREAMED: ['an operation of tomorrow', ...[...STREAMED].reverse()] }
    })
    const reordered = await import('./calibrated.js')
    expect(answersOf(reordered.calibrated)).toEqual(answersOf(calibrated))
  })

  it('the order is what matters without names: another list of names, another answer', () => {
    const [first, ...rest] = loadProfiles('pointwise').filter(
      ({ name }) => name === 'pointwise-eager',
    )
    expect(rest).toEqual([])
    const renamed = structuredClone(first!)
    for (const { values } of renamed.sections) values?.operation?.reverse()
    const answers = (profile: typeof renamed) =>
      answersOf(createCalibrated({ profiles: [profile] }))
    expect(answers(renamed)).not.toEqual(answers(first!))
  })

  it('a parameter that came since is told, with what to do', () => {
    const [old] = structuredClone(loadProfiles('pointwise'))
    for (const { devices } of old!.sections) {
      for (const { parameters } of devices) {
        delete parameters.roundUs
        parameters.unitLoadShare = 1
      }
    }
    expect(() => createCalibrated({ profiles: [old!] })).toThrow(
      /^pointwise\S* 1: pointwise .*parameter roundUs is missing: calibrate again$/,
    )
  })

  it('trees whose values have no names are refused', () => {
    const nameless = structuredClone(loadProfiles('pointwise'))
    for (const { sections } of nameless) for (const section of sections) delete section.values
    expect(() => createCalibrated({ profiles: nameless })).toThrow(
      /do not name the values of "operation": calibrate again/,
    )
  })
})
