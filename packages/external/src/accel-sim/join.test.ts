import { describe, expect, it } from 'vitest'
import { type MadeKernel, madeLog } from '../testing/accel-sim.js'
import { kernel, traceOf } from '../testing/trace.js'
import { joinAccelSim } from './join.js'
import { readAccelSimLog } from './log.js'

const simulated = async (kernels: MadeKernel[]) =>
  (await readAccelSimLog([madeLog(kernels)], { source: 'log' })).kernels

const made = (launch: number, cycles: number, more: Partial<MadeKernel> = {}): MadeKernel => ({
  name: '_Z6vecaddPKfS0_Pfi',
  file: `kernel-${launch}.traceg`,
  launch,
  cycles,
  ...more,
})

/** As a profiler writes what the log calls `_Z6vecaddPKfS0_Pfi`. */
const NAME = 'vecadd(float const*, float const*, float*, int)'

describe('joining simulated kernels to those of a trace', () => {
  it('gives one simulated launch to all that are like it', async () => {
    const trace = traceOf([
      kernel(NAME, 900),
      kernel('other()', 100),
      kernel(NAME, 1100),
      kernel(NAME, 1000, { grid: [32, 1, 1] }),
    ])
    expect(joinAccelSim(await simulated([made(4, 6000)]), trace)).toEqual({
      kernels: [0, 2].map((index) => ({
        index,
        name: NAME,
        measuredNs: trace.kernels[index]!.durationNs,
        durationNs: 1000,
        cycles: 6000,
        uid: 1,
        launchNumber: 4,
        l2State: 'cold',
      })),
      launches: [
        {
          ...{ uid: 1, launchNumber: 4, name: '_Z6vecaddPKfS0_Pfi', count: 2 },
          measuredNs: [900, 1100],
        },
      ],
      unjoined: [],
      trace: { count: 4, sumNs: 3100, joinedCount: 2, joinedNs: 2000 },
    })
  })

  it('gives several the k-th to the k-th', async () => {
    const trace = traceOf([kernel(NAME, 900), kernel(NAME, 800)])
    const { kernels } = joinAccelSim(await simulated([made(2, 6000), made(5, 7000)]), trace)
    expect(kernels.map(({ index, durationNs }) => [index, durationNs])).toEqual([
      [0, 1000],
      [1, 2000],
    ])
  })

  it('refuses several where the trace has another number of them', async () => {
    const trace = traceOf([kernel(NAME, 900), kernel(NAME, 800), kernel(NAME, 700)])
    expect(joinAccelSim(await simulated([made(2, 6000), made(5, 7000)]), trace)).toMatchObject({
      kernels: [],
      unjoined: [{ uids: [1, 2], reason: 'ambiguous', candidates: 3 }],
    })
  })

  it('takes the last of a launch that was simulated again and again', async () => {
    const trace = traceOf([kernel(NAME, 900), kernel(NAME, 900)])
    const twice = await simulated([made(2, 6000), made(2, 5600)])
    expect(joinAccelSim(twice, trace).kernels).toMatchObject([
      { durationNs: 600, l2State: 'warm', uid: 2 },
      { durationNs: 600, l2State: 'warm', uid: 2 },
    ])
  })

  it('tells kernels of equal name apart by registers and shared memory, where both sides know them', async () => {
    const trace = traceOf([
      kernel(NAME, 900, { registersPerThread: 40 }),
      kernel(NAME, 800),
      kernel(NAME, 700, { registersPerThread: undefined }),
    ])
    const { kernels } = joinAccelSim(await simulated([made(2, 6000)]), trace)
    expect(kernels.map(({ index }) => index)).toEqual([1, 2])
  })

  it('gives a kernel to neither of two that it may be', async () => {
    const trace = traceOf([kernel(NAME, 900, { registersPerThread: undefined })])
    const [first, second] = await simulated([made(2, 6000), made(3, 7000)])
    const other = { ...second!, registersPerThread: 40 }
    expect(joinAccelSim([first!, other], trace)).toMatchObject({
      kernels: [],
      launches: [],
      unjoined: [
        { uids: [1], launchNumbers: [2], reason: 'ambiguous', candidates: 1 },
        { uids: [2], launchNumbers: [3], reason: 'ambiguous', candidates: 1 },
      ],
    })
  })

  it('tells each simulated launch how long the kernels took that it stands for', async () => {
    const trace = traceOf([kernel(NAME, 900), kernel(NAME, 3000)])
    const [one, other] = await simulated([made(2, 6000), made(5, 7000)])
    const times = (kernels: NonNullable<typeof one>[]) =>
      joinAccelSim(kernels, trace).launches.map(({ count, measuredNs }) => [count, ...measuredNs])
    expect(times([one!])).toEqual([[2, 900, 3000]])
    expect(times([one!, other!])).toEqual([
      [1, 900, 900],
      [1, 3000, 3000],
    ])
  })

  it('says which launches the trace does not have', async () => {
    const trace = traceOf([kernel(NAME, 900)])
    const other = await simulated([made(2, 6000, { name: '_Z4fillPff' })])
    expect(joinAccelSim(other, trace)).toMatchObject({
      kernels: [],
      unjoined: [{ uids: [1], name: '_Z4fillPff', reason: 'absent', candidates: 0 }],
      trace: { joinedCount: 0, joinedNs: 0 },
    })
  })
})
