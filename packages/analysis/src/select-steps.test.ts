import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../fixtures/hand-made.js'
import { AnalysisError } from './errors.js'
import { type StepSelection, selectSteps } from './select-steps.js'

/** Steps of 100 µs, each an annotation on the host and two kernels, of these lengths in µs. */
function made(...lengths: (number | [phase: 'prefill' | 'decode', length: number])[]) {
  const activities: Activity[] = []
  const annotations: { name: string; at: [number, number] }[] = []
  const calls: { api: string; at: [number, number] }[] = []
  lengths.forEach((given, i) => {
    const [phase, length] = typeof given === 'number' ? (['decode', given] as const) : given
    const at = 100 * i
    annotations.push({ name: `${phase} step ${i}`, at: [at, at + 90] })
    calls.push({ api: 'cudaStreamSynchronize', at: [at + 80, at + 85] })
    activities.push(
      { name: `first ${i}`, at: [at + 10, at + 15], launched: [at + 1, at + 2] },
      { name: `last ${i}`, at: [at + 15, at + 10 + length], launched: [at + 3, at + 4] },
    )
  })
  return handMade(activities, { annotations, calls })
}

const chosen = (made: ReturnType<typeof handMade>, selection: StepSelection) =>
  selectSteps(made.trace, made.operations, selection)
const range = (made: ReturnType<typeof handMade>, selection: StepSelection) => {
  const { first, last } = chosen(made, selection).selected
  return [first, last]
}

describe('a range of steps', () => {
  it('has its kernels, calls, annotations and window, on the clock of the whole', () => {
    const all = made(50, 50, 50, 50)
    const { trace, operations, selected } = chosen(all, { first: 1, last: 2 })
    expect(trace.kernels).toEqual(all.trace.kernels.slice(2, 6))
    expect(operations).toEqual(all.operations.slice(2, 6))
    expect(trace.annotations.map(({ name }) => name)).toEqual(['decode step 1', 'decode step 2'])
    expect(trace.hostCalls!.map(({ startNs }) => startNs)).toEqual([180_000, 280_000])
    // From the first kernel to the start of the step that follows.
    expect(trace.window).toEqual({ startNs: 110_000, durationNs: 200_000 })
    expect(selected).toEqual({
      source: 'annotations',
      first: 1,
      last: 2,
      of: 4,
      phase: 'decode',
      medianNs: 100_000,
      spreadNs: 0,
    })
  })

  it('lost launches within it stay, others go', () => {
    const all = made(50, 50, 50)
    all.trace.lostLaunchesNs = [50_000, 150_000, 250_000]
    expect(chosen(all, { first: 1, last: 1 }).trace.lostLaunchesNs).toEqual([150_000])
  })

  it('outside of the trace is refused with the steps that there are', () => {
    expect(() => chosen(made(50, 50), { first: 1, last: 2 })).toThrow(
      'hand-made.json: has steps 0 to 1, not 1 to 2',
    )
  })

  it('of a trace without steps is refused', () => {
    const { trace, operations } = handMade([{ at: [0, 1] }])
    expect(() => selectSteps(trace, operations, 'steady')).toThrow(AnalysisError)
  })
})

describe('steady steps', () => {
  it('are without the first of the trace and the last', () => {
    expect(range(made(50, 50, 50, 50, 50), 'steady')).toEqual([1, 3])
  })

  it('are the longest run of one phase, of steps of like length', () => {
    const all = made(50, ['prefill', 20], 50, 80, 50, 52, 48, ['prefill', 20], 50, 50, 50)
    expect(range(all, 'steady')).toEqual([4, 6])
    expect(chosen(all, 'steady').selected).toMatchObject({ phase: 'decode', of: 11 })
  })

  it('of few steps are all that are alike', () => {
    expect(range(made(50, 50), 'steady')).toEqual([0, 1])
  })

  it('have the spread of their lengths, from start to start', () => {
    const all = made(50, 50, 50, 50)
    // The third step begins late: the second takes 110 µs and it 90.
    for (const kernel of all.trace.kernels.slice(4, 6)) kernel.startNs += 10_000
    expect(chosen(all, { first: 0, last: 2 }).selected).toMatchObject({
      medianNs: 100_000,
      spreadNs: 10_000,
    })
  })
})
