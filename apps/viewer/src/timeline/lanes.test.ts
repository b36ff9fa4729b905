import { describe, expect, it } from 'vitest'
import type { Payload } from '../../viewer.js'
import { decode, type Model } from '../model.js'
import { firstVisible, kernelAt, streamLanes } from './lanes.js'

/** A model of kernels `[start, duration, stream]` in order of start. */
function model(kernels: [number, number, number][]): Model {
  const column = (of: (kernel: [number, number, number], i: number) => number) => kernels.map(of)
  return decode({
    kinds: [{ family: 0 }],
    streams: [
      { device: 0, stream: 7 },
      { device: 0, stream: 3 },
    ],
    kernels: {
      startDelta: column(([start], i) => start - (kernels[i - 1]?.[0] ?? 0)),
      duration: column(([, duration]) => duration),
      kind: column(() => 0),
      stream: column(([, , stream]) => stream),
      launch: [],
      launchLead: [],
    },
  } as unknown as Payload)
}

describe('streamLanes', () => {
  it('has a row for each stream, by number, with its kernels in order', () => {
    const lanes = streamLanes(
      model([
        [0, 10, 0],
        [5, 2, 1],
        [20, 5, 0],
      ]),
    )
    expect(lanes.map(({ label, kernels }) => [label, ...kernels])).toEqual([
      ['stream 3', 1],
      ['stream 7', 0, 2],
    ])
  })
})

describe('the search in a lane', () => {
  // A long kernel, a short one on top of it, a late one.
  const m = model([
    [0, 100, 0],
    [10, 5, 0],
    [200, 5, 0],
  ])
  const lane = streamLanes(m)[1]!

  it('begins with the first kernel that reaches into view, however early it began', () => {
    expect(firstVisible(lane, 90)).toBe(0)
    expect(firstVisible(lane, 150)).toBe(2)
    expect(firstVisible(lane, 300)).toBe(3)
  })

  it('finds the kernel under a time, of several the one that started last', () => {
    expect(kernelAt(m, lane, 50, 0)).toBe(0)
    expect(kernelAt(m, lane, 12, 0)).toBe(1)
    expect(kernelAt(m, lane, 150, 0)).toBe(-1)
  })

  it('finds the nearest within a slack, for kernels narrower than a pixel', () => {
    expect(kernelAt(m, lane, 190, 20)).toBe(2)
    expect(kernelAt(m, lane, 190, 5)).toBe(-1)
  })
})
